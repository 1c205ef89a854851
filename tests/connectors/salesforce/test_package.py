"""The Salesforce package fits together, and to the hub."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.salesforce.package import APEX, FOLDER, SOURCE, XML, apex, named, read, root, texts

SCHEMAS = FOLDER.parents[1] / "schemas"
API = FOLDER.parents[1] / "app" / "api" / "reference" / "openapi.json"
PERMISSION_SETS = [file for file in XML if ".permissionset" in file.name]
KNOWN_BY_THE_PACKAGE = {"platform", "externalId", "object", "recordId"}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return found


def names() -> dict[str, set[str]]:
    """What there is in the package: names by type."""
    found: dict[str, set[str]] = {}
    for file in XML:
        found.setdefault(root(file).tag, set()).add(file.name.split(".")[0])
    return found


def columns() -> dict[str, dict[str, str | None]]:
    """The event's fields: for each what its file says."""
    files = [file for file in XML if root(file).tag == "CustomField"]
    return {file.name.split(".")[0]: {one.tag: one.text for one in root(file)} for file in files}


# The files


@pytest.mark.parametrize("file", XML, ids=named)
def test_elements_of_a_name_stand_together(file: Path) -> None:
    """Salesforce refuses a file whose elements of one name are apart."""
    for element in root(file).iter():
        tags = [child.tag for child in element]
        runs = [tag for position, tag in enumerate(tags) if position == 0 or tags[position - 1] != tag]
        assert len(runs) == len(set(runs)), f"{element.tag}: {runs}"


@pytest.mark.parametrize("file", XML, ids=named)
def test_a_file_begins_with_its_root(file: Path) -> None:
    """Salesforce's converter takes the first thing for the root, be it a comment."""
    assert re.match(r'<\?xml version="1.0" encoding="UTF-8"\?>\n<\w+ xmlns="', file.read_text())


@pytest.mark.parametrize("file", APEX, ids=named)
def test_a_class_is_described_and_of_the_projects_version(file: Path) -> None:
    meta = root(Path(f"{file}-meta.xml"))
    assert (meta.findtext("apiVersion"), meta.findtext("status")) == ("65.0", "Active")
    assert json.loads((FOLDER / "sfdx-project.json").read_text())["sourceApiVersion"] == "65.0"


@pytest.mark.parametrize("file", XML, ids=named)
def test_a_description_fits(file: Path) -> None:
    """Most of Salesforce's descriptions hold 255 characters, and the labels of fields 40."""
    element = root(file)
    assert max(map(len, texts(element, "description")), default=0) <= 255
    assert max(map(len, texts(element, "label")), default=0) <= 40


@pytest.mark.parametrize("file", APEX, ids=named)
def test_what_a_flow_reads_of_an_action_fits(file: Path) -> None:
    described = re.findall(r"\b(?:label|description)='((?:\\'|[^'])*)'", file.read_text())
    assert [text for text in described if len(text) > 255] == []


def test_there_is_no_secret_in_it() -> None:
    files = [file for file in SOURCE.rglob("*") if file.is_file()]
    assert [
        file.name for file in files if re.search(r"sk_(live|test)_\w|whsec_|BEGIN [A-Z ]*KEY", file.read_text())
    ] == []


# The credential


def test_the_key_is_typed_in_setup_and_sent_in_the_hubs_header() -> None:
    parameters = read("Mio_Hub.externalCredential-meta.xml").findall("externalCredentialParameters")
    (header,) = [one for one in parameters if one.findtext("parameterType") == "AuthHeader"]
    assert header.findtext("parameterName") == "X-API-Key"
    assert header.findtext("parameterValue") == "{!$Credential.Mio_Hub.ApiKey}"


def test_the_address_is_the_api_over_https() -> None:
    credential = read("Mio_Hub.namedCredential-meta.xml")
    values = texts(credential, "namedCredentialParameters/parameterValue")
    assert values == ["https://api.mio.gg/api/v1"]
    assert texts(credential, "namedCredentialParameters/externalCredential") == ["Mio_Hub"]
    assert "callout:Mio_Hub" in apex("MioHubClient")


@pytest.mark.parametrize("file", PERMISSION_SETS, ids=named)
def test_a_permission_set_gives_what_is_there(file: Path) -> None:
    given, there = root(file), names()
    principals = texts(read("Mio_Hub.externalCredential-meta.xml"), "externalCredentialParameters/parameterGroup")
    assert set(texts(given, "classAccesses/apexClass")) <= there["ApexClass"]
    assert set(texts(given, "flowAccesses/flow")) == there["Flow"]
    assert set(texts(given, "objectPermissions/object")) == there["CustomObject"] | {"UserExternalCredential"}
    (principal,) = texts(given, "externalCredentialPrincipalAccesses/externalCredentialPrincipal")
    assert principal in {f"Mio_Hub-{name}" for name in principals}


@pytest.mark.parametrize("file", PERMISSION_SETS, ids=named)
def test_a_permission_set_opens_every_action(file: Path) -> None:
    actions = {one.stem for one in APEX if "@InvocableMethod" in one.read_text()}
    assert set(texts(root(file), "classAccesses/apexClass")) == actions


def test_the_hub_alone_may_publish_the_event() -> None:
    may_publish = {
        file.name.split(".")[0]: [
            one.findtext("allowCreate")
            for one in root(file).findall("objectPermissions")
            if one.findtext("object") == "Call_Completed__e"
        ]
        for file in PERMISSION_SETS
    }
    assert may_publish == {"Mio_Hub_Connection": ["true"], "Mio_Hub_User": ["false"]}


def test_the_hub_may_use_the_api() -> None:
    given = read("Mio_Hub_Connection.permissionset-meta.xml")
    assert texts(given, "userPermissions/name") == ["ApiEnabled"]


def test_the_header_is_filled_from_the_credential() -> None:
    credential = read("Mio_Hub.namedCredential-meta.xml")
    assert texts(credential, "allowMergeFieldsInHeader") == ["true"]


# The API


@pytest.mark.parametrize("name", ["MioHubStartCall", "MioHubGetCall"])
def test_an_action_that_asks_the_hub_says_that_it_makes_callouts(name: str) -> None:
    assert "callout=true" in apex(name)


@pytest.mark.parametrize(("name", "path"), [("MioHubStartCall", "/crm/calls"), ("MioHubGetCall", "/crm/enrolments/{}")])
def test_an_action_asks_what_the_api_has(name: str, path: str) -> None:
    assert f"PATH = '{path.partition('{')[0]}'" in apex(name)
    paths = json.loads(API.read_text())["paths"]
    assert path in {re.sub(r"\{\w+\}", "{}", known.removeprefix("/api/v1")) for known in paths}


def test_what_apex_sends_is_what_the_api_takes() -> None:
    asked = re.findall(r"^            '(\w+)' => \w+", apex("MioHubCallRequest"), re.MULTILINE)
    known = set(re.findall(r"'(platform|externalId)' =>|body\.put\('(\w+)'", apex("MioHubStartCall")))
    sent = [*asked, *(name for pair in known for name in pair if name)]
    assert sorted(sent) == sorted(schema("crm.call.create")["properties"])


def test_what_apex_requires_is_what_the_api_requires() -> None:
    required = re.search(r"REQUIRED = new List<String>\{(.*?)\}", apex("MioHubCallRequest"), re.DOTALL)
    assert required
    asked = set(re.findall(r"'(\w+)'", required[1]))
    assert asked == set(schema("crm.call.create")["required"]) - KNOWN_BY_THE_PACKAGE


@pytest.mark.parametrize(("table", "limit"), [("LONGEST", "maxLength"), ("LEAST", "minimum"), ("MOST", "maximum")])
def test_the_limits_that_apex_checks_are_those_of_the_api(table: str, limit: str) -> None:
    found = re.search(rf"{table} = new Map<String, Integer>\{{(.*?)\}}", apex("MioHubCallRequest"), re.DOTALL)
    assert found
    limits = {name: int(value) for name, value in re.findall(r"'(\w+)' => (\d+)", found[1])}
    properties = schema("crm.call.create")["properties"].items()
    wanted = {name: one[limit] for name, one in properties if limit in one and name not in KNOWN_BY_THE_PACKAGE}
    assert limits == wanted


def test_apex_takes_every_part_of_an_ending() -> None:
    taken = re.findall(r"= \((\w+)\) told\.get\('(\w+)'\)", apex("MioHubCallEnding"))
    types = {"String": "string", "Integer": "integer", "Boolean": "boolean"}
    properties = schema("crm.ending")["properties"]
    assert {name: types[kind] for kind, name in taken} == {name: one["type"] for name, one in properties.items()}


# The event


def test_the_event_has_a_field_for_every_part_of_an_ending() -> None:
    spelt = {name.removesuffix("__c").replace("_", "").lower() for name in columns()}
    assert spelt == {name.lower() for name in schema("crm.ending")["properties"]} | {"enrolmentid", "recordid"}


def test_the_event_can_be_published_without_a_call() -> None:
    """A refusal has no call, and Salesforce publishes no event whose required field is empty."""
    assert [name for name, told in columns().items() if told.get("required") == "true"] == ["Enrolment_Id__c"]


def test_the_event_waits_for_no_transaction() -> None:
    event = read("Call_Completed__e.object-meta.xml")
    assert (event.findtext("eventType"), event.findtext("publishBehavior")) == ("HighVolume", "PublishImmediately")


def test_long_texts_have_room() -> None:
    long = {name for name, told in columns().items() if told["type"] == "LongTextArea"}
    assert long == {"Summary__c", "Error__c", "Answer_1__c", "Answer_2__c", "Answer_3__c"}


# The External Service


def test_the_registration_offers_every_operation_of_the_document() -> None:
    document = json.loads((FOLDER / "openapi-external-services.json").read_text())
    registration = read("Mio_Hub.externalServiceRegistration-meta.xml")
    offered = {one["operationId"].lower() for methods in document["paths"].values() for one in methods.values()}
    assert json.loads(registration.findtext("schema") or "") == document
    assert set(texts(registration, "operations/name")) == offered
    assert registration.findtext("namedCredentialReference") in names()["NamedCredential"]
