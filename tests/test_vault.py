import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from app.config import ConfigurationError
from app.vault import Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_to_the_same(secret: bytes) -> None:
    sealed = Vault(OLD).seal(secret)
    assert Vault(OLD).open(sealed) == secret
    assert not secret or len(secret) < 4 or secret not in sealed


def test_a_new_key_in_front_still_opens_what_the_old_one_sealed() -> None:
    assert Vault(f"{NEW},{OLD}").open(Vault(OLD).seal(b"secret")) == b"secret"


def test_a_key_dropped_too_early_is_told() -> None:
    with pytest.raises(ConfigurationError):
        Vault(NEW).open(Vault(OLD).seal(b"secret"))


@pytest.mark.parametrize("keys", ["", "short", "not base64 at all!"])
def test_keys_that_are_none_are_told(keys: str) -> None:
    with pytest.raises(ConfigurationError, match="ENCRYPTION_KEYS"):
        Vault(keys)
