"""The credentials and the types, as n8n's editor shows and tests them."""

from app.dev import ports
from tests.connectors.contract import Connection
from tests.connectors.n8n.server.ours import PACKAGE, Ours
from tests.connectors.n8n.server.server import N8n

NO_KEY = "sk_test_" + "0" * 40


def test_the_editor_offers_the_node_its_tool_and_its_trigger(n8n: N8n) -> None:
    names = {f"{PACKAGE}.{name}" for name in ("mioHub", "mioHubTool", "mioHubTrigger")}
    assert set(n8n.node_types) >= names


def test_a_good_key_connects(n8n: N8n, ours: Ours, connection: Connection) -> None:
    assert n8n.try_out(ours, connection.url, connection.key)["status"] == "OK"


def test_a_bad_key_does_not_connect(n8n: N8n, ours: Ours, connection: Connection) -> None:
    assert n8n.try_out(ours, connection.url, NO_KEY)["status"] == "Error"


def test_a_hub_that_is_not_there_does_not_connect(n8n: N8n, ours: Ours, connection: Connection) -> None:
    assert n8n.try_out(ours, f"http://127.0.0.1:{ports.free()}", connection.key)["status"] == "Error"
