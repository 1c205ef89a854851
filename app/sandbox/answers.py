"""How the carrier answers: who may ask, and Twilio's shape of an error."""

import hmac

from flask import Response, jsonify, request

from app.sandbox.options import SandboxOptions

Answer = tuple[Response, int]


def authenticated(options: SandboxOptions) -> bool:
    """Whether the present request comes with the account and its token."""
    given = request.authorization
    return (
        given is not None
        and hmac.compare_digest((given.username or "").encode(), options.account_sid.encode())
        and hmac.compare_digest((given.password or "").encode(), options.auth_token.encode())
    )


def refused(status: int, code: int, message: str) -> Answer:
    """https://www.twilio.com/docs/usage/twilios-response"""
    body = {"code": code, "message": message, "more_info": f"https://www.twilio.com/docs/errors/{code}"}
    return jsonify(body | {"status": status}), status
