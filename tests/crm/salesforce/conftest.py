"""An organisation of Salesforce's, and a connection to it that a person has authorised."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.config import Settings
from app.crm import authorising, connecting, wire
from app.crm.arrivals import HubArrivals
from app.crm.platform import Inbound, Record, Reply
from app.crm.salesforce.platform import Salesforce
from app.db import execute
from app.models.crm import CrmConnection, CrmEnrolment, CrmRule
from app.times import now
from app.vault import Vault
from tests.crm.salesforce.envelopes import Notified, notification_id
from tests.crm.salesforce.organisation import new_id
from tests.crm.salesforce.stand_in import StandIn
from tests.making import an_account

HUB = "https://hub.example"


@dataclass(frozen=True, slots=True)
class Site:
    """The organisation, what speaks to it, and the connection between them."""

    cloud: StandIn
    settings: Settings
    salesforce: Salesforce
    vault: Vault

    def pending(self, **columns: object) -> CrmConnection:
        """A connection that nobody has authorised."""
        made = connecting.create(
            an_account().id, self.salesforce, connecting.Wanted(default_country="US"), self.settings
        )
        CrmConnection.update(**{"name": "Sales", **columns}).where(CrmConnection.id == made.id).execute()
        return CrmConnection.get_by_id(made.id)

    def connect(self, mode: str = "live") -> CrmConnection:
        """A connection that a person has authorised by its link."""
        link = authorising.begin(self.pending(mode=mode), self.salesforce, self.settings, self.vault)
        back = self.cloud.grant(link)
        query = dict(parse_qsl(urlsplit(back).query))
        return authorising.finish(self.salesforce, query, self.settings, self.vault).connection

    def line(self, connection: CrmConnection) -> wire.HubLine:
        return wire.line(connection, self.salesforce, self.settings, self.vault, purpose="test")

    def door(self, connection: CrmConnection) -> wire.HubDoor:
        return wire.door(connection, self.settings, purpose="test")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A site with a line to it."""

    site: Site
    line: wire.HubLine

    @property
    def cloud(self) -> StandIn:
        return self.site.cloud

    @property
    def salesforce(self) -> Salesforce:
        return self.site.salesforce

    def contact(self, **fields: object) -> Record:
        """A contact that is there."""
        return Record("contact", self.cloud.add("contact", **fields), {})

    def row(self, name: str, record_id: str) -> dict[str, object]:
        return self.cloud.organisation.rows[name][record_id]

    def tasks(self) -> list[dict[str, object]]:
        return list(self.cloud.organisation.rows["Task"].values())


@pytest.fixture
def site(database: PooledPostgresqlDatabase, settings: Settings) -> Iterator[Site]:
    with StandIn() as cloud:
        led = replace(settings, api_public_url=HUB, crm_timeout_seconds=3.0, **cloud.settings)
        yield Site(cloud, led, Salesforce(led), Vault(led.encryption_keys))


@pytest.fixture
def spoken(site: Site) -> Spoken:
    """A line to the organisation, in live mode."""
    return Spoken(site, site.line(site.connect()))


@dataclass(frozen=True, slots=True)
class Listening:
    """A connection with a rule on contacts, and its secret address."""

    site: Site
    connection: CrmConnection
    name: str

    def receive(self, body: bytes, *, name: str | None = None, method: str = "POST") -> Reply:
        request = Inbound(method, f"https://hub.example/crm/salesforce/{self.name}", {}, body, {})
        arrivals = HubArrivals(self.site.salesforce, self.site.settings, self.site.vault)
        return self.site.salesforce.receive(name or self.name, request, arrivals)


@pytest.fixture
def listening(site: Site) -> Listening:
    connection = site.connect()
    url = connecting.new_inbound(connection.id, site.salesforce, site.settings)
    assert url is not None
    CrmRule.create(
        account_id=connection.account_id,
        connection_id=connection.id,
        name="Call them",
        active=True,
        object="contact",
        trigger="message",
        conditions=[],
        number_properties=["Phone"],
        instructions="Ask {{contact.FirstName}}.",
        once_within_seconds=0,
        created_at=now(),
        updated_at=now(),
    )
    return Listening(site, connection, url.partition("/crm/salesforce/")[2])


def a_contact(key: object, name: str = "Contact", **fields: object) -> Notified:
    return Notified(
        notification_id(key), name, {"Id": new_id("003"), "FirstName": "Sam", "Phone": "+15551234567"} | fields
    )


def enrolled() -> int:
    """How many enrolments there are."""
    count: int = CrmEnrolment.select().count()
    return count


@contextmanager
def away(table: str) -> Iterator[None]:
    """The database fails wherever it needs this table, while the block lasts."""
    execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        execute(f"ALTER TABLE away RENAME TO {table}")
