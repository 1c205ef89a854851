"""An organisation of Salesforce's, and a connection to it that a person has authorised."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.config import Settings
from app.crm import authorising, connecting, wire
from app.crm.platform import Record
from app.crm.salesforce.platform import Salesforce
from app.models.crm import CrmConnection
from app.vault import Vault
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
