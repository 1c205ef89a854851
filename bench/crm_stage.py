"""A hub with portals of two accounts: a large one with three, a small one with two."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from app.dev import ports
from app.dev.client import Client
from bench.crm_load import Portal
from bench.hub import Running, running
from tests.crm.hubspot.stand_in import StandIn

LARGE_PORTALS, SMALL_PORTALS = 3, 2
_ACCOUNT: Final = """
INSERT INTO account (id, name, phone_number, balance) VALUES (gen_random_uuid(), 'Small', '+15550000002', 0)
RETURNING id
"""
# A portal like the one that was connected, of another name and perhaps of another account.
_PORTAL: Final = """
INSERT INTO crm_connection (id, account_id, platform, mode, status, name, external_id, external_name, default_country,
                            logs, credentials, expires_at)
SELECT gen_random_uuid(), %(account)s, platform, mode, status, name, %(portal)s, external_name, default_country,
       logs, credentials, expires_at
FROM crm_connection WHERE id = %(like)s
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The portals of both accounts, the ids of these, and a connection to the hub's database."""

    address: tuple[str, int]
    large: Sequence[Portal]
    small: Sequence[Portal]
    large_account: UUID
    small_account: UUID
    database: psycopg.Connection[dict[str, Any]]

    def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        return self.database.execute(sql, values).fetchall()


@contextmanager
def stage(**settings: str) -> Iterator[Stage]:
    """All of it, running; its state goes with the block."""
    port = str(ports.free())
    with StandIn() as cloud:
        led = {name.upper(): str(value) for name, value in cloud.settings.items()}
        public = {"API_PORT": port, "API_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        with (
            running(**led, **public, **settings) as hub,
            psycopg.connect(hub.settings.database_url, autocommit=True, row_factory=dict_row) as database,
        ):
            yield _prepared(hub, cloud, database)


def _prepared(hub: Running, cloud: StandIn, database: psycopg.Connection[dict[str, Any]]) -> Stage:
    made = Client(hub.plan.url, hub.keys.test).post("/crm/connections", {"platform": "hubspot", "defaultCountry": "US"})
    _visit(cloud.grant(made["authorizeUrl"]))
    [account] = database.execute("SELECT account_id AS id FROM crm_connection WHERE id = %s", (made["id"],)).fetchall()
    [small] = database.execute(_ACCOUNT).fetchall()
    large_ids = [cloud.external_id, *(str(70_000_000 + n) for n in range(1, LARGE_PORTALS))]
    small_ids = [str(80_000_000 + n) for n in range(SMALL_PORTALS)]
    for owner, portals in ((account["id"], large_ids[1:]), (small["id"], small_ids)):
        for portal in portals:
            database.execute(_PORTAL, {"account": owner, "portal": portal, "like": made["id"]})
    secret = hub.settings.hubspot_client_secret
    large, small_portals = (
        [Portal(name, hub.settings.api_url, secret) for name in names] for names in (large_ids, small_ids)
    )
    return Stage(("127.0.0.1", hub.plan.api.number), large, small_portals, account["id"], small["id"], database)


def _visit(url: str) -> None:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    if answer.status >= 300:
        raise RuntimeError(f"the portal was not connected: {answer.status} {answer.read().decode()}")
    connection.close()
