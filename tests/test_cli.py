"""The operator's commands."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts import owners, sessions
from app.accounts.access import identify
from app.api.application import build
from app.config import Settings
from app.db import execute, rows
from app.times import now
from app.vault import Vault
from app.webhooks import endpoints
from app.webhooks.rotating import rotate_callback_secret
from tests.making import a_call, an_account, dialled, fresh
from tests.webhooks.support import with_secret

pytestmark = pytest.mark.usefixtures("database")


class Operator:
    def __init__(self, app: Flask) -> None:
        self._runner = app.test_cli_runner()

    def run(self, *words: str) -> str:
        result = self.attempt(*words)
        assert result.exit_code == 0, result.output
        return result.output.strip()

    def attempt(self, *words: str) -> Result:
        return self._runner.invoke(args=list(words))


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Operator:
    return Operator(build(settings))


@pytest.fixture
def account(operator: Operator, database: PooledPostgresqlDatabase) -> str:
    return operator.run("account", "create", "Jane", "--phone", "+15551230000")


def only(output: str) -> dict[str, object]:
    [line] = output.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_an_account_is_made_ready_for_live_calls(operator: Operator) -> None:
    words = ["--phone", "+15551230000", "--caller-name", "Jane's Bakery", "--accept-terms", "--unmetered"]
    made = operator.run("account", "create", "Jane", *words)
    listed = only(operator.run("account", "list"))
    assert (listed["id"], listed["callerName"], listed["unmetered"]) == (made, "Jane's Bakery", True)
    assert listed["termsAcceptedAt"]


def test_money_is_added(operator: Operator, account: str) -> None:
    assert operator.run("account", "credit", account, "250") == "Balance: 750 cents"


def test_an_account_is_paused_and_resumed(operator: Operator, account: str) -> None:
    operator.run("account", "pause", account)
    assert only(operator.run("account", "list"))["pausedAt"]
    operator.run("account", "resume", account)
    assert only(operator.run("account", "list"))["pausedAt"] is None


def test_an_account_is_changed(operator: Operator, account: str) -> None:
    changed = only(operator.run("account", "update", account, "--caller-name", "Jane", "--no-disclose-ai"))
    assert (changed["name"], changed["callerName"], changed["disclosesAi"]) == ("Jane", "Jane", False)


def test_an_account_has_a_limit_of_its_own_until_it_is_taken_back(operator: Operator, account: str) -> None:
    operator.run("account", "limit", account, "concurrent_calls", "3")
    assert rows("SELECT concurrent_calls FROM account")[0]["concurrent_calls"] == 3
    operator.run("account", "limit", account, "concurrent_calls")
    assert rows("SELECT concurrent_calls FROM account")[0]["concurrent_calls"] is None


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_key_works_until_it_is_revoked(operator: Operator, account: str, mode: str) -> None:
    key = operator.run("key", "create", account, "--mode", mode)
    identity = identify(key)
    assert identity is not None
    assert (identity.account_id, identity.mode) == (UUID(account), mode)
    listed = only(operator.run("key", "list"))
    assert key.startswith(str(listed["prefix"]))
    operator.run("key", "revoke", str(listed["prefix"]))
    assert identify(key) is None


def test_no_command_shows_a_key_again(operator: Operator, account: str) -> None:
    key = operator.run("key", "create", account, "--mode", "live")
    assert key not in operator.run("key", "list") + operator.run("account", "list")


def test_numbers_are_listed_and_taken_off(operator: Operator, account: str) -> None:
    operator.run("do-not-call", "add", account, "+15551234567")
    assert rows("SELECT mode, phone_number FROM do_not_call") == [{"mode": "live", "phone_number": "+15551234567"}]
    operator.run("do-not-call", "remove", account, "+15551234567")
    assert rows("SELECT 1 FROM do_not_call") == []


def test_erasure_says_how_much_was_erased(operator: Operator, account: str) -> None:
    assert operator.run("erase", account, "+15551234567") == "Erased calls: 0"


def test_migrating_twice_does_nothing(operator: Operator) -> None:
    assert operator.run("migrate") == "Nothing to do."


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["account", "create", "Jane", "--phone", "555"], "E.164"),
        (["account", "credit", str(uuid4()), "100"], "No such account"),
        (["account", "credit", str(uuid4()), "0"], "cents"),
        (["account", "pause", str(uuid4())], "no such account"),
        (["account", "update", str(uuid4()), "--name", "Jane"], "no account"),
        (["key", "create", str(uuid4()), "--mode", "live"], "no account"),
        (["key", "revoke", "sk_live_none"], "key list"),
        (["do-not-call", "add", str(uuid4()), "+15551234567"], "no account"),
        (["erase", str(uuid4()), "+15551234567"], "no account"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(operator: Operator, words: list[str], says: str) -> None:
    result = operator.attempt(*words)
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["account", "credit", "jane", "5"], ["key", "create", str(uuid4())], ["nothing"]])
def test_a_command_that_is_misspelt_has_exit_code_2(operator: Operator, words: list[str]) -> None:
    assert operator.attempt(*words).exit_code == 2


def test_after_a_restore_no_call_is_dialled_that_may_have_been_dialled_since_the_backup(
    operator: Operator, settings: Settings
) -> None:
    account = an_account()
    waiting = a_call(account, settings, "+15551230001")
    due = a_call(account, settings, "+15551230002", call_at=now() + timedelta(hours=1))
    execute("UPDATE call SET due_at = now() WHERE id = %s", (due.id,))
    to_come = a_call(account, settings, "+15551230003", call_at=now() + timedelta(hours=1))
    under_way = dialled(a_call(account, settings, "+15551230004"))
    assert operator.run("after-restore") == "Ended calls: 2"
    assert [(fresh(call).status, fresh(call).end_reason) for call in (waiting, due)] == [("failed", "dial_unknown")] * 2
    assert [fresh(call).outcome for call in (to_come, under_way)] == [None, None]


def test_secrets_are_sealed_with_the_newest_key_so_that_the_old_one_can_go(settings: Settings) -> None:
    account = an_account()
    webhook, secret = with_secret(account, settings, "https://example.com")
    rotate_callback_secret(account.id, "test", Vault(settings.encryption_keys))
    newest = Fernet.generate_key().decode()
    both = replace(settings, encryption_keys=f"{newest},{settings.encryption_keys}")
    assert Operator(build(both)).run("reseal") == "Sealed anew: 2"
    kept = endpoints.get(account.id, "test", webhook.id)
    assert Vault(newest).open(kept.secret).decode() == secret


def test_an_owner_is_invited_by_a_link(settings: Settings, account: str) -> None:
    named = Operator(build(replace(settings, api_public_url="https://hub.example")))
    link = named.run("account", "invite", account, "jane@example.com")
    assert link.startswith("https://hub.example/links/")
    assert rows("SELECT kind, asked->>'accountId' AS account FROM link") == [{"kind": "invite", "account": account}]


def test_no_link_is_made_that_names_no_hub(operator: Operator, account: str) -> None:
    refused = operator.attempt("account", "invite", account, "jane@example.com")
    assert refused.exit_code == 1
    assert "API_PUBLIC_URL" in refused.output


def test_an_owner_is_signed_out_everywhere(operator: Operator, account: str, settings: Settings) -> None:
    owner = owners.create(UUID(account), "jane@example.com", "")
    for _ in range(2):
        sessions.begin(owner.id, address="192.0.2.1", user_agent="x", settings=settings)
    assert operator.run("account", "end-sessions", account) == "Ended sessions: 2"
    assert rows("SELECT 1 FROM session") == []
