"""The sandbox process."""

from flask import Flask

from app.config import ConfigurationError, Settings
from app.logs import configure
from app.sandbox.application import create_sandbox
from app.sandbox.options import SandboxOptions


def create_sandbox_process(settings: Settings) -> Flask:
    """The sandbox as a WSGI application; one process, as its state is in memory.

    Raises ConfigurationError without SANDBOX_AUTH_TOKEN: its carrier and its model would be open to everybody.
    """
    if not settings.sandbox_auth_token:
        raise ConfigurationError("SANDBOX_AUTH_TOKEN is not set: the sandbox needs a secret. See README, Settings.")
    configure(settings.log_level)
    return create_sandbox(
        SandboxOptions(settings.sandbox_account_sid, settings.sandbox_auth_token, settings.sandbox_speed)
    )
