"""An account's webhooks: which URL hears of which events. A key sees those of its own mode and those of all."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from app.config import Mode, Settings
from app.db import db, execute, rows
from app.errors import Conflict, InvalidRequest, NotFound
from app.models.webhook import Webhook
from app.queue import ring
from app.vault import Vault
from app.webhooks.events import EVENT_TYPES
from app.webhooks.guard import check_url
from app.webhooks.signing import new_secret

PAUSED: Final = "paused by the account"

_CREATE = """
INSERT INTO webhook (id, account_id, url, events, mode, secret)
SELECT %(id)s, %(account)s, %(url)s, %(events)s, %(mode)s, %(secret)s
WHERE (SELECT count(*) FROM webhook WHERE account_id = %(account)s) < %(limit)s
RETURNING *
"""
_SKIP_PENDING = """
UPDATE delivery SET status = 'skipped', due_at = NULL, lease_until = NULL, claim_token = NULL
WHERE webhook_id = %s AND status = 'pending'
"""
_TAKE_UP_SKIPPED = """
UPDATE delivery SET status = 'pending', due_at = now()
WHERE webhook_id = %s AND status = 'skipped' AND created_at > now() - %s * interval '1 second'
"""


def create(
    account_id: UUID, key_mode: Mode, url: str, events: Sequence[str] | None, mode: str | None, settings: Settings
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown this once. `mode` left out is the key's own.

    Raises InvalidRequest (`url`, `events`, `mode`) and Conflict `too_many_webhooks`.
    """
    if mode is not None and mode not in (key_mode, "all"):
        raise InvalidRequest(f"mode must be {key_mode} (that of the API key) or all.", field="mode")
    secret = new_secret()
    made = rows(
        _CREATE,
        {
            "id": uuid4(),
            "account": account_id,
            "url": check_url(url, allow_http_loopback=settings.webhook_allow_http_loopback),
            "events": _checked_events(["call.completed"] if events is None else events),
            "mode": mode or key_mode,
            "secret": Vault(settings.encryption_keys).seal(secret.encode()),
            "limit": settings.webhooks_per_account,
        },
    )
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
    settings: Settings,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Change what is given; what is None stays. Raises NotFound and InvalidRequest.

    `active` true forgets the failures so far and takes up what was skipped lately; false sets pending aside.
    """
    changes: dict[str, Any] = {}
    if url is not None:
        changes["url"] = check_url(url, allow_http_loopback=settings.webhook_allow_http_loopback)
    if events is not None:
        changes["events"] = _checked_events(events)
    if active is not None:
        changes |= {
            "active": active,
            "failures": 0,
            "failing_since": None,
            "gone_once": False,
            "disabled_reason": None if active else PAUSED,
        }
    with db.atomic():
        webhook = get(account_id, key_mode, webhook_id)
        if changes:
            assignments = ", ".join(f"{name} = %({name})s" for name in changes)
            execute(
                f"UPDATE webhook SET {assignments}, updated_at = now() WHERE id = %(id)s", changes | {"id": webhook.id}
            )
        if active and not webhook.active:
            execute(_TAKE_UP_SKIPPED, (webhook.id, settings.webhook_resume_seconds))
            db.after_commit(partial(ring, "webhooks"))
        elif active is False:
            execute(_SKIP_PENDING, (webhook.id,))
        return get(account_id, key_mode, webhook_id)


def disable(webhook_id: UUID, reason: str) -> None:
    """Stop sending to a webhook that keeps failing; what is pending is set aside as skipped."""
    execute(
        "UPDATE webhook SET active = false, disabled_reason = %s, updated_at = now() WHERE id = %s",
        (reason, webhook_id),
    )
    execute(_SKIP_PENDING, (webhook_id,))


def delete(account_id: UUID, key_mode: Mode, webhook_id: UUID) -> None:
    """Forget a webhook with its deliveries. Raises NotFound."""
    webhook = get(account_id, key_mode, webhook_id)
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
