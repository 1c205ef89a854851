"""Every example request of the document, sent to the API, and its answer held against the document."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from psycopg.types.json import Jsonb
from werkzeug.test import TestResponse

from app.api.application import build
from app.api.openapi.components import read
from app.api.openapi.document import document
from app.api.openapi.listing import Operation, operations
from app.config import Settings
from app.db import execute
from app.models.crm import CrmEnrolment
from app.vault import Vault
from tests.api.client import Client
from tests.crm.plain import connected
from tests.crm.sheets import Sheet, Sheets
from tests.receiving import Receiver
from tests.webhooks.support import sending

OPERATIONS = {operation.name: operation for operation in operations()}
DOCUMENT = document(list(OPERATIONS.values()))
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
AN_HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
CALL = {"phoneNumber": "+15557654321", "instructions": "Say hello.", "callAt": TOMORROW}
OF_LIVE_KEYS = {"update_account", "update_connection"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT.*Z")


@dataclass
class World:
    """What there is to ask about: a scheduled call, a batch of one, a webhook with a delivery, a number not to call,
    two connections to CRMs, a rule, and a request of a CRM's of which something has failed.
    """

    ids: dict[str, str] = field(default_factory=dict)

    def path(self, template: str) -> str:
        return template.format(**self.ids)


class Cloud(Sheets):
    """Has the contact of the examples, with the properties that they name."""

    def __init__(self) -> None:
        super().__init__()
        self.properties = {"contact": ["phone", "mobilephone", "firstname", "lastname", "hs_lead_status"]}
        self.add("contact", "51", firstname="Sam", phone="+15551234567", hs_lead_status="OPEN")


class Crm(Sheet):
    """Takes people to its one address."""

    def check_login_url(self, login_url: str | None) -> str | None:
        return None


@pytest.fixture(scope="session")
def app(live_settings: Settings) -> Iterator[Flask]:
    """An API that knows the CRMs that the examples name."""
    made = build(live_settings, {"hubspot": Crm(), "salesforce": Crm()})
    yield made
    made.extensions["mio"].usage.flush()


@pytest.fixture
def crm(account: UUID, settings: Settings) -> Iterator[dict[str, str]]:
    """The ids of a connection, a rule, and an enrolment of which something has failed."""
    rule, call = (read(name)["examples"][0] for name in ("crm.rule.create", "crm.call.create"))
    vault = Vault(settings.encryption_keys)
    with Cloud() as cloud:
        made = connected(account, cloud, vault, id=rule["connectionId"], platform="hubspot", mode="test")
        connected(account, cloud, vault, platform="salesforce", mode="test", external_id=call["externalId"])
        enrolment = CrmEnrolment.create(
            account_id=account,
            connection_id=made.id,
            mode="test",
            source="action",
            dedup_key="1",
            questions=Jsonb([]),
            created_at=datetime.now(UTC),
        )
        execute(
            "INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, status)"
            " VALUES (%s, %s, %s, 'write', 'failed')",
            (account, made.id, enrolment.id),
        )
        yield {"connectionId": str(made.id), "enrolmentId": str(enrolment.id)}


@pytest.fixture
def world(client: Client, settings: Settings, receiver: Receiver, crm: dict[str, str]) -> World:
    call = client.post("/calls", CALL).get_json()
    webhook = client.post("/webhooks", {"url": receiver.url}).get_json()
    with sending(settings):
        tested = client.post(f"/webhooks/{webhook['id']}/test").get_json()
    batch = client.post("/calls/batch", {"calls": [CALL | {"phoneNumber": "+15557654320"}]}).get_json()
    listed = client.post("/do-not-call", {"phoneNumber": "+15550000001"}).get_json()
    rule = client.post("/crm/rules", read("crm.rule.create")["examples"][0]).get_json()
    return World(
        crm
        | {
            "ruleId": rule["id"],
            "callId": call["id"],
            "batchId": batch["id"],
            "webhookId": webhook["id"],
            "deliveryId": tested["deliveryId"],
            "phoneNumber": listed["phoneNumber"],
        }
    )


@pytest.fixture
def ask(
    world: World, client: Client, live: Client, settings: Settings
) -> Callable[..., tuple[dict[str, Any], TestResponse]]:
    """Sends a request of an operation: what the document says of it, and the answer."""

    def send(operation: Operation, **options: Any) -> tuple[dict[str, Any], TestResponse]:
        who = live if operation.name in OF_LIVE_KEYS else client
        with sending(settings):
            answer = who.ask(operation.method, world.path(operation.path), **options)
        return DOCUMENT["paths"][operation.path][operation.method.lower()], answer

    return send


BODIES = [
    (name, key)
    for name, one in OPERATIONS.items()
    for key in DOCUMENT["paths"][one.path][one.method.lower()]
    .get("requestBody", {"content": {"application/json": {}}})["content"]["application/json"]
    .get("examples", {})
]
WITHOUT_BODY = [name for name, one in OPERATIONS.items() if one.method in ("GET", "DELETE")]
PARAMETERS = [
    (name, parameter["name"])
    for name, one in OPERATIONS.items()
    for parameter in DOCUMENT["paths"][one.path][one.method.lower()].get("parameters", ())
    if parameter.get("in") == "query" and "examples" in parameter["schema"]
]


def test_every_operation_that_takes_a_body_has_an_example() -> None:
    assert {name for name, _ in BODIES} == {name for name, one in OPERATIONS.items() if one.method in ("POST", "PUT")}


@pytest.mark.parametrize(("name", "key"), BODIES)
def test_the_example_of_a_body_is_accepted(ask: Callable[..., Any], name: str, key: str) -> None:
    operation = OPERATIONS[name]
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]
    example = told["requestBody"]["content"]["application/json"]["examples"][key]["value"]
    conforms(*ask(operation, json=lately(example)))


@pytest.mark.parametrize("name", WITHOUT_BODY)
def test_an_operation_without_a_body_answers_as_documented(ask: Callable[..., Any], name: str) -> None:
    conforms(*ask(OPERATIONS[name]))


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_the_example_of_a_parameter_is_accepted(
    ask: Callable[..., Any], client: Client, world: World, name: str, parameter: str
) -> None:
    for call in client.get("/calls").get_json()["data"]:
        client.post(f"/calls/{call['id']}/cancel")  # nobody waits for what has ended
    operation = OPERATIONS[name]
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]
    schema = next(one["schema"] for one in told["parameters"] if one.get("name") == parameter)
    value = schema["examples"][0]
    written = ",".join(value) if isinstance(value, list) else value
    conforms(*ask(operation, query_string={parameter: written}))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_example_of_an_answer_is_one(name: str) -> None:
    operation = OPERATIONS[name]
    told = DOCUMENT["paths"][operation.path][operation.method.lower()]
    content = told["responses"][str(operation.contract.status)]["content"]["application/json"]
    assert content["examples"]
    for example in content["examples"].values():
        validator(content["schema"]).validate(example["value"])


def conforms(told: dict[str, Any], answer: TestResponse) -> None:
    """The answer is a success that the document has, and of the shape that it says."""
    assert answer.status_code < 300, answer.get_json()
    described = told["responses"][str(answer.status_code)]
    [(kind, content)] = described["content"].items()
    assert answer.content_type == kind
    validator(content["schema"]).validate(answer.get_json())


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]}, format_checker=checker)


def lately(example: Any) -> Any:
    """The example with its times moved to an hour ago: what is too old to be sent again is refused."""
    return {
        name: AN_HOUR_AGO if isinstance(value, str) and TIME.fullmatch(value) else value
        for name, value in example.items()
    }
