"""One-time codes, at times of our choice. Expected codes are those of RFC 6238, appendix B, in six digits."""

import base64
import hmac
from uuid import UUID

import pytest

from app.accounts import codes, owners
from app.accounts.signup import sign_up
from app.config import Settings
from app.db import execute
from app.errors import Conflict, InvalidRequest
from app.models.owner import Owner
from app.vault import Vault

pytestmark = pytest.mark.usefixtures("database")

SECRET = base64.b32encode(b"12345678901234567890")
BASE = "http://localhost"


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def owner(settings: Settings, vault: Vault) -> Owner:
    """Somebody whose app holds the RFC's secret."""
    made = owners.create(sign_up(settings, "Jane", "+15551230000"), "jane@example.com", "")
    execute("UPDATE owner SET totp_secret = %s, totp_since = now() WHERE id = %s", (vault.seal(SECRET), made.id))
    return owners.get(made.id)


@pytest.mark.parametrize(("moment", "code"), [(1234567890, "005924"), (1111111109, "081804"), (20000000000, "353130")])
@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_code_is_right_at_its_time_and_half_a_minute_around(
    owner: Owner, vault: Vault, moment: int, code: str, off: int
) -> None:
    assert codes.use(owner, vault, code, clock=lambda: moment + off) is None


@pytest.mark.parametrize("off", [-60, 60])
def test_a_code_of_another_time_is_wrong(owner: Owner, vault: Vault, off: int) -> None:
    with pytest.raises(InvalidRequest):
        codes.use(owner, vault, "081804", clock=lambda: 1111111109 + off)


def test_no_code_is_right_twice_nor_one_before_it(owner: Owner, vault: Vault) -> None:
    codes.use(owner, vault, "050471", clock=lambda: 1111111111)
    for code in ("050471", "081804"):  # the same, and that of the step before
        with pytest.raises(InvalidRequest):
            codes.use(owner, vault, code, clock=lambda: 1111111111)


def test_nothing_is_begun_while_codes_are_on(owner: Owner, vault: Vault) -> None:
    with pytest.raises(Conflict):
        codes.begin(owner.id, vault)
    assert codes.setup(owner, vault) is None


def test_a_code_of_a_secret_that_was_replaced_meanwhile_switches_nothing_on(
    owner: Owner, vault: Vault, settings: Settings
) -> None:
    codes.switch_off(settings, BASE, owner)
    codes.begin(owner.id, vault)
    old = owners.get(owner.id)
    codes.begin(owner.id, vault)
    setup = codes.setup(old, vault)
    assert setup is not None
    assert setup.uri.startswith("otpauth://totp/Mio%20Hub:jane%40example.com?secret=")
    with pytest.raises(Conflict):
        codes.confirm(settings, BASE, old, vault, _code_of(setup.secret, 59), clock=lambda: 59)


def test_recovery_codes_are_ten_long_and_all_different(owner: Owner, settings: Settings) -> None:
    made = codes.renew(settings, BASE, owner)
    assert len(set(made)) == 10
    assert {len(code) for code in made} == {19}
    assert codes.left(owner.id) == 10


def test_a_recovery_code_is_its_owners_alone(owner: Owner, vault: Vault, settings: Settings) -> None:
    code = codes.renew(settings, BASE, owner)[0]
    other = owners.create(sign_up(settings, "Bob", "+15551230001"), "bob@example.com", "")
    with pytest.raises(InvalidRequest):
        codes.use(other, vault, code)
    assert codes.use(owner, vault, code) == 9


def test_there_are_no_recovery_codes_while_codes_are_off(owner: Owner, settings: Settings) -> None:
    codes.switch_off(settings, BASE, owner)
    with pytest.raises(Conflict):
        codes.renew(settings, BASE, owners.get(owner.id))
    assert codes.left(UUID(int=0)) == 0


def _code_of(secret: str, moment: int) -> str:
    """Computed as RFC 6238 and RFC 4226 say."""
    digest = hmac.digest(base64.b32decode(secret), (moment // 30).to_bytes(8), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"
