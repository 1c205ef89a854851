"""The form of a rule: what it shows, and what it asks for, by the names of `schemas/crm.rule.create.json`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from app.crm import rules
from app.crm.hours import DAYS
from app.crm.platform import Platform
from app.crm.showing import rule_object
from app.dashboard.crm_words import OPERATORS, TRIGGERS, UNITS, every
from app.errors import InvalidRequest
from app.models.crm import CrmRule
from app.web.texts import check_texts
from app.web.validation import Fields, check

MOST_CONDITIONS: Final = 20
_ROW: Final = ("object", "property", "operator", "value")
_TEXTS: Final = ("name", "object", "trigger", "property", "instructions", "firstMessage", "calleeName")
_NO_VALUE: Final = ("is_set", "is_not_set")
_DAY_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def blank(platform: Platform) -> Fields:
    """What a new rule's form holds."""
    texts = dict.fromkeys(_TEXTS, "") | {"object": next(iter(platform.objects)), "trigger": min(platform.triggers)}
    hours = {"timeZone": "", "days": list(DAYS[:5]), "from": "", "to": ""}
    plain = {"active": True, "numberProperties": "", "amount": "1", "unit": "days", "hours": hours}
    return texts | plain | {"conditions": [_empty()]}


def filled(rule: CrmRule) -> Fields:
    """What a rule's form holds."""
    held = rule_object(rule)
    amount, unit = every(rule.once_within_seconds)
    hours = {"timeZone": "", "days": [], "from": "", "to": ""} | (rule.hours or {})
    lists = {
        "numberProperties": ", ".join(rule.number_properties),
        "conditions": [_shown(one) for one in rule.conditions],
    }
    spans = {"amount": str(amount), "unit": unit, "hours": hours, "active": rule.active}
    return {name: held[name] or "" for name in _TEXTS} | lists | spans


def typed(form: MultiDict[str, str]) -> Fields:
    """What was typed into it, line ends as they are kept."""
    texts = {name: _text(form, name) for name in _TEXTS}
    hours = {name: form.get(f"hours_{name}", "").strip() for name in ("timeZone", "from", "to")}
    plain = {"active": form.get("active") == "on", "numberProperties": _text(form, "numberProperties")}
    spans = {
        "amount": form.get("amount", "").strip(),
        "unit": form.get("unit", ""),
        "hours": hours | {"days": form.getlist("days")},
    }
    columns = [form.getlist(f"condition_{name}")[:MOST_CONDITIONS] for name in _ROW]
    rows = [dict(zip(_ROW, (_lines(one) for one in row), strict=True)) for row in zip(*columns, strict=False)]
    return texts | plain | spans | {"conditions": rows}


def with_a_row(fields: Fields) -> Fields:
    """The same with one more condition to fill in, as far as there may be more."""
    return fields | {"conditions": [*fields["conditions"], _empty()][:MOST_CONDITIONS]}


def asked(fields: Fields) -> Fields:
    """What it asks for, as a request to the API has it, all of it. Raises InvalidRequest, which blames a field."""
    texts = {name: fields[name] for name in _TEXTS}
    if texts["trigger"] != "changed":
        texts["property"] = ""
    numbers = [name for part in fields["numberProperties"].split(",") if (name := part.strip())]
    return texts | {
        "active": fields["active"],
        "conditions": _conditions(fields["conditions"]),
        "numberProperties": list(numbers),
        "hours": _hours(fields["hours"]),
        "onceWithinSeconds": _seconds(fields["amount"], fields["unit"]),
    }


def changed(wanted: Mapping[str, Any], rule: CrmRule) -> Fields:
    """What of it differs from a rule."""
    held = rule_object(rule)
    return {name: value for name, value in wanted.items() if (value or None) != (held[name] or None)}


def wanted_of(schema: str, body: Fields) -> rules.Wanted:
    """A request's body as the verbs take it, held against a schema. Raises InvalidRequest."""
    check_texts(body)
    return rules.Wanted.of(check(schema, body))


def offered(platform: Platform, found: Mapping[str, Sequence[str]]) -> Fields:
    """What there is to choose from; `found` are the properties that the CRM has told of, by object."""
    known = {key: found.get(key) or (*kind.names, *kind.numbers) for key, kind in platform.objects.items()}
    return {
        "objects": [(key, key) for key in platform.objects],
        "condition_objects": [("", "the record")] + [(key, key) for key in platform.objects],
        "triggers": [(one, TRIGGERS.get(one, one)) for one in sorted(platform.triggers)],
        "operators": list(OPERATORS.items()),
        "units": [(unit, unit) for unit in UNITS],
        "days": [(day, name, "") for day, name in zip(DAYS, _DAY_NAMES, strict=True)],
        "properties": sorted({name for names in known.values() for name in names}),
        "placeholders": [f"{{{{{key}.{name}|}}}}" for key, names in known.items() for name in names],
        "all_known": bool(found),
    }


def _conditions(rows: Sequence[Mapping[str, str]]) -> list[Fields]:
    found = []
    for place, row in enumerate(rows, 1):
        if not row["property"].strip() and not row["value"].strip():
            continue
        try:
            found.append(check("crm.condition", _condition(row)))
        except InvalidRequest as refusal:
            raise InvalidRequest(f"Condition {place}: {refusal.message}", field="conditions") from refusal
    return found


def _condition(row: Mapping[str, str]) -> Fields:
    about = {"object": row["object"]} if row["object"] else {}
    plain = about | {"property": row["property"].strip(), "operator": row["operator"]}
    if row["operator"] in _NO_VALUE and not row["value"].strip():
        return plain
    if row["operator"] == "one_of":
        return plain | {"values": [line.strip() for line in row["value"].split("\n") if line.strip()]}
    return plain | {"value": row["value"].strip()}


def _shown(condition: Mapping[str, Any]) -> dict[str, str]:
    value = "\n".join(condition["values"]) if "values" in condition else condition.get("value", "")
    return {
        "object": condition.get("object", ""),
        "property": condition["property"],
        "operator": condition["operator"],
        "value": value,
    }


def _empty() -> dict[str, str]:
    return {"object": "", "property": "", "operator": "equals", "value": ""}


def _hours(fields: Mapping[str, Any]) -> Fields:
    """At any time where neither a zone nor a time was typed."""
    if not (fields["timeZone"] or fields["from"] or fields["to"]):
        return {}
    return {name: value for name, value in fields.items() if value}


def _seconds(amount: str, unit: str) -> int:
    if not amount.isascii() or not amount.isdecimal() or len(amount) > 9 or unit not in UNITS:
        raise InvalidRequest("Give a whole number, and its unit.", field="onceWithinSeconds")
    return int(amount) * UNITS[unit]


def _text(form: MultiDict[str, str], name: str) -> str:
    return _lines(form.get(name, "")).strip()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
