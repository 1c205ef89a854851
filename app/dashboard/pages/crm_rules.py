"""Rules: which change in a CRM starts a call, in which words; tried without ringing anybody."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from app.crm import browsing, connections, dry_running, planning, rules, trouble
from app.crm.failures import CrmFailed
from app.crm.means import means_of
from app.crm.platform import Platform
from app.dashboard import crm_words, rule_form
from app.dashboard.context import account_id, context, settings
from app.dashboard.pages.crm import RIGHTS
from app.dashboard.views import Shown, nonce, page, shows, submits, to
from app.errors import InvalidRequest
from app.models.crm import CrmConnection, CrmRule
from app.web.connection import lent
from app.web.validation import Fields, check

LISTED: Final = 50
STATES: Final = {"on": True, "off": False}

crm_rules = Blueprint("crm_rules", __name__)


@crm_rules.get("/settings/crm/rules")
@shows("crm/rules.html")
def index() -> Shown:
    """The rules of all connections, newest first."""
    connection_id, cursor = request.args.get("connection", type=UUID), request.args.get("cursor")
    active = STATES.get(request.args.get("state", ""))
    found, older = rules.page(account_id(), limit=LISTED, cursor=cursor, connection_id=connection_id, active=active)
    named = {one.id: one for one in browsing.named(account_id())}
    kept: dict[str, Any] = {name: request.args.get(name) or None for name in ("connection", "state")}
    return {
        "rules": found,
        "connections": named,
        "open": [one for one in named.values() if one.status not in connections.ENDED],
        "filters": kept,
        "starts": crm_words.starts,
        "older": url_for("crm_rules.index", **kept, cursor=older) if older else "",
        "newest": url_for("crm_rules.index", **kept) if cursor else "",
    }


@crm_rules.get("/settings/crm/rules/new")
@shows("crm/rule_new.html")
def choose() -> Shown:
    """For which connection a rule is to be."""
    found = [one for one in browsing.named(account_id()) if one.status not in connections.ENDED]
    return {"connections": found, "crms": context().crms}


@crm_rules.get("/settings/crm/connections/<uuid:connection_id>/rules/new")
@shows("crm/rule_form.html")
def new(connection_id: UUID) -> Shown:
    """The form of a new rule."""
    return _new_form(connection_id)


@crm_rules.post("/settings/crm/connections/<uuid:connection_id>/rules/new")
@submits("crm/rule_form.html", given=lambda connection_id: _new_form(connection_id), once=False)
def create(connection_id: UUID) -> Answer:
    """Make a rule, once for each form; or show the form again with more in it."""
    connection = connections.get(account_id(), connection_id)
    if again := _filled_in_further(connection):
        return page("crm/rule_form.html", **_new_form(connection_id) | again)
    body = rule_form.asked(rule_form.typed(request.form))
    body = {name: value for name, value in body.items() if name != "numberProperties" or value}
    wanted = rule_form.wanted_of("crm.rule.create", body | {"connectionId": str(connection_id)})
    once = uuid5(account_id(), str(nonce()))
    made = rules.create(account_id(), RIGHTS, connection_id, wanted, _means(), rule_id=once)
    return to("crm_rules.show", rule_id=made.id, done="saved")


@crm_rules.get("/settings/crm/rules/<uuid:rule_id>")
@shows("crm/rule.html")
def show(rule_id: UUID) -> Shown:
    """A rule: what starts its calls, and its words."""
    return _whole(rule_id)


@crm_rules.get("/settings/crm/rules/<uuid:rule_id>/edit")
@shows("crm/rule_form.html")
def edit(rule_id: UUID) -> Shown:
    """The form of a rule."""
    return _edit_form(rule_id)


@crm_rules.post("/settings/crm/rules/<uuid:rule_id>/edit")
@submits("crm/rule_form.html", given=lambda rule_id: _edit_form(rule_id), once=False)
def save(rule_id: UUID) -> Answer:
    """Change what differs; or show the form again with more in it."""
    rule, connection = rules.owned(account_id(), RIGHTS, rule_id)
    if again := _filled_in_further(connection):
        return page("crm/rule_form.html", **_edit_form(rule_id) | again)
    body = rule_form.changed(rule_form.asked(rule_form.typed(request.form)), rule)
    rules.update(account_id(), RIGHTS, rule_id, rule_form.wanted_of("crm.rule.update", body), _means())
    return to("crm_rules.show", rule_id=rule_id, done="saved")


@crm_rules.post("/settings/crm/rules/<uuid:rule_id>/active")
@submits("crm/rule.html", given=lambda rule_id: _whole(rule_id))
def set_active(rule_id: UUID) -> Answer:
    """Switch a rule on or off."""
    active = request.form.get("active")
    if active not in ("true", "false"):
        raise InvalidRequest("Press Switch on or Switch off.")
    rules.update(account_id(), RIGHTS, rule_id, rules.Wanted(active=active == "true"), _means())
    return to("crm_rules.show", rule_id=rule_id, done="rule_on" if active == "true" else "rule_off")


@crm_rules.post("/settings/crm/rules/<uuid:rule_id>/dry-run")
@submits("crm/rule.html", given=lambda rule_id: _whole(rule_id), once=False)
def try_out(rule_id: UUID) -> Shown:
    """What it would do with a record, or with the one that changed last."""
    rule, connection = rules.owned(account_id(), RIGHTS, rule_id)
    means, record_id = _means(), request.form.get("recordId", "").strip()
    check("crm.dry-run.create", {"recordId": record_id} if record_id else {})
    record = dry_running.read(rule, connection, means, record_id or None)
    run = dry_running.dry_run(rule, connection, means.platform_of(connection), settings(), record)
    name = planning.name_of(run.person, means.platform_of(connection).objects)
    return _whole(rule_id) | {"run": run, "person_name": name, "typed": request.form}


@crm_rules.get("/settings/crm/rules/<uuid:rule_id>/delete")
@shows("crm/rule_delete.html")
def ask_to_delete(rule_id: UUID) -> Shown:
    """What goes with a rule."""
    return {"rule": rules.get(account_id(), rule_id)}


@crm_rules.post("/settings/crm/rules/<uuid:rule_id>/delete")
@submits("crm/rule_delete.html", given=lambda rule_id: {"rule": rules.get(account_id(), rule_id)})
def delete(rule_id: UUID) -> Answer:
    """Forget a rule."""
    rules.delete(account_id(), RIGHTS, rule_id)
    return to("crm_rules.index", done="deleted")


def _means() -> rules.Means:
    return means_of(context().crms, settings(), context().vault, lent)


def _new_form(connection_id: UUID) -> dict[str, Any]:
    connection = connections.get(account_id(), connection_id)
    platform = _means().platform_of(connection)
    action = url_for("crm_rules.create", connection_id=connection_id)
    return _form(connection, platform, rule_form.blank(platform)) | {"action": action, "rule": None}


def _edit_form(rule_id: UUID) -> dict[str, Any]:
    rule, connection = rules.owned(account_id(), RIGHTS, rule_id)
    platform = _means().platform_of(connection)
    action = url_for("crm_rules.save", rule_id=rule_id)
    return _form(connection, platform, rule_form.filled(rule)) | {"action": action, "rule": rule}


def _form(connection: CrmConnection, platform: Platform, fields: Fields) -> dict[str, Any]:
    """With what was typed, where something was."""
    held = rule_form.typed(request.form) if request.method == "POST" else fields
    return {"connection": connection, "platform": platform, "fields": held} | rule_form.offered(platform, {})


def _filled_in_further(connection: CrmConnection) -> dict[str, Any] | None:
    """The form with one more condition, or with the properties that the CRM has, where a button asks for that."""
    fields, action = rule_form.typed(request.form), request.form.get("do")
    if action == "row":
        return {"fields": rule_form.with_a_row(fields)}
    if action == "properties":
        platform = _means().platform_of(connection)
        return rule_form.offered(platform, _properties(connection, platform))
    return None


def _properties(connection: CrmConnection, platform: Platform) -> Mapping[str, Sequence[str]]:
    """What records of the connection's CRM have, by object. Raises what `trouble.told` gives."""
    connections.authorised(connection)
    try:
        with _means().line(connection, "rule") as line:
            return {key: sorted(platform.properties_of(line, key)) for key in platform.objects}
    except CrmFailed as failure:
        raise trouble.told(failure) from failure


def _whole(rule_id: UUID) -> dict[str, Any]:
    rule: CrmRule
    rule, connection = rules.owned(account_id(), RIGHTS, rule_id)
    return {
        "rule": rule,
        "connection": connection,
        "is_over": connection.status in connections.ENDED,
        "starts": crm_words.starts,
        "operators": crm_words.OPERATORS,
        "every": crm_words.every(rule.once_within_seconds),
        "run": None,
    }
