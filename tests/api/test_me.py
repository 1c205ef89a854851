"""/me, and what a live call needs of the account."""

from uuid import UUID

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts.signup import sign_up
from app.config import Settings
from app.db import execute, rows
from tests.api.client import Client, refusal
from tests.api.conftest import NewClient

CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}


@pytest.fixture
def newcomer(database: PooledPostgresqlDatabase, settings: Settings, client_of: NewClient) -> Client:
    """A live key of an account that has just signed up."""
    return client_of(sign_up(settings, "Ann", "+15551230002"), "live")


def test_the_documents_keys_are_there(live: Client, account: UUID) -> None:
    told = live.get("/me").get_json()
    assert {name: told[name] for name in ("id", "name", "phoneNumber", "balance")} == {
        "id": str(account),
        "name": "Jane",
        "phoneNumber": "+15551230000",
        "balance": 500,
    }


def test_available_is_the_balance_without_holds(live: Client) -> None:
    live.post("/calls", CALL)
    told = live.get("/me").get_json()
    assert (told["balance"], told["available"]) == (500, 444)


def test_an_unmetered_account_never_has_less_than_nothing_available(live: Client, account: UUID) -> None:
    execute("UPDATE account SET unmetered = true, held = 600 WHERE id = %s", (account,))
    assert live.get("/me").get_json()["available"] == 0


def test_mode_is_that_of_the_key(live: Client, client: Client) -> None:
    assert [who.get("/me").get_json()["mode"] for who in (live, client)] == ["live", "test"]


def test_a_first_live_call_needs_the_terms_and_a_caller_name(newcomer: Client) -> None:
    assert refusal(newcomer.post("/calls", CALL)) == (403, "terms_not_accepted", None)
    accepted = newcomer.put("/me", {"acceptTerms": True}).get_json()
    assert accepted["termsAcceptedAt"]
    assert refusal(newcomer.post("/calls", CALL)) == (403, "caller_name_missing", None)
    assert newcomer.put("/me", {"callerName": " Ann's Garage "}).get_json()["callerName"] == "Ann's Garage"
    assert newcomer.post("/calls", CALL).status_code == 201


def test_terms_stay_accepted_since_the_first_time(newcomer: Client) -> None:
    first, again = (newcomer.put("/me", {"acceptTerms": True}).get_json() for _ in range(2))
    assert again["termsAcceptedAt"] == first["termsAcceptedAt"]


def test_what_an_update_leaves_out_stays(live: Client) -> None:
    changed = live.put("/me", {"disclosesAi": False, "name": None}).get_json()
    assert (changed["disclosesAi"], changed["name"], changed["callerName"]) == (False, "Jane", "Jane's Bakery")
    assert live.put("/me", {"name": "Janet"}).get_json()["disclosesAi"] is False


def test_a_test_key_cannot_change_what_governs_live_calls(client: Client) -> None:
    assert refusal(client.put("/me", {"acceptTerms": True})) == (403, "live_key_needed", None)


def test_notices_go_to_an_e_mail_address(live: Client) -> None:
    assert live.get("/me").get_json()["email"] is None
    assert live.put("/me", {"email": "jane@example.com"}).get_json()["email"] == "jane@example.com"


def test_a_callback_secret_is_shown_once_and_new_each_time(client: Client) -> None:
    first, second = (client.post("/me/rotate-callback-secret").get_json()["secret"] for _ in range(2))
    assert first.startswith("whsec_")
    assert first != second


def test_a_test_key_cannot_touch_the_secret_of_live_callbacks(client: Client, live: Client) -> None:
    live.post("/me/rotate-callback-secret")
    before = rows("SELECT callback_secret FROM account")
    client.post("/me/rotate-callback-secret")
    assert rows("SELECT callback_secret FROM account") == before
