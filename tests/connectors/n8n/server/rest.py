"""n8n's own REST interface, as its editor uses it."""

import http.client
import json
from typing import Any, Final

from app.dev.ports import HOST

_OWNER: Final = {"email": "jane@example.com", "firstName": "Jane", "lastName": "Doe", "password": "Correct-horse-1"}
_SECONDS: Final = 30


class Unwilling(Exception):
    """n8n answered with an error."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status} {body[:500]}")
        self.status = status


class Rest:
    """Asks the n8n on this port, as its owner from `sign_up` on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookie = ""

    def sign_up(self) -> None:
        """Make the owner of a new n8n, who is then signed in."""
        _, headers, _ = self._exchange("POST", "/rest/owner/setup", _OWNER)
        self._cookie = headers["Set-Cookie"].partition(";")[0]

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self._ask("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def plain(self, path: str) -> Any:
        """JSON that is not wrapped into `data`, such as the list of node types."""
        return json.loads(self._exchange("GET", path)[2])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self._exchange(method, f"/rest{path}", body)[2])["data"]

    def _exchange(self, method: str, path: str, body: Any = None) -> tuple[int, http.client.HTTPMessage, str]:
        headers = {"Content-Type": "application/json", "Cookie": self._cookie}
        connection = http.client.HTTPConnection(HOST, self._port, timeout=_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise Unwilling(response.status, text)
        return response.status, response.headers, text
