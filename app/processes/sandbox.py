"""The sandbox process."""

from flask import Flask

from app.config import Settings
from app.logs import configure
from app.sandbox.application import create_sandbox
from app.sandbox.options import SandboxOptions


def create_sandbox_process(settings: Settings) -> Flask:
    """The sandbox as a WSGI application; one process, as its state is in memory."""
    configure(settings.log_level)
    return create_sandbox(
        SandboxOptions(settings.sandbox_account_sid, settings.sandbox_auth_token, settings.sandbox_speed)
    )
