"""An account's rules: which change in a CRM starts a call, and with which words."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from app.config import Mode
from app.crm import connections, planning, rule_checking, trouble
from app.crm.failures import CrmFailed
from app.crm.platform import Line, Platform
from app.cursors import after, next_cursor
from app.db import db, execute, rows
from app.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unavailable
from app.models.crm import CrmConnection, CrmRule
from app.times import now

MOST: Final = 100
ONCE_WITHIN_SECONDS: Final = 86_400

_CREATE: Final = """
INSERT INTO crm_rule (id, account_id, connection_id, name, active, object, trigger, property, conditions,
                      number_properties, instructions, first_message, callee_name, hours, once_within_seconds)
SELECT %(id)s, %(account_id)s, %(connection_id)s, %(name)s, %(active)s, %(object)s, %(trigger)s, %(property)s,
       %(conditions)s, %(number_properties)s, %(instructions)s, %(first_message)s, %(callee_name)s, %(hours)s,
       %(once_within_seconds)s
WHERE (SELECT count(*) FROM crm_rule WHERE account_id = %(account_id)s) < %(most)s
ON CONFLICT (id) DO NOTHING
RETURNING *
"""
_ASKED_OF_THE_CRM: Final = frozenset(
    {"object", "property", "conditions", "number_properties", "instructions", "first_message", "callee_name"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks of a rule; None is left as it is, or as it is by default. "" and {} take an option away."""

    name: str | None = None
    active: bool | None = None
    object: str | None = None
    trigger: str | None = None
    property: str | None = None
    conditions: Sequence[Mapping[str, Any]] | None = None
    number_properties: Sequence[str] | None = None
    instructions: str | None = None
    first_message: str | None = None
    callee_name: str | None = None
    hours: Mapping[str, Any] | None = None
    once_within_seconds: int | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From a request's body that fits the schema of a rule."""
        return cls(
            name=body.get("name"),
            active=body.get("active"),
            object=body.get("object"),
            trigger=body.get("trigger"),
            property=body.get("property"),
            conditions=body.get("conditions"),
            number_properties=body.get("numberProperties"),
            instructions=body.get("instructions"),
            first_message=body.get("firstMessage"),
            callee_name=body.get("calleeName"),
            hours=body.get("hours"),
            once_within_seconds=body.get("onceWithinSeconds"),
        )

    def columns(self) -> dict[str, Any]:
        """The columns that change."""
        given = {name: getattr(self, name) for name in self.__slots__}
        columns = {name: value for name, value in given.items() if value is not None}
        for name in ("property", "first_message", "callee_name", "hours"):
            if name in columns:
                columns[name] = columns[name] or None
        if self.number_properties is not None:
            columns["number_properties"] = list(dict.fromkeys(self.number_properties))
        return columns


@dataclass(frozen=True, slots=True)
class Means:
    """What rules are checked and tried with: every CRM by its key, and the way to a connection's for a purpose, open
    as long as a block lasts.
    """

    platforms: Mapping[str, Platform]
    line: Callable[[CrmConnection, str], AbstractContextManager[Line]]

    def platform_of(self, connection: CrmConnection) -> Platform:
        """Raises Unavailable `crm_not_configured` for a CRM that this hub knows no more."""
        platform = self.platforms.get(connection.platform)
        if platform is None:
            raise Unavailable(f"This hub is not set up for {connection.platform}.", code="crm_not_configured")
        return platform


def create(
    account_id: UUID, key_mode: Mode, connection_id: UUID, wanted: Wanted, means: Means, *, rule_id: UUID | None = None
) -> CrmRule:
    """A new rule of a connection, checked in its CRM where that is connected. `rule_id` is what it is to be called by:
    asked for twice, it is made once.

    Raises NotFound, Forbidden `live_key_needed`, InvalidRequest, Conflict `too_many_rules`, `connection_not_active`,
    and what `trouble.told` gives when the CRM cannot be asked. Not to be called within a transaction.
    """
    connection = connections.not_ended(connections.owned(account_id, key_mode, connection_id))
    platform = means.platform_of(connection)
    columns = _defaults(wanted, platform) | wanted.columns()
    if rule_id and (there := _there(account_id, rule_id)):
        return there
    rule = CrmRule(id=rule_id or uuid4(), account_id=account_id, connection_id=connection.id, **columns)
    _check(rule, connection, means, in_crm=True)
    with db.atomic():
        execute("SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE", (account_id,))  # two do not take one place
        made = rows(_CREATE, _stored(rule.__data__) | {"most": MOST})
    if not made and rule_id and (there := _there(account_id, rule_id)):
        return there
    if not made:
        raise Conflict(f"An account has at most {MOST} rules. Delete one that is not needed.", code="too_many_rules")
    return CrmRule(**made[0])


def get(account_id: UUID, rule_id: UUID) -> CrmRule:
    """Raises NotFound, also for another account's."""
    rule = _there(account_id, rule_id)
    if rule is None:
        raise NotFound("No such rule.")
    return rule


def owned(account_id: UUID, key_mode: Mode, rule_id: UUID) -> tuple[CrmRule, CrmConnection]:
    """A rule that the key may change, and its connection: a live one needs a live key. Raises NotFound, Forbidden."""
    rule = get(account_id, rule_id)
    connection = connections.get(account_id, rule.connection_id)
    if key_mode == "test" and connection.mode == "live":
        raise Forbidden("This rule's connection is live: it needs an sk_live_ key.", code="live_key_needed")
    return rule, connection


def page(
    account_id: UUID,
    *,
    limit: int,
    cursor: str | None = None,
    connection_id: UUID | None = None,
    object: str | None = None,
    active: bool | None = None,
) -> tuple[list[CrmRule], str | None]:
    """Up to `limit` rules, newest first, and the cursor of the next page. Raises InvalidRequest for a bad cursor."""
    query = CrmRule.select().where(CrmRule.account_id == account_id)
    if connection_id is not None:
        query = query.where(CrmRule.connection_id == connection_id)
    if object is not None:
        query = query.where(CrmRule.object == object)
    if active is not None:
        query = query.where(CrmRule.active == active)
    if cursor:
        query = query.where(after(CrmRule, cursor))
    found = list(query.order_by(CrmRule.created_at.desc(), CrmRule.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def update(account_id: UUID, key_mode: Mode, rule_id: UUID, wanted: Wanted, means: Means) -> CrmRule:
    """Change what is given; what is None stays. Raises as `create`, and as `owned`.

    The CRM is asked only where what it has to know changes; a rule can always be switched off.
    """
    rule, connection = owned(account_id, key_mode, rule_id)
    changes = wanted.columns()
    if not changes:
        return rule
    if wanted.trigger not in (None, "changed") and wanted.property is None:
        changes["property"] = None
    for name, value in changes.items():
        setattr(rule, name, value)
    if changes != {"active": False}:
        asks = any(name in _ASKED_OF_THE_CRM and value is not None for name, value in changes.items())
        _check(rule, connections.not_ended(connection), means, in_crm=asks)
    assignments = ", ".join(f"{name} = %({name})s" for name in changes)
    execute(
        f"UPDATE crm_rule SET {assignments}, updated_at = now() WHERE id = %(id)s", _stored(changes) | {"id": rule.id}
    )
    return get(account_id, rule_id)


def delete(account_id: UUID, key_mode: Mode, rule_id: UUID) -> None:
    """Forget a rule; what it has wanted so far and has no call yet gets none. Raises NotFound, Forbidden."""
    rule, _ = owned(account_id, key_mode, rule_id)
    execute("DELETE FROM crm_rule WHERE id = %s", (rule.id,))


def _there(account_id: UUID, rule_id: UUID) -> CrmRule | None:
    found: CrmRule | None = CrmRule.get_or_none(CrmRule.id == rule_id, CrmRule.account_id == account_id)
    return found


def _defaults(wanted: Wanted, platform: Platform) -> dict[str, Any]:
    """What a new rule has where nothing is asked of it."""
    kinds = platform.objects
    numbers = planning.person_kind(wanted.object, kinds).numbers if wanted.object and wanted.object in kinds else ()
    return {
        "active": True,
        "property": None,
        "conditions": [],
        "number_properties": list(numbers),
        "first_message": None,
        "callee_name": None,
        "hours": None,
        "once_within_seconds": ONCE_WITHIN_SECONDS,
        "created_at": now(),
        "updated_at": now(),
    }


def _check(rule: CrmRule, connection: CrmConnection, means: Means, *, in_crm: bool) -> None:
    platform = means.platform_of(connection)
    rule_checking.check(rule, platform)
    if not rule.number_properties:
        raise InvalidRequest("numberProperties must name at least one property.", field="numberProperties")
    if not in_crm or connection.status != "active":
        return
    try:
        with means.line(connection, "rule") as line:
            rule_checking.check_properties(rule, platform, line)
    except CrmFailed as failure:
        raise trouble.told(failure) from failure


def _stored(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as PostgreSQL takes them."""
    jsons = {name: Jsonb(columns[name]) for name in ("conditions", "hours") if columns.get(name) is not None}
    return dict(columns) | jsons
