"""The files of Make's custom app are sound: by Make's own schemas, by its review's list, and by our contract."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.generation.catalogue import ACTIONS, TRIGGERS, action
from connectors.generation.make import sentence_case
from tests.connectors.make import app, schemas
from tests.connectors.make.connector import WATCHES
from tests.connectors.make.iml import compiled, expressions

FILES = sorted(str(file.relative_to(app.APP)) for file in app.APP.rglob("*.json"))
IML = [path for path in FILES if path.endswith(".iml.json")]
COMPONENTS = [(kind, name) for kind, components in app.manifest()["components"].items() for name in components]
MODULES = app.manifest()["components"]["module"]
WEBHOOKS = app.manifest()["components"]["webhook"]
STARTING = ["startCall", "startCallAndWait", "scheduleCall", "bulkStartCalls"]
LOCAL_ID = re.compile(r"[a-zA-Z][0-9a-zA-Z]{2,47}")
RETRIED_BY_MAKE = {"RateLimitError", "ConnectionError"}


def requests(content: Any) -> list[dict[str, Any]]:
    return content if isinstance(content, list) else [content]


def every_request() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, name in COMPONENTS:
        for which in ("communication", "attach", "detach"):
            for request in requests(app.code(kind, name, which) or []):
                yield f"{kind} {name} {which}", request


REQUESTS = list(every_request())
SENT = [(where, request) for where, request in REQUESTS if "url" in request]


def fields(parameters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for parameter in parameters:
        yield parameter
        yield from fields(parameter.get("spec", []))


def strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from strings(inner)


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower()


@pytest.mark.skipif(not schemas.FOLDER.is_dir(), reason=f"Make's schemas are not here: {schemas.FOLDER}")
@pytest.mark.parametrize("path", FILES)
def test_a_file_fits_the_schema_that_make_has_for_it(path: str) -> None:
    assert schemas.schema_of(path), "no schema is known for it"
    assert schemas.faults(path, app.read(path)) == []


@pytest.mark.skipif(not schemas.FOLDER.is_dir(), reason=f"Make's schemas are not here: {schemas.FOLDER}")
@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("a.params.iml.json", [{"name": "x", "type": "texts"}]),
        ("a.communication.iml.json", {"url": "/x", "method": "POST"}),
        ("a.communication.iml.json", {"url": "/x", "timeout": 1}),
        ("a.input.iml.json", [{"name": "x", "type": "text"}]),
        ("makecomapp.json", {}),
    ],
)
def test_a_wrong_file_would_be_noticed(path: str, wrong: Any) -> None:
    assert schemas.faults(path, wrong) != []


def test_every_file_is_named_once_and_every_named_file_is_there() -> None:
    listed = list(app.manifest()["generalCodeFiles"].values())
    listed += [path for kind, name in COMPONENTS for path in app.component(kind, name)["codeFiles"].values()]
    there = {str(file.relative_to(app.APP)) for file in app.APP.rglob("[!.]*") if file.is_file()}
    assert sorted(listed) == sorted(there - {"makecomapp.json", "README.md"})


@pytest.mark.parametrize(("kind", "name"), COMPONENTS)
def test_what_a_component_refers_to_is_there(kind: str, name: str) -> None:
    described, components = app.component(kind, name), app.manifest()["components"]
    connections = [*described.get("attachedAccounts", []), described.get("connection")]
    assert set(connections) - {None} <= set(components["connection"])
    assert (described.get("moduleType") == "instant_trigger") == (described.get("webhook") in components["webhook"])
    options = [
        str(one.get("options")) for which in ("mappableParams", "params") for one in app.code(kind, name, which) or []
    ]
    assert {one.removeprefix("rpc://") for one in options if one.startswith("rpc://")} <= set(components["rpc"])


@pytest.mark.parametrize(("kind", "name"), COMPONENTS)
def test_files_lie_where_make_s_editor_puts_them(kind: str, name: str) -> None:
    assert LOCAL_ID.fullmatch(name)
    for path in app.component(kind, name)["codeFiles"].values():
        assert path.removeprefix("generated/").startswith(f"{kind}s/"), path
        assert re.sub(r"^(generated/)?\w+/", "", path).split("/")[0] in (kebab(name), "make-api-call")


def test_every_module_is_in_one_group() -> None:
    assert sorted(name for group in app.general("groups") for name in group["modules"]) == sorted(MODULES)


# Expressions and parameters


@pytest.mark.parametrize("path", IML)
def test_every_expression_can_be_read(path: str) -> None:
    for found in strings(app.read(path)):
        for source in expressions(found):
            compiled(source)


@pytest.mark.parametrize(("kind", "name"), [one for one in COMPONENTS if one[0] in ("module", "endpoint")])
def test_a_component_uses_what_it_asks_for_and_asks_for_what_it_uses(kind: str, name: str) -> None:
    which = {"module": "mappableParams", "endpoint": "inputParameters"}[kind]
    asked = {parameter["name"] for parameter in app.code(kind, name, which) or []}
    used = set(re.findall(r"parameters\.(\w+)", json.dumps(app.code(kind, name, "communication"))))
    assert used == asked


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_uses_what_it_asks_for(name: str) -> None:
    asked = {parameter["name"] for parameter in app.code("webhook", name, "params")}
    assert set(re.findall(r"parameters\.(\w+)", json.dumps(app.code("webhook", name, "attach")))) == asked


# Requests


@pytest.mark.parametrize(("where", "request_"), SENT, ids=lambda found: found if isinstance(found, str) else "")
def test_a_request_that_changes_something_has_a_body(where: str, request_: dict[str, Any]) -> None:
    assert request_["method"] in ("GET", "DELETE", "{{parameters.method}}") or "body" in request_


@pytest.mark.parametrize(("where", "request_"), SENT, ids=lambda found: found if isinstance(found, str) else "")
def test_the_key_is_sent_to_no_address_but_the_connection_s(where: str, request_: dict[str, Any]) -> None:
    assert request_["url"].startswith("{{temp.baseUrl}}/" if where.startswith("connection") else "/")
    assert "//" not in request_["url"].replace("'/^\\/+/'", "")


def test_nothing_follows_a_redirection_with_the_key() -> None:
    base, connection = app.general("base"), app.code("connection", "mioHub", "communication")
    assert (base["followRedirects"], base["followAllRedirects"], connection["followRedirects"]) == (False,) * 3


@pytest.mark.parametrize(("where", "request_"), [("base", app.general("base")), *REQUESTS], ids=str)
def test_what_is_secret_is_kept_out_of_logs(where: str, request_: dict[str, Any]) -> None:
    inherits = where.split()[0] in ("module", "rpc", "webhook", "endpoint") and "log" not in request_
    assert inherits or "request.headers.x-api-key" in request_["log"]["sanitize"]
    if "attach" in where:
        assert "response.body.secret" in request_["log"]["sanitize"]


@pytest.mark.parametrize(("kind", "name"), [("module", name) for name in STARTING] + [("endpoint", "startCall")])
def test_whatever_starts_calls_is_idempotent(kind: str, name: str) -> None:
    first = requests(app.code(kind, name, "communication"))[0]
    assert first["headers"]["Idempotency-Key"].startswith("{{ifempty(parameters.idempotencyKey, ")
    assert "repeat" not in first


def test_what_is_repeated_reads_and_is_bounded() -> None:
    repeated = [request for _, request in REQUESTS if "repeat" in request]
    assert [request["method"] for request in repeated] == ["GET"]
    assert {type(request["repeat"][name]) for request in repeated for name in ("delay", "limit")} == {int}
    # Make shows the condition nothing but temp.
    assert {request["repeat"]["condition"].split(".")[0] for request in repeated} == {"{{temp"}


def test_a_lost_wait_is_never_an_error_that_make_repeats_by_itself() -> None:
    error = app.code("module", "startCallAndWait", "communication")[1]["response"]["error"]
    of_statuses = [told["type"] for told in error.values() if isinstance(told, dict)]
    assert RETRIED_BY_MAKE.isdisjoint([error["type"], *of_statuses])
    assert set(app.general("base")["response"]["error"]) <= set(error) | {"402", "413", "415"}


@pytest.mark.parametrize("status", ["500", "502", "504"])
def test_an_answer_that_does_not_say_what_was_done_is_not_repeated(status: str) -> None:
    assert status not in app.general("base")["response"]["error"]
    assert app.general("base")["response"]["error"]["type"] == "RuntimeError"


@pytest.mark.parametrize(("kind", "name"), [("module", "searchCalls"), ("rpc", "listCalls")])
def test_what_lists_has_a_limit_and_pages(kind: str, name: str) -> None:
    listing = app.code(kind, name, "communication")
    assert listing["response"]["limit"]
    assert listing["pagination"]["condition"]


# Webhooks


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda found: found.key)
def test_a_webhook_asks_for_what_its_trigger_hears(trigger: Any) -> None:
    name = WATCHES[trigger.key]
    body = app.code("webhook", name, "attach")["body"]
    assert body["events"] == [trigger.event]
    assert {key: value for key, value in body.get("filters", {}).items() if isinstance(value, list)} == (
        trigger.fixed or {}
    )
    assert set(body.get("filters", {})) == {found.name for found in trigger.filters} | set(trigger.fixed or {})
    assert f"body.event = '{trigger.event}'" in app.code("webhook", name, "communication")["condition"]


def test_webhooks_differ_in_what_they_hear_alone() -> None:
    assert len({json.dumps(app.code("webhook", name, "detach")) for name in WEBHOOKS}) == 1
    assert len({json.dumps(app.code("module", name, "communication")) for name in WEBHOOKS}) == 1


# Words


def test_labels_are_in_sentence_case() -> None:
    labels = [app.component(kind, name)["label"] for kind, name in COMPONENTS]
    labels += [group["label"] for group in app.general("groups")]
    for path in IML:
        content = app.read(path)
        if isinstance(content, list) and not path.endswith("communication.iml.json"):
            labels += [parameter["label"] for parameter in fields(content)]
    assert [label for label in labels if label != sentence_case(label)] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_named_by_a_verb_and_what_it_is_done_to(name: str) -> None:
    kind, label = MODULES[name]["moduleType"], MODULES[name]["label"]
    verbs = {"instant_trigger": "Watch", "search": "Search", "universal": "Make an API call"}
    assert label.startswith(verbs.get(kind, ("Start a", "Schedule a", "Get a", "Cancel a", "Bulk start")))


@pytest.mark.parametrize("name", MODULES)
def test_a_description_says_what_the_module_does(name: str) -> None:
    description = MODULES[name]["description"]
    assert re.match(r"[A-Z][a-z]+s ", description)
    assert not description.endswith(".")


@pytest.mark.parametrize("key", [found.key for found in ACTIONS if found.key in MODULES])
def test_an_action_has_the_words_of_every_platform(key: str) -> None:
    assert MODULES[key]["description"] == action(key).description.removesuffix(".")


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda found: found.key)
def test_a_trigger_has_the_words_of_every_platform(trigger: Any) -> None:
    assert MODULES[WATCHES[trigger.key]]["description"] == trigger.description.removesuffix(".")


@pytest.mark.parametrize("name", MODULES)
def test_a_sample_has_the_fields_of_the_interface(name: str) -> None:
    interface = [found["name"] for found in app.code("module", name, "interface")]
    assert set(interface) == set(app.code("module", name, "samples"))


@pytest.mark.parametrize("name", MODULES)
def test_times_are_dates(name: str) -> None:
    given = [*fields(app.code("module", name, "interface")), *fields(app.code("module", name, "mappableParams") or [])]
    assert {found["type"] for found in given if found["name"].endswith("At")} <= {"date"}
