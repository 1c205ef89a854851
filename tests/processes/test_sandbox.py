"""The sandbox as a process."""

from dataclasses import replace

import pytest

from app.config import ConfigurationError, Settings
from app.processes.sandbox import create_sandbox_process


def test_it_does_not_start_without_a_secret(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="SANDBOX_AUTH_TOKEN is not set"):
        create_sandbox_process(replace(settings, sandbox_auth_token=""))


def test_without_a_secret_no_test_call_has_a_carrier_or_a_model(settings: Settings) -> None:
    without = replace(settings, sandbox_auth_token="")
    assert (without.carrier("test"), without.model("test")) == (None, None)
