"""Zapier's documented style checks, as far as an app's definition decides them. Zapier runs its own only in its cloud.

Each test begins with the name of its check: https://docs.zapier.com/platform/publish/integration-checks-reference.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.generation.words import title_case
from tests.connectors import zapier

Definition = dict[str, Any]
ISO_WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
PACKAGE = json.loads((zapier.FOLDER / "package.json").read_text())


@pytest.fixture(scope="module")
def app() -> Iterator[Definition]:
    with zapier.running() as running:
        yield running.definition()


def test_d001_credentials_are_asked_for_in_the_connection_alone(app: Definition) -> None:
    assert [field["type"] for field in app["authentication"]["fields"]].count("password") == 1
    secrets = re.compile(r"api.?key|token|secret|password", re.IGNORECASE)
    assert not [field for field in inputs(app) if field["type"] == "password" or secrets.search(field["key"])]


def test_d002_the_connection_tells_by_a_link_where_the_key_is(app: Definition) -> None:
    key = next(field for field in app["authentication"]["fields"] if field["type"] == "password")
    assert re.search(r"\[[^]]+\]\(https://[^)]+\)", key["helpText"])


def test_d003_a_connection_has_a_label(app: Definition) -> None:
    assert app["authentication"]["connectionLabel"]


def test_d004_a_field_for_an_id_has_a_dropdown(app: Definition) -> None:
    for field in ids(inputs(app)):
        trigger, value, label = field["dynamic"].split(".")
        offered = app["triggers"][trigger]["operation"]["outputFields"]
        assert {value, label} <= {output["key"] for output in offered}


def test_d006_an_instant_trigger_lists_samples(app: Definition) -> None:
    assert all("performList" in trigger["operation"] for trigger in visible(app["triggers"]))


def test_d007_every_address_is_https(app: Definition) -> None:
    assert "http://" not in json.dumps({part: app[part] for part in ("triggers", "creates", "searches")})
    assert "http://" not in json.dumps(app["authentication"]["fields"])


def test_d009_a_field_for_an_id_offers_a_search(app: Definition) -> None:
    for create in visible(app["creates"]):
        for field in ids(create["operation"]["inputFields"]):
            search, value = field["search"].split(".")
            assert value in app["searches"][search]["operation"]["sample"]


def test_d010_t002_an_item_of_a_trigger_has_a_primary_key(app: Definition) -> None:
    for trigger in app["triggers"].values():
        assert [field["key"] for field in trigger["operation"]["outputFields"] if field.get("primary")] == ["id"]


def test_d011_help_says_more_than_the_label(app: Definition) -> None:
    for field in named(inputs(app)):
        assert words(field["helpText"]) - words(field["label"]) - {"the", "a", "enter", "choose", "select", "your"}


def test_d012_every_step_has_a_sample(app: Definition) -> None:
    assert all(step["operation"]["sample"] for step in steps(app))


def test_d016_d017_no_webhook_is_pasted_by_hand(app: Definition) -> None:
    for trigger in visible(app["triggers"]):
        assert trigger["operation"]["type"] == "hook"
        assert {"performSubscribe", "performUnsubscribe"} <= set(trigger["operation"])


def test_d018_labels_are_in_title_case(app: Definition) -> None:
    labels = [step["display"]["label"] for step in steps(app)]
    labels += [field["label"] for field in named(inputs(app))] + [field["label"] for field in outputs(app)]
    assert [label for label in labels if label != title_case(label)] == []


def test_d021_descriptions_are_whole_sentences_of_the_right_form(app: Definition) -> None:
    for trigger in visible(app["triggers"]):
        assert re.fullmatch(r"Triggers when a .+\.", trigger["display"]["description"])
    for step in [*visible(app["creates"]), *visible(app["searches"]), *visible(app["searchOrCreates"])]:
        assert re.fullmatch(r"[A-Z][a-z]+s .+\.", step["display"]["description"])


def test_d021_searches_find(app: Definition) -> None:
    for search in [*visible(app["searches"]), *visible(app["searchOrCreates"])]:
        assert search["display"]["label"].startswith("Find ")
        assert search["display"]["description"].startswith("Finds ")


def test_d022_input_fields_are_known_without_a_request(app: Definition) -> None:
    assert all(isinstance(field, dict) and "key" in field for field in inputs(app))


def test_d023_t003_times_are_iso_8601_with_their_zone(app: Definition) -> None:
    for step in steps(app):
        for field in step["operation"]["outputFields"]:
            value = step["operation"]["sample"].get(field["key"])
            if field.get("type") == "datetime" and value is not None:
                assert ISO_WITH_ZONE.fullmatch(value)


def test_d024_z001_a_sample_fits_its_output_fields(app: Definition) -> None:
    for step in steps(app):
        described, sample = step["operation"]["outputFields"], step["operation"]["sample"]
        assert [field["key"] for field in described if field["key"] not in sample] == []
        assert [field["key"] for field in described if not fits(field, sample[field["key"]])] == []


def test_d024_z001_a_sample_has_nothing_that_is_not_described(app: Definition) -> None:
    for step in steps(app):
        described = {field["key"] for field in step["operation"]["outputFields"]}
        assert set(step["operation"]["sample"]) - described <= {"answer"}  # of an API request, any JSON


def test_d026_an_address_that_a_person_types_comes_with_a_warning(app: Definition) -> None:
    base = next(field for field in app["authentication"]["fields"] if field["key"] == "baseUrl")
    assert "**Warning:** your API key" in base["helpText"]


def test_d027_the_core_is_pinned_to_what_is_installed(app: Definition) -> None:
    installed = json.loads((zapier.FOLDER / "node_modules/zapier-platform-core/package.json").read_text())["version"]
    assert PACKAGE["dependencies"]["zapier-platform-core"] == app["platformVersion"] == installed


def test_m002_the_app_is_told_in_one_sentence() -> None:
    assert re.fullmatch(r"Mio Hub is an? .+\.", PACKAGE["description"])
    assert 40 <= len(PACKAGE["description"]) <= 140
    assert "zapier" not in PACKAGE["description"].lower()


def test_no_input_is_labelled_as_an_id(app: Definition) -> None:
    assert not [field["label"] for field in named(inputs(app)) if re.search(r"\bID\b", field["label"], re.IGNORECASE)]


def test_a_step_that_places_a_call_says_what_testing_it_does(app: Definition) -> None:
    for key in ("startCall", "startCallAndWait", "scheduleCall"):
        assert app["creates"][key]["operation"]["inputFields"][0]["type"] == "copy"


def visible(steps: Definition) -> list[Definition]:
    return [step for step in steps.values() if not step["display"].get("hidden")]


def steps(app: Definition) -> list[Definition]:
    return [step for part in ("triggers", "creates", "searches") for step in visible(app[part])]


def inputs(app: Definition) -> list[Definition]:
    return [field for step in steps(app) for field in step["operation"]["inputFields"]]


def outputs(app: Definition) -> list[Definition]:
    return [field for step in steps(app) for field in step["operation"]["outputFields"]]


def named(fields: list[Definition]) -> list[Definition]:
    """Without the notes, which have no label."""
    return [field for field in fields if field["type"] != "copy"]


def ids(fields: list[Definition]) -> list[Definition]:
    return [field for field in fields if field["key"].endswith("Id")]


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def fits(field: Definition, value: Any) -> bool:
    if "children" in field:
        return all(set(item) == {child["key"] for child in field["children"]} for item in value)
    kinds: dict[str, type] = {"integer": int, "boolean": bool, "string": str, "datetime": str}
    return value is None or type(value) is kinds[field["type"]]
