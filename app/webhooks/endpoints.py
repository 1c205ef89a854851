"""An account's webhooks: which URL hears of which events. A key sees those of its own mode and those of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from app.config import Mode, Settings
from app.db import db, execute, rows
from app.errors import Conflict, Forbidden, InvalidRequest, NotFound
from app.models.webhook import Webhook
from app.queue import ring
from app.times import now
from app.vault import Vault
from app.webhooks.catalogue import CALL_COMPLETED, EVENT_TYPES
from app.webhooks.forgetting import forget_deliveries
from app.webhooks.guard import reach
from app.webhooks.pausing import skip, take_up
from app.webhooks.signing import new_secret

PAUSED: Final = "paused by the account"
FORGOTTEN_AT_ONCE: Final = 1000  # deliveries

_CREATE = """
INSERT INTO webhook (id, account_id, url, events, filters, rate_limit, mode, secret)
SELECT %(id)s, %(account)s, %(url)s, %(events)s, %(filters)s, %(rate_limit)s, %(mode)s, %(secret)s
WHERE (SELECT count(*) FROM webhook WHERE account_id = %(account)s) < %(limit)s
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks of a webhook; None is left as it is, or as it is by default.

    `rate_limit` is requests a second, 0 for none; `filters` narrow the events of calls.
    """

    url: str | None = None
    events: Sequence[str] | None = None
    filters: Mapping[str, Any] | None = None
    rate_limit: int | None = None

    def columns(self, settings: Settings) -> dict[str, Any]:
        """The columns that change. Raises InvalidRequest, blaming `url`, `events` or `filters`."""
        columns: dict[str, Any] = {}
        if self.url is not None:
            columns["url"] = reach(settings).check_url(self.url)
        if self.events is not None:
            columns["events"] = _checked_events(self.events)
        if self.filters is not None:
            columns["filters"] = Jsonb({name: value for name, value in self.filters.items() if value is not None})
        if self.rate_limit is not None:
            columns["rate_limit"] = self.rate_limit or None
        return columns


def create(
    account_id: UUID, key_mode: Mode, wanted: Wanted, settings: Settings, *, mode: str | None = None
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown this once. `mode` left out is the key's own.

    Raises InvalidRequest (`url`, `events`, `mode`), Forbidden `live_key_needed` and Conflict `too_many_webhooks`.
    """
    if mode == "all" and key_mode == "test":
        raise Forbidden(
            "A webhook that hears of live calls too needs an sk_live_ key.", code="live_key_needed", field="mode"
        )
    if mode is not None and mode not in (key_mode, "all"):
        raise InvalidRequest(f"mode must be {key_mode} (that of the API key) or all.", field="mode")
    secret = new_secret()
    default = {"events": [CALL_COMPLETED], "filters": Jsonb({}), "rate_limit": None}
    values = {
        "id": uuid4(),
        "account": account_id,
        "mode": mode or key_mode,
        "secret": Vault(settings.encryption_keys).seal(secret.encode()),
        "limit": settings.webhooks_per_account,
    }
    columns = default | wanted.columns(settings) | values
    with db.atomic():
        execute("SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE", (account_id,))  # two do not take one place
        made = rows(_CREATE, columns)
    if not made:
        raise Conflict(
            f"An account has at most {settings.webhooks_per_account} webhooks. Delete one that is not needed.",
            code="too_many_webhooks",
        )
    return Webhook(**made[0]), secret


def get(account_id: UUID, key_mode: Mode, webhook_id: UUID) -> Webhook:
    """Raises NotFound, also for another account's webhook or one of the other mode."""
    webhook = Webhook.get_or_none(Webhook.id == webhook_id, *_visible(account_id, key_mode))
    if webhook is None:
        raise NotFound("No such webhook.")
    return webhook


def owned(account_id: UUID, key_mode: Mode, webhook_id: UUID) -> Webhook:
    """A webhook that the key may change: one that hears of live calls needs a live key. Raises NotFound, Forbidden."""
    webhook = get(account_id, key_mode, webhook_id)
    if key_mode == "test" and webhook.mode != "test":
        raise Forbidden("This webhook hears of live calls too: change it with an sk_live_ key.", code="live_key_needed")
    return webhook


def find(account_id: UUID, webhook_id: UUID) -> Webhook:
    """For an owner, who sees the webhooks of either mode. Raises NotFound."""
    webhook = Webhook.get_or_none(Webhook.id == webhook_id, Webhook.account_id == account_id)
    if webhook is None:
        raise NotFound("No such webhook.")
    return webhook


def rights(webhook: Webhook) -> Mode:
    """The mode of the keys that may change this webhook: an owner acts as one of them."""
    return "test" if webhook.mode == "test" else "live"


def all_of(account_id: UUID, key_mode: Mode, url: str | None = None) -> list[Webhook]:
    """Every webhook that the key sees, newest first; with `url` only those of exactly that URL."""
    query = Webhook.select().where(*_visible(account_id, key_mode))
    if url is not None:
        query = query.where(Webhook.url == url)
    return list(query.order_by(Webhook.created_at.desc(), Webhook.id.desc()))


def update(
    account_id: UUID,
    key_mode: Mode,
    webhook_id: UUID,
    wanted: Wanted,
    settings: Settings,
    *,
    active: bool | None = None,
) -> Webhook:
    """Change what is given; what is None stays. Raises NotFound and InvalidRequest.

    `active` true forgets the failures so far and takes up what was skipped lately; false sets pending aside.
    """
    changes = wanted.columns(settings)
    with db.atomic():
        webhook = owned(account_id, key_mode, webhook_id)
        if active is not None:
            changes |= _activity(active, webhook, settings)
        if changes:
            assignments = ", ".join(f"{name} = %({name})s" for name in changes)
            execute(
                f"UPDATE webhook SET {assignments}, updated_at = now() WHERE id = %(id)s", changes | {"id": webhook.id}
            )
        if active and not webhook.active:
            take_up(webhook.id)
            db.after_commit(partial(ring, "webhooks"))
        elif active is False:
            skip(webhook.id)
        return get(account_id, key_mode, webhook_id)


def _activity(active: bool, webhook: Webhook, settings: Settings) -> dict[str, Any]:
    changes: dict[str, Any] = {"active": active, "failures": 0, "failing_since": None}
    if not active:
        return changes | {"disabled_reason": PAUSED, "take_up_since": None}
    changes["disabled_reason"] = None
    if not webhook.active:
        moment = now()
        since = moment - timedelta(seconds=settings.webhook_resume_seconds)
        changes |= {"take_up_since": since, "enabled_at": moment}
    return changes


def delete(account_id: UUID, key_mode: Mode, webhook_id: UUID) -> None:
    """Forget a webhook with its deliveries. Raises NotFound.

    It is gone at once for everybody: no account has it any more. Where there are many deliveries, the clock forgets
    them batch by batch, so that nobody who writes of them is held up.
    """
    with db.atomic():
        webhook = owned(account_id, key_mode, webhook_id)
        execute(
            "UPDATE webhook SET account_id = NULL, active = false, take_up_since = NULL WHERE id = %s", (webhook.id,)
        )
        if forget_deliveries(webhook.id, FORGOTTEN_AT_ONCE) < FORGOTTEN_AT_ONCE:
            execute("DELETE FROM webhook WHERE id = %s", (webhook.id,))


def _visible(account_id: UUID, key_mode: Mode) -> tuple[Any, Any]:
    return Webhook.account_id == account_id, Webhook.mode.in_([key_mode, "all"])


def _checked_events(events: Sequence[str]) -> list[str]:
    unknown = [name for name in events if name not in EVENT_TYPES]
    if unknown or not events:
        known = ", ".join(EVENT_TYPES)
        problem = f"There is no event {unknown[0][:100]!r}" if unknown else "events is empty"
        raise InvalidRequest(f"{problem}. Events are: {known}.", field="events")
    return list(dict.fromkeys(events))
