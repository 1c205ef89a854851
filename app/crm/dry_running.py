"""What a rule would do with a record now, ringing nobody and storing nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.calls.accepting import NOT_SET_UP
from app.calls.numbers import check_callable, prefixes
from app.calls.requests import CallRequest
from app.config import Settings, mode_of
from app.crm import conditions, connections, planning, trouble
from app.crm.conditions import Condition
from app.crm.enrolling import called_lately
from app.crm.failures import CrmFailed
from app.crm.platform import Platform, Record
from app.crm.rules import Means
from app.db import row
from app.errors import AppError, Conflict, Forbidden, NotFound, Unavailable
from app.models.crm import CrmConnection, CrmRule
from app.times import now

_LISTED = "SELECT 1 FROM do_not_call WHERE account_id = %s AND mode = %s AND phone_number = %s"


@dataclass(frozen=True, slots=True)
class Looked:
    """A condition, the value that it found, and whether it holds."""

    condition: Condition
    actual: str
    holds: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """`record` is None where the CRM has none; `call` where its words or number cannot be had. `objection` is why there
    would be no call.
    """

    record: Record | None
    person: Record | None
    conditions: tuple[Looked, ...]
    call: CallRequest | None
    number: planning.Found | None
    objection: AppError | None


def read(rule: CrmRule, connection: CrmConnection, means: Means, record_id: str | None) -> Record | None:
    """The record to try a rule with, or the one that changed last; None where the CRM has none.

    Raises Conflict `connection_not_active`, and what `trouble.told` gives when the CRM cannot be asked or has no such
    record. Not to be called within a transaction.
    """
    platform = means.platform_of(connections.authorised(connection))
    wanted = planning.needed(rule, platform.objects)
    try:
        with means.line(connection, "dry_run") as line:
            chosen = record_id or platform.latest(line, rule.object)
            return platform.read(line, rule.object, chosen, wanted.own, wanted.of_person) if chosen else None
    except CrmFailed as failure:
        raise trouble.told(failure) from failure


def dry_run(
    rule: CrmRule, connection: CrmConnection, platform: Platform, settings: Settings, record: Record | None
) -> DryRun:
    """What a change of the record would lead to now."""
    if record is None:
        return DryRun(None, None, (), None, None, NotFound(f"The CRM has no {rule.object} yet.", code="no_record"))
    person = planning.person_of(record, platform.objects)
    looked = tuple(_looked(one, {record.object: record, **record.related}) for one in planning.conditions_of(rule))
    objection: AppError | None = None
    call = number = None
    try:
        number = planning.number_of(rule.number_properties, person, connection.default_country)
        call = planning.plan_rule(rule, record, connection, platform.objects, now())
        _check(rule, connection, settings, record, call)
    except AppError as error:
        objection = error
    if not all(one.holds for one in looked):
        objection = Conflict("The record does not meet the conditions of the rule.", code="conditions_not_met")
    return DryRun(record, person, looked, call, number, objection)


def _looked(condition: Condition, records: Mapping[str, Record]) -> Looked:
    return Looked(condition, conditions.actual(condition, records), conditions.holds(condition, records))


def _check(rule: CrmRule, connection: CrmConnection, settings: Settings, record: Record, call: CallRequest) -> None:
    """What would refuse the call apart from the state of the account. Raises AppError."""
    mode = mode_of(connection.mode)
    check_callable(call.phone_number, live=mode == "live", allowed=prefixes(settings.callable_prefixes))
    if row(_LISTED, (connection.account_id, mode, call.phone_number)):
        raise Forbidden("This number is on your do-not-call list.", code="do_not_call", field="phoneNumber")
    if settings.carrier(mode) is None:
        raise Unavailable(NOT_SET_UP[mode], code="carrier_not_configured")
    if called_lately(mode, rule.id, record.object, record.id):
        raise Conflict("This rule has called for this record lately.", code="called_lately")
