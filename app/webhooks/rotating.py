"""New signing secrets. For a while after a rotation the old secret signs too, so that nothing is refused."""

from typing import Final
from uuid import UUID

from app.config import Mode
from app.db import db, execute
from app.errors import Conflict, NotFound
from app.models.webhook import Webhook
from app.vault import Vault
from app.webhooks import endpoints
from app.webhooks.callbacks import CALLBACK_SECRETS
from app.webhooks.signing import new_secret

OVERLAP_SECONDS: Final = 24 * 3600

_ROTATE: Final = """
UPDATE webhook SET secret = %(secret)s, updated_at = now(),
    old_secret = CASE WHEN %(overlap)s > 0 THEN secret END,
    old_secret_until = CASE WHEN %(overlap)s > 0 THEN now() + %(overlap)s * interval '1 second' END
WHERE id = %(id)s AND (old_secret_until > now()) IS NOT true
"""


def rotate(
    account_id: UUID, key_mode: Mode, webhook_id: UUID, vault: Vault, *, overlap_seconds: int
) -> tuple[Webhook, str]:
    """Give a webhook a new secret, shown this once. `X-Mio-Signature` stays with the old one for `overlap_seconds`.

    Raises NotFound, and Conflict `rotation_under_way` while an earlier overlap lasts.
    """
    secret = new_secret()
    with db.atomic():
        webhook = endpoints.owned(account_id, key_mode, webhook_id)
        values = {"id": webhook.id, "secret": vault.seal(secret.encode()), "overlap": overlap_seconds}
        if not execute(_ROTATE, values):
            raise Conflict(
                "The secret was rotated a while ago, and the old one is still in use. Wait for the end of the overlap,"
                " or end it with DELETE /webhooks/:id/old-secret.",
                code="rotation_under_way",
            )
        return endpoints.get(account_id, key_mode, webhook_id), secret


def end_overlap(account_id: UUID, key_mode: Mode, webhook_id: UUID) -> Webhook:
    """Forget the old secret now. Nothing changes when there is none. Raises NotFound."""
    with db.atomic():
        webhook = endpoints.owned(account_id, key_mode, webhook_id)
        execute("UPDATE webhook SET old_secret = NULL, old_secret_until = NULL WHERE id = %s", (webhook.id,))
        return endpoints.get(account_id, key_mode, webhook_id)


def rotate_callback_secret(account_id: UUID, mode: Mode, vault: Vault) -> str:
    """A new secret for the callbacks of an account's calls of one mode, in use at once and shown this once."""
    secret, column = new_secret(), CALLBACK_SECRETS[mode]
    sealed = vault.seal(secret.encode())
    if not execute(f"UPDATE account SET {column} = %s WHERE id = %s", (sealed, account_id)):
        raise NotFound("No such account.")
    return secret
