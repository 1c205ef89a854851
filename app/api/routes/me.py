"""/me: the account that the API key belongs to."""

from typing import Any

from flask import Blueprint

from app.accounts import profile
from app.api.context import caller, context
from app.api.operation import operation
from app.errors import Forbidden
from app.web.validation import Fields
from app.webhooks import rotating

me = Blueprint("me", __name__)


@me.get("/me")
@operation(answer="me")
def read_account() -> dict[str, Any]:
    """Read your account.

    Useful to verify that an API key works.
    """
    return profile.account_object(profile.get(caller().account_id), caller().mode)


@me.put("/me")
@operation(body="me.update", answer="me", refuses=("live_key_needed",))
def update_account(body: Fields) -> dict[str, Any]:
    """Change your account.

    Your name, caller name and e-mail address, the calling terms, whether the agent discloses being an AI. What is left
    out stays.
    """
    if caller().mode == "test" and body:
        raise Forbidden("The account governs live calls: change it with an sk_live_ key.", code="live_key_needed")
    account = profile.update(
        caller().account_id,
        name=body.get("name"),
        caller_name=body.get("callerName"),
        accept_terms=body.get("acceptTerms", False),
        discloses_ai=body.get("disclosesAi"),
        email=body.get("email"),
    )
    return profile.account_object(account, caller().mode)


@me.post("/me/rotate-callback-secret")
@operation(answer="secret")
def rotate_callback_secret() -> dict[str, Any]:
    """Change the secret that signs the callbacks of calls.

    The new one, for calls of the API key's mode, is shown in this answer alone; it is in use at once.
    """
    return {"secret": rotating.rotate_callback_secret(caller().account_id, caller().mode, context().vault)}
