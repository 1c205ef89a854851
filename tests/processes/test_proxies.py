"""Where clients are: told by their connections, or by as many proxies as are trusted."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from app.processes.api import behind


@Request.application
def told(request: Request) -> Response:
    return Response(f"{request.scheme} {request.remote_addr} {request.host}")


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [(0, "http 10.0.0.1 hub.example"), (1, "https 192.0.2.9 hub.example"), (2, "https 198.51.100.5 hub.example")],
)
def test_only_what_trusted_proxies_add_is_believed(proxies: int, expected: str) -> None:
    headers = {
        "X-Forwarded-For": "203.0.113.1, 198.51.100.5, 192.0.2.9",
        "X-Forwarded-Proto": "https, https",
        "X-Forwarded-Host": "evil.example",
    }
    client = Client(behind(told, proxies))
    answer = client.get("/", base_url="http://hub.example", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"})
    assert answer.get_data(as_text=True) == expected
