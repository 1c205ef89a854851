"""/crm/rules, /crm/enrolments and /crm/calls."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from psycopg.types.json import Jsonb

from app.api.application import build
from app.calls import do_not_call
from app.config import Settings
from app.crm.rules import MOST
from app.db import execute, rows
from app.models.crm import CrmConnection, CrmEnrolment
from app.vault import Vault
from tests.api.client import Client, refusal
from tests.crm.plain import connected, requests_of, says
from tests.crm.sheets import Sheet, Sheets

NUMBER = "+15551234567"


@pytest.fixture
def cloud() -> Iterator[Sheets]:
    with Sheets() as listening:
        yield listening


@pytest.fixture(scope="session")
def app(live_settings: Settings) -> Iterator[Flask]:
    """An API that knows one CRM."""
    made = build(live_settings, {"plain": Sheet()})
    yield made
    made.extensions["mio"].usage.flush()


@pytest.fixture
def connection(account: UUID, cloud: Sheets, settings: Settings) -> CrmConnection:
    """Jane's CRM, in test mode."""
    return connected(account, cloud, Vault(settings.encryption_keys), mode="test")


def a_rule(connection: CrmConnection, **fields: Any) -> dict[str, Any]:
    plain = {
        "connectionId": str(connection.id),
        "name": "Call new leads",
        "object": "contact",
        "trigger": "changed",
        "property": "stage",
        "instructions": "Ask {{contact.first|them}} about the offer.",
    }
    return {name: value for name, value in (plain | fields).items() if value is not None}


def made(client: Client, connection: CrmConnection, **fields: Any) -> dict[str, Any]:
    response = client.post("/crm/rules", a_rule(connection, **fields))
    assert response.status_code == 201, response.get_json()
    rule: dict[str, Any] = response.get_json()
    return rule


def go_live(connection: CrmConnection) -> None:
    execute("UPDATE crm_connection SET mode = 'live' WHERE id = %s", (connection.id,))


# Rules


def test_a_rule_has_what_was_asked_and_the_crms_own_numbers(client: Client, connection: CrmConnection) -> None:
    rule = made(client, connection)
    assert rule["numberProperties"] == ["mobile", "phone"]
    assert (rule["active"], rule["onceWithinSeconds"], rule["conditions"], rule["hours"]) == (True, 86400, [], None)
    assert client.get(f"/crm/rules/{rule['id']}").get_json() == rule
    assert client.get("/crm/rules").get_json()["data"] == [rule]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"object": "company"}, "object"),
        ({"trigger": "deleted"}, "trigger"),
        ({"property": None}, "property"),
        ({"property": ""}, "property"),
        ({"property": "nothing"}, "property"),
        ({"property": "last_called"}, "property"),
        ({"property": "two words"}, "property"),
        ({"trigger": "created"}, "property"),
        ({"instructions": "Ask {{contact.frist}}."}, "instructions"),
        ({"instructions": "Ask {{deal.title}}."}, "instructions"),
        ({"instructions": "Ask {{contact.first."}, "instructions"),
        ({"instructions": "  "}, "instructions"),
        ({"instructions": "x" * 5001}, "instructions"),
        ({"firstMessage": "Hi {{contact.frist}}"}, "firstMessage"),
        ({"calleeName": "{{first}}"}, "calleeName"),
        ({"numberProperties": ["fax"]}, "numberProperties"),
        ({"numberProperties": []}, "numberProperties"),
        ({"conditions": [{"property": "colour", "operator": "is_set"}]}, "conditions"),
        ({"conditions": [{"property": "stage", "operator": "like", "value": "x"}]}, "conditions"),
        ({"conditions": [{"property": "stage", "operator": "equals"}]}, "conditions"),
        ({"conditions": [{"property": "stage", "operator": "equals", "value": "a", "values": ["b"]}]}, "conditions"),
        ({"conditions": [{"property": "stage"}]}, "conditions"),
        ({"conditions": [{"property": "score", "operator": "greater", "value": "many"}]}, "conditions"),
        ({"conditions": [{"object": "deal", "property": "title", "operator": "is_set"}]}, "conditions"),
        ({"hours": {"timeZone": "Mars/Phobos", "days": ["mon"], "from": "09:00", "to": "17:00"}}, "hours"),
        ({"hours": {"timeZone": "UTC"}}, "hours"),
        ({"hours": {"timeZone": "UTC", "days": ["monday"], "from": "09:00", "to": "17:00"}}, "hours"),
        ({"hours": {"timeZone": "UTC", "days": ["mon"], "from": "9", "to": "17:00"}}, "hours"),
        ({"onceWithinSeconds": 0}, "onceWithinSeconds"),
        ({"connectionId": "mine"}, "connectionId"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(
    client: Client, connection: CrmConnection, fields: dict[str, Any], field: str
) -> None:
    assert refusal(client.post("/crm/rules", a_rule(connection, **fields))) == (400, "invalid_request", field)
    assert client.get("/crm/rules").get_json()["data"] == []


def test_a_misspelt_property_is_told_what_it_might_be(client: Client, connection: CrmConnection) -> None:
    response = client.post("/crm/rules", a_rule(connection, instructions="Ask {{contact.frist}}."))
    assert "Did you mean contact.first?" in response.get_json()["error"]


def test_no_property_is_suggested_for_one_that_is_like_none(client: Client, connection: CrmConnection) -> None:
    response = client.post("/crm/rules", a_rule(connection, instructions="Ask {{contact.xyz}}."))
    assert response.get_json()["error"] == "The CRM has no contact.xyz."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"object": "company"}, "There is no object company for this rule. What there is: "),
        ({"instructions": "Ask {{deal.title}}."}, "There is no object deal for this rule. What there is: contact."),
        ({"conditions": [{"property": "stage"}]}, "conditions.operator is required. "),
        ({"numberProperties": ["a b"]}, "What numberProperties holds must be a property's name in the CRM"),
        (
            {"hours": {"timeZone": "UTC", "days": ["mon"], "from": "9:00", "to": "17:00"}},
            "hours.from must be a time of day, like 09:00.",
        ),
    ],
)
def test_a_refusal_names_what_is_wrong_within_a_field(
    client: Client, connection: CrmConnection, fields: dict[str, Any], sentence: str
) -> None:
    response = client.post("/crm/rules", a_rule(connection, **fields))
    assert response.get_json()["error"].startswith(sentence)


def test_a_rule_about_deals_may_name_its_persons_values(client: Client, connection: CrmConnection) -> None:
    words = "Ask {{contact.first}} about {{deal.title}}."
    condition = {"object": "contact", "property": "score", "operator": "greater", "value": "5"}
    rule = made(client, connection, object="deal", instructions=words, conditions=[condition])
    assert (rule["numberProperties"], rule["conditions"]) == (["mobile", "phone"], [condition])


def test_what_is_left_out_of_a_change_stays_and_what_is_empty_goes(client: Client, connection: CrmConnection) -> None:
    hours = {"timeZone": "Europe/Berlin", "days": ["mon"], "from": "09:00", "to": "17:00"}
    rule = made(client, connection, firstMessage="Hi.", calleeName="{{contact.first}}", hours=hours)
    path = f"/crm/rules/{rule['id']}"
    renamed = client.put(path, {"name": "Others"}).get_json()
    assert renamed == rule | {"name": "Others", "updatedAt": renamed["updatedAt"]}
    cleared = client.put(path, {"firstMessage": "", "calleeName": "", "hours": {}}).get_json()
    assert (cleared["firstMessage"], cleared["calleeName"], cleared["hours"]) == (None, None, None)
    created = client.put(path, {"trigger": "created"}).get_json()
    assert (created["trigger"], created["property"]) == ("created", None)


def test_what_is_null_counts_as_left_out_within_hours_and_conditions_too(
    client: Client, connection: CrmConnection
) -> None:
    hours = {"timeZone": None, "days": None, "from": None, "to": None}
    condition = {"object": None, "property": "stage", "operator": "is_set", "value": None, "values": None}
    rule = made(client, connection, hours=hours, conditions=[condition])
    assert (rule["hours"], rule["conditions"]) == (None, [{"property": "stage", "operator": "is_set"}])


def test_a_change_is_checked_like_a_new_rule(client: Client, connection: CrmConnection) -> None:
    path = f"/crm/rules/{made(client, connection)['id']}"
    assert refusal(client.put(path, {"instructions": "{{contact.frist}}"})) == (400, "invalid_request", "instructions")
    assert refusal(client.put(path, {"property": "last_called"})) == (400, "invalid_request", "property")
    assert refusal(client.put(path, {"property": ""})) == (400, "invalid_request", "property")


def test_a_crm_that_is_down_refuses_what_it_would_have_to_check(
    client: Client, connection: CrmConnection, cloud: Sheets
) -> None:
    rule = made(client, connection)
    cloud.script.extend([says(500), says(503)])
    assert refusal(client.post("/crm/rules", a_rule(connection))) == (503, "crm_unavailable", None)
    changed = {"instructions": "Ask {{contact.last}}."}
    assert refusal(client.put(f"/crm/rules/{rule['id']}", changed)) == (503, "crm_unavailable", None)


def test_a_rule_can_be_switched_off_while_its_crm_is_down(
    client: Client, connection: CrmConnection, cloud: Sheets
) -> None:
    rule = made(client, connection)
    cloud.script.append(says(500))
    assert client.put(f"/crm/rules/{rule['id']}", {"active": False}).get_json()["active"] is False


def test_a_crm_that_has_taken_its_authorisation_back_is_named_as_the_reason(
    client: Client, connection: CrmConnection, cloud: Sheets
) -> None:
    cloud.script.append(says(403, {"message": "gone"}))
    assert refusal(client.post("/crm/rules", a_rule(connection))) == (409, "connection_not_active", None)


def test_a_rule_of_a_connection_that_is_not_yet_authorised_is_kept_unchecked(
    client: Client, connection: CrmConnection
) -> None:
    execute("UPDATE crm_connection SET status = 'pending' WHERE id = %s", (connection.id,))
    made(client, connection, instructions="Ask {{contact.nobody_knows}}.")


def test_a_connection_that_was_ended_takes_no_rules(client: Client, connection: CrmConnection) -> None:
    rule = made(client, connection)
    execute("UPDATE crm_connection SET status = 'disconnected' WHERE id = %s", (connection.id,))
    assert refusal(client.post("/crm/rules", a_rule(connection))) == (409, "connection_not_active", None)
    activated = client.put(f"/crm/rules/{rule['id']}", {"active": True})
    assert refusal(activated) == (409, "connection_not_active", None)
    assert client.put(f"/crm/rules/{rule['id']}", {"active": False}).status_code == 200


def test_the_rules_of_a_live_connection_need_a_live_key(
    client: Client, live: Client, connection: CrmConnection
) -> None:
    rule = made(client, connection)
    go_live(connection)
    path = f"/crm/rules/{rule['id']}"
    needed = (403, "live_key_needed", None)
    assert refusal(client.post("/crm/rules", a_rule(connection))) == needed
    assert refusal(client.put(path, {"active": False})) == needed
    assert refusal(client.post(f"{path}/dry-run")) == needed
    assert refusal(client.delete(path)) == needed
    assert live.put(path, {"active": False}).status_code == 200


def test_another_accounts_rules_and_connections_are_not_there(
    client: Client, foreign: Client, connection: CrmConnection
) -> None:
    path = f"/crm/rules/{made(client, connection)['id']}"
    nothing = (404, "not_found", None)
    for response in (
        foreign.get(path),
        foreign.put(path, {"active": False}),
        foreign.delete(path),
        foreign.post(f"{path}/dry-run"),
        foreign.post("/crm/rules", a_rule(connection)),
    ):
        assert refusal(response) == nothing
    assert foreign.get("/crm/rules").get_json()["data"] == []


def test_rules_are_listed_by_connection_object_and_whether_they_call(client: Client, connection: CrmConnection) -> None:
    off = made(client, connection, active=False)
    deals = made(client, connection, object="deal", instructions="Ask about {{deal.title}}.")

    def listed(query: str) -> list[str]:
        return [rule["id"] for rule in client.get(f"/crm/rules?{query}").get_json()["data"]]

    assert listed("active=false") == [off["id"]]
    assert listed("object=deal") == [deals["id"]]
    assert listed(f"connectionId={connection.id}") == [deals["id"], off["id"]]
    assert listed(f"connectionId={uuid4()}") == []
    page = client.get("/crm/rules?limit=1").get_json()
    assert listed(f"limit=1&cursor={page['nextCursor']}") == [off["id"]]


def test_an_account_has_a_bounded_number_of_rules(client: Client, connection: CrmConnection) -> None:
    rule = made(client, connection)
    columns = (
        "account_id, connection_id, name, active, object, trigger, property, number_properties, instructions,"
        " once_within_seconds"
    )
    execute(
        f"INSERT INTO crm_rule (id, {columns}) SELECT gen_random_uuid(), {columns} FROM crm_rule,"
        " generate_series(2, %s) WHERE id = %s",
        (MOST, rule["id"]),
    )
    assert refusal(client.post("/crm/rules", a_rule(connection))) == (409, "too_many_rules", None)


def test_a_deleted_rule_is_gone(client: Client, connection: CrmConnection) -> None:
    path = f"/crm/rules/{made(client, connection)['id']}"
    assert client.delete(path).get_json()["deleted"] is True
    assert refusal(client.get(path)) == (404, "not_found", None)
    assert refusal(client.delete(path)) == (404, "not_found", None)


def test_a_rule_that_is_made_with_a_key_is_made_once(client: Client, connection: CrmConnection) -> None:
    key = {"Idempotency-Key": "rule-1"}
    first = client.post("/crm/rules", a_rule(connection), headers=key).get_json()
    assert client.post("/crm/rules", a_rule(connection), headers=key).get_json() == first
    assert len(client.get("/crm/rules").get_json()["data"]) == 1


# Dry runs


def tried(client: Client, rule: dict[str, Any], record: str | None = None) -> dict[str, Any]:
    body = {"recordId": record} if record else None
    response = client.post(f"/crm/rules/{rule['id']}/dry-run", body)
    assert response.status_code == 200, response.get_json()
    run: dict[str, Any] = response.get_json()
    return run


def test_a_dry_run_shows_who_would_be_called_with_which_words(
    client: Client, connection: CrmConnection, cloud: Sheets
) -> None:
    condition = {"property": "stage", "operator": "equals", "value": "lead"}
    rule = made(client, connection, conditions=[condition], firstMessage="Hi {{contact.first}}.")
    cloud.add("contact", "1", first="Sam", last="Carter", phone="(555) 123-4567 ext. 12", stage="Lead")
    run = tried(client, rule, "1")
    assert (run["wouldCall"], run["error"], run["test"], run["active"]) == (True, None, True, True)
    assert run["person"] == {"object": "contact", "id": "1", "name": "Sam Carter"}
    assert run["conditions"][0] | {"holds": True, "actual": "Lead"} == run["conditions"][0]
    call = run["call"]
    assert (call["phoneNumber"], call["extension"], call["numberProperty"]) == (NUMBER, "12", "phone")
    assert call["instructions"].startswith("Ask ‹Sam› about the offer. The number has the extension 12")
    assert (call["name"], call["firstMessage"], call["callAt"]) == ("Sam Carter", "Hi Sam.", None)


def test_a_dry_run_rings_nobody_and_stores_nothing(client: Client, connection: CrmConnection, cloud: Sheets) -> None:
    rule = made(client, connection)
    cloud.add("contact", "1", phone=NUMBER)
    assert tried(client, rule)["wouldCall"]
    assert client.get("/crm/enrolments").get_json()["data"] == []
    assert client.get("/calls").get_json()["data"] == []
    assert all(request["sent"] and request["method"] == "GET" for request in requests_of(connection))


def test_without_a_record_the_latest_is_tried(client: Client, connection: CrmConnection, cloud: Sheets) -> None:
    rule = made(client, connection)
    nothing = tried(client, rule)
    assert (nothing["record"], nothing["error"]["code"], nothing["wouldCall"]) == (None, "no_record", False)
    cloud.add("contact", "1", phone=NUMBER)
    cloud.add("contact", "2", phone="+15557654321")
    assert tried(client, rule)["record"] == {"object": "contact", "id": "2"}


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({}, "number_missing"),
        ({"phone": "n/a"}, "number_invalid"),
        ({"phone": "555-123-4567 or 555-765-4321"}, "number_ambiguous"),
        ({"phone": "+1911"}, "number_invalid"),
        ({"phone": "+19005551234"}, "premium_number"),
        ({"phone": NUMBER, "stage": "customer"}, "conditions_not_met"),
        ({"phone": NUMBER, "first": ""}, "value_missing"),
        ({"phone": NUMBER, "first": "x" * 900}, "text_too_long"),
        ({"phone": "+15550009999"}, "do_not_call"),
    ],
)
def test_a_dry_run_says_why_there_would_be_no_call(
    client: Client, account: UUID, connection: CrmConnection, cloud: Sheets, properties: dict[str, str], code: str
) -> None:
    do_not_call.add(account, "test", "+15550009999", "api")
    condition = {"property": "stage", "operator": "not_equals", "value": "customer"}
    words = "Ask {{contact.first}}." + "{{contact.first}}" * 6
    rule = made(client, connection, instructions=words, conditions=[condition])
    cloud.add("contact", "1", **{"first": "Sam"} | properties)
    run = tried(client, rule, "1")
    assert (run["wouldCall"], run["error"]["code"]) == (False, code)


def test_a_call_outside_of_the_hours_would_be_scheduled(
    client: Client, connection: CrmConnection, cloud: Sheets
) -> None:
    zone = ZoneInfo("Pacific/Auckland")
    today = datetime.now(zone).strftime("%a").lower()
    others = [day for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") if day != today]
    hours = {"timeZone": zone.key, "days": others, "from": "09:00", "to": "17:00"}
    rule = made(client, connection, hours=hours)
    cloud.add("contact", "1", phone=NUMBER)
    run = tried(client, rule, "1")
    assert run["wouldCall"]
    opens = datetime.fromisoformat(run["call"]["callAt"]).astimezone(zone)
    assert (opens.hour, opens.minute, opens.strftime("%a").lower() in others) == (9, 0, True)


def test_the_first_number_that_can_be_read_is_called(client: Client, connection: CrmConnection, cloud: Sheets) -> None:
    rule = made(client, connection)
    cloud.add("contact", "1", mobile="ask at the desk", phone=NUMBER)
    assert tried(client, rule, "1")["call"]["numberProperty"] == "phone"


def test_a_deals_person_is_called(client: Client, connection: CrmConnection, cloud: Sheets) -> None:
    rule = made(client, connection, object="deal", instructions="Ask {{contact.first}} about {{deal.title}}.")
    cloud.add("contact", "1", first="Sam", phone=NUMBER)
    cloud.add("deal", "7", title="Roof", contact="1")
    cloud.add("deal", "8", title="Cellar")
    run = tried(client, rule, "7")
    assert (run["record"], run["person"]["id"]) == ({"object": "deal", "id": "7"}, "1")
    assert run["call"]["instructions"] == "Ask ‹Sam› about ‹Roof›."
    alone = tried(client, rule, "8")
    assert (alone["person"], alone["error"]["code"]) == (None, "number_missing")


def test_a_record_that_is_not_there_cannot_be_tried(client: Client, connection: CrmConnection) -> None:
    path = f"/crm/rules/{made(client, connection)['id']}/dry-run"
    assert refusal(client.post(path, {"recordId": "99"})) == (404, "not_found", "recordId")


def test_a_crm_that_is_down_cannot_be_tried(client: Client, connection: CrmConnection, cloud: Sheets) -> None:
    path = f"/crm/rules/{made(client, connection)['id']}/dry-run"
    cloud.script.append(says(503))
    assert refusal(client.post(path, {"recordId": "1"})) == (503, "crm_unavailable", None)
    cloud.script.append(says(400, {"message": "No."}))
    assert refusal(client.post(path, {"recordId": "1"})) == (409, "crm_refused", None)


# Calls by flows


def a_call(connection: CrmConnection, **fields: Any) -> dict[str, Any]:
    plain = {
        "platform": "plain",
        "externalId": connection.external_id,
        "object": "contact",
        "recordId": "1",
        "phoneNumber": "(555) 123-4567",
        "instructions": "Ask about the offer.",
    }
    return {name: value for name, value in (plain | fields).items() if value is not None}


def test_a_flows_call_is_made_at_once(client: Client, connection: CrmConnection) -> None:
    body = a_call(connection, question1="A demo?", question3="Who decides?", longestWaitMinutes=60)
    response = client.post("/crm/calls", body)
    assert response.status_code == 201
    enrolment = response.get_json()
    assert (enrolment["source"], enrolment["status"], enrolment["test"]) == ("flow", "calling", True)
    assert (enrolment["object"], enrolment["recordId"]) == ("contact", "1")
    assert enrolment["questions"] == ["A demo?", "", "Who decides?"]
    call = client.get(f"/calls/{enrolment['callId']}").get_json()
    assert call["toNumber"] == NUMBER
    assert call["instructions"].startswith("Ask about the offer.")
    assert call["instructions"].endswith("A demo? Who decides?")
    assert client.get(f"/crm/enrolments/{enrolment['id']}").get_json() == enrolment


def test_a_flows_call_leaves_jobs_that_wait_for_its_end(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection, longestWaitMinutes=60)).get_json()
    jobs = {job["kind"]: job for job in enrolment["jobs"]}
    assert set(jobs) == {"answer", "write"}
    assert (jobs["answer"]["dueAt"], jobs["write"]["dueAt"]) == (enrolment["deadlineAt"], None)


def test_a_flows_call_about_no_record_is_written_nowhere(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection, object=None, recordId=None)).get_json()
    assert [job["kind"] for job in enrolment["jobs"]] == ["answer"]


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"phoneNumber": "-"}, "number_missing", "phoneNumber"),
        ({"phoneNumber": "555-1234"}, "number_invalid", "phoneNumber"),
        ({"phoneNumber": "555 123 4567", "country": "ZZ"}, "number_invalid", "phoneNumber"),
        ({"phoneNumber": "555-123-4567 or 555-765-4321"}, "number_ambiguous", "phoneNumber"),
        ({"phoneNumber": "+19005551234"}, "premium_number", "phoneNumber"),
        ({"object": None}, "invalid_request", "object"),
        ({"recordId": None}, "invalid_request", "recordId"),
        ({"object": "company"}, "invalid_request", "object"),
        ({"platform": "other"}, "invalid_request", "platform"),
        ({"country": "us"}, "invalid_request", "country"),
        ({"longestWaitMinutes": 0}, "invalid_request", "longestWaitMinutes"),
    ],
)
def test_a_flows_call_that_cannot_be_made_is_refused_and_leaves_nothing(
    client: Client, connection: CrmConnection, fields: dict[str, Any], code: str, field: str
) -> None:
    assert refusal(client.post("/crm/calls", a_call(connection, **fields))) == (400, code, field)
    assert client.get("/crm/enrolments").get_json()["data"] == []
    assert rows("SELECT 1 FROM crm_job") == []


def test_a_flows_number_is_read_in_its_country(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection, phoneNumber="030 123456", country="DE")).get_json()
    assert client.get(f"/calls/{enrolment['callId']}").get_json()["toNumber"] == "+4930123456"


def test_a_connection_that_is_not_there_starts_no_call(
    client: Client, foreign: Client, connection: CrmConnection
) -> None:
    nothing = (404, "not_found", "externalId")
    assert refusal(client.post("/crm/calls", a_call(connection, externalId="4712"))) == nothing
    assert refusal(foreign.post("/crm/calls", a_call(connection))) == nothing
    execute("UPDATE crm_connection SET status = 'disconnected' WHERE id = %s", (connection.id,))
    assert refusal(client.post("/crm/calls", a_call(connection))) == nothing


def test_the_connection_says_whether_a_flows_call_rings(
    client: Client, live: Client, connection: CrmConnection
) -> None:
    assert live.post("/crm/calls", a_call(connection)).get_json()["test"] is True
    go_live(connection)
    assert refusal(client.post("/crm/calls", a_call(connection))) == (403, "live_key_needed", None)
    rung = live.post("/crm/calls", a_call(connection)).get_json()
    assert rung["test"] is False
    assert live.get(f"/calls/{rung['callId']}").get_json()["test"] is False


def test_a_call_to_a_number_that_is_active_is_refused(client: Client, connection: CrmConnection) -> None:
    client.post("/crm/calls", a_call(connection))
    assert refusal(client.post("/crm/calls", a_call(connection))) == (409, "call_active", None)
    assert len(client.get("/crm/enrolments").get_json()["data"]) == 1


def test_a_flow_that_asks_again_rings_nobody_twice(client: Client, connection: CrmConnection) -> None:
    key = {"Idempotency-Key": "interview-1"}
    first = client.post("/crm/calls", a_call(connection), headers=key).get_json()
    assert client.post("/crm/calls", a_call(connection), headers=key).get_json() == first
    execute("DELETE FROM idempotency_key")  # as after seven days
    execute("UPDATE call SET status = 'completed', outcome = 'completed', summary = ''")
    again = client.post("/crm/calls", a_call(connection), headers=key).get_json()
    assert (again["id"], again["callId"], again["status"]) == (first["id"], first["callId"], "ended")
    assert len(client.get("/calls").get_json()["data"]) == 1


def test_the_end_of_a_call_makes_its_jobs_due(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection)).get_json()
    client.post(f"/calls/{enrolment['callId']}/cancel")
    jobs = {job["kind"]: job for job in client.get(f"/crm/enrolments/{enrolment['id']}").get_json()["jobs"]}
    assert all(job["dueAt"] for job in jobs.values())
    [call] = rows("SELECT created_at FROM call")
    assert datetime.fromisoformat(jobs["answer"]["dueAt"]) >= call["created_at"].replace(microsecond=0)


# Enrolments


def enrolled(connection: CrmConnection, **columns: Any) -> CrmEnrolment:
    plain = {"mode": "test", "source": "action", "dedup_key": uuid4().hex, "object": "contact", "record_id": "1"}
    stored = {"questions": Jsonb([]), "created_at": datetime.now(ZoneInfo("UTC")), **plain, **columns}
    return CrmEnrolment.create(id=uuid4(), account_id=connection.account_id, connection_id=connection.id, **stored)


def test_enrolments_are_listed_by_connection_rule_record_and_status(client: Client, connection: CrmConnection) -> None:
    rule = made(client, connection)
    waiting = enrolled(connection, rule_id=rule["id"], source="rule")
    refused = enrolled(connection, record_id="2", refusal=Jsonb({"error": "No number.", "code": "number_missing"}))
    calling = client.post("/crm/calls", a_call(connection, recordId="3")).get_json()

    def listed(query: str) -> set[str]:
        return {one["id"] for one in client.get(f"/crm/enrolments?{query}").get_json()["data"]}

    assert listed(f"ruleId={rule['id']}") == {str(waiting.id)}
    assert listed("recordId=2") == listed("status=refused") == {str(refused.id)}
    assert listed("status=waiting") == {str(waiting.id)}
    assert listed("status=calling") == {calling["id"]}
    assert listed("status=ended") == set()
    assert listed(f"connectionId={connection.id}") == {str(waiting.id), str(refused.id), calling["id"]}
    page = client.get("/crm/enrolments?limit=2").get_json()
    assert len(page["data"]) == 2
    assert listed(f"cursor={page['nextCursor']}") == {str(waiting.id)}


def test_a_refusal_is_shown_with_its_reason(client: Client, connection: CrmConnection) -> None:
    why = {"error": "No number.", "code": "number_missing", "field": "phoneNumber"}
    shown = client.get(f"/crm/enrolments/{enrolled(connection, refusal=Jsonb(why)).id}").get_json()
    assert (shown["status"], shown["error"]) == ("refused", why)


def test_a_test_key_sees_no_live_enrolment(client: Client, live: Client, connection: CrmConnection) -> None:
    real = enrolled(connection, mode="live")
    assert client.get("/crm/enrolments").get_json()["data"] == []
    assert refusal(client.get(f"/crm/enrolments/{real.id}")) == (404, "not_found", None)
    assert refusal(client.post(f"/crm/enrolments/{real.id}/retry")) == (404, "not_found", None)
    assert live.get(f"/crm/enrolments/{real.id}").get_json()["test"] is False


def test_what_a_test_connection_would_have_written_is_shown(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection)).get_json()
    execute(
        "INSERT INTO crm_request (connection_id, job_id, purpose, method, path, sent, body, duration_ms)"
        " SELECT connection_id, id, 'write', 'POST', '/calls', false, '{\"about\": \"1\"}', 0 FROM crm_job"
        " WHERE kind = 'write'"
    )
    shown = client.get(f"/crm/enrolments/{enrolment['id']}").get_json()
    [write] = [job for job in shown["jobs"] if job["kind"] == "write"]
    assert [(one["method"], one["path"], one["body"]) for one in write["unsent"]] == [
        ("POST", "/calls", {"about": "1"})
    ]


def test_what_has_failed_is_tried_again(client: Client, connection: CrmConnection) -> None:
    enrolment = client.post("/crm/calls", a_call(connection)).get_json()
    path = f"/crm/enrolments/{enrolment['id']}/retry"
    assert refusal(client.post(path)) == (409, "nothing_failed", None)
    execute("UPDATE crm_job SET status = 'failed', error = 'x', tries = 9, completed_at = now() WHERE kind = 'write'")
    jobs = {job["kind"]: job for job in client.post(path).get_json()["jobs"]}
    assert (jobs["write"]["status"], jobs["write"]["tries"], jobs["write"]["error"]) == ("pending", 0, None)
    assert jobs["write"]["dueAt"] is not None


def test_a_refused_call_is_not_made_by_trying_again(client: Client, connection: CrmConnection) -> None:
    enrolment = enrolled(connection, refusal=Jsonb({"error": "No.", "code": "number_missing"}))
    execute(
        "INSERT INTO crm_job (account_id, connection_id, enrolment_id, kind, status)"
        " VALUES (%s, %s, %s, 'start', 'failed')",
        (connection.account_id, connection.id, enrolment.id),
    )
    assert refusal(client.post(f"/crm/enrolments/{enrolment.id}/retry")) == (409, "nothing_failed", None)


def test_another_accounts_enrolments_are_not_there(client: Client, foreign: Client, connection: CrmConnection) -> None:
    enrolment = enrolled(connection)
    assert refusal(foreign.get(f"/crm/enrolments/{enrolment.id}")) == (404, "not_found", None)
    assert foreign.get("/crm/enrolments").get_json()["data"] == []
