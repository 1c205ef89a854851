"""Authorising: the link, the way back, and which connection a grant belongs to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.config import Mode, Settings
from app.crm import authorising, connecting, connections, enrolling, grants
from app.crm.authorising import challenge_of
from app.crm.platform import ActionAsked
from app.db import db, execute, rows
from app.errors import AppError, Conflict, Forbidden, InvalidRequest, Unavailable
from app.models.account import Account
from app.models.crm import CrmConnection, CrmEnrolment
from app.vault import Vault
from tests.crm.plain import CODE, Cloud, Plain, connected, fresh, says
from tests.making import an_account

PLAIN = Plain()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as listening:
        yield listening


@pytest.fixture(scope="module")
def reached(settings: Settings) -> Settings:
    """As if the hub could be reached from outside."""
    return replace(settings, public_url="https://hub.example")


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def account(database: PooledPostgresqlDatabase) -> Account:
    return an_account()


@pytest.fixture
def pending(account: Account, cloud: Cloud, reached: Settings) -> CrmConnection:
    return a_pending(account, cloud, reached)


def a_pending(account: Account, cloud: Cloud, settings: Settings, **given: Any) -> CrmConnection:
    wanted = connecting.Wanted(default_country="US")
    return connecting.create(account.id, PLAIN, wanted, settings, login_url=cloud.url, **given)


def state_of(connection: CrmConnection, settings: Settings, vault: Vault) -> str:
    """The state of a new link."""
    link = authorising.begin(connection, PLAIN, settings, vault)
    return dict(parse_qsl(urlsplit(link).query))["state"]


def come_back(settings: Settings, vault: Vault, **query: str) -> authorising.Authorised:
    return authorising.finish(PLAIN, query, settings, vault)


def authorise(connection: CrmConnection, settings: Settings, vault: Vault) -> authorising.Authorised:
    return come_back(settings, vault, code=CODE, state=state_of(connection, settings, vault))


def enrolled(connection: CrmConnection) -> UUID:
    """A workflow's request for a call, which waits."""
    asked = ActionAsked(key="ap-1", object="contact", record_id="1", number="+15551234567", instructions="Ask.")
    enrolling.enrol_action(connection, PLAIN, asked)
    execute("DELETE FROM crm_job WHERE kind = 'answer'")
    found: UUID = CrmEnrolment.get(CrmEnrolment.connection_id == connection.id).id
    return found


def test_who_agrees_makes_the_connection_active(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud
) -> None:
    found = authorise(pending, reached, vault)
    kept = fresh(pending)
    assert found.connection == kept
    assert (found.account_name, found.older) == ("Jane", False)
    assert (kept.status, kept.mode, kept.external_id, kept.name) == ("active", "test", "4711", "Plain & Sons <b>")
    assert grants.opened(kept, vault).access_token == "access-token-1"


def test_a_name_that_was_given_stays(account: Account, cloud: Cloud, reached: Settings, vault: Vault) -> None:
    wanted = connecting.Wanted(name="Sales", default_country="US")
    made = connecting.create(account.id, PLAIN, wanted, reached, login_url=cloud.url)
    authorise(made, reached, vault)
    assert fresh(made).name == "Sales"


def test_a_state_is_kept_as_its_hash_and_the_verifier_sealed(
    pending: CrmConnection, reached: Settings, vault: Vault
) -> None:
    state = state_of(pending, reached, vault)
    kept = fresh(pending)
    assert state.encode() not in bytes(kept.state_hash)
    assert len(state) >= 43
    assert 43 <= len(vault.open(kept.verifier)) <= 128


def test_the_challenge_is_as_rfc_7636_has_it() -> None:
    """Its appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_code_is_exchanged_with_the_verifier_of_the_challenge(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud
) -> None:
    link = dict(parse_qsl(urlsplit(authorising.begin(pending, PLAIN, reached, vault)).query))
    come_back(reached, vault, code=CODE, state=link["state"])
    assert challenge_of(cloud.asked[-1].form["verifier"]) == link["challenge"]


def test_a_state_works_once(pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud) -> None:
    state = state_of(pending, reached, vault)
    come_back(reached, vault, code=CODE, state=state)
    with pytest.raises(InvalidRequest, match="used already"):
        come_back(reached, vault, code=CODE, state=state)
    assert len(cloud.asked) == 1


def test_a_state_works_once_for_twenty_at_a_time(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud
) -> None:
    state = state_of(pending, reached, vault)

    def back(_: int) -> bool:
        try:
            come_back(reached, vault, code=CODE, state=state)
        except InvalidRequest:
            return False
        finally:
            db.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(back, range(20))) == 1
    assert len(cloud.asked) == 1


def test_a_new_link_voids_the_one_before(pending: CrmConnection, reached: Settings, vault: Vault) -> None:
    first, second = (state_of(pending, reached, vault) for _ in range(2))
    with pytest.raises(InvalidRequest):
        come_back(reached, vault, code=CODE, state=first)
    assert come_back(reached, vault, code=CODE, state=second).connection.status == "active"


def test_a_link_is_good_for_ten_minutes(pending: CrmConnection, reached: Settings, vault: Vault) -> None:
    state = state_of(pending, reached, vault)
    execute("UPDATE crm_connection SET state_until = state_until - interval '10 minutes'")
    with pytest.raises(InvalidRequest):
        come_back(reached, vault, code=CODE, state=state)
    assert fresh(pending).status == "pending"


def test_a_state_is_of_one_crm_alone(pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud) -> None:
    class Other(Plain):
        key = "other"

    state = state_of(pending, reached, vault)
    with pytest.raises(InvalidRequest):
        authorising.finish(Other(), {"code": CODE, "state": state}, reached, vault)
    assert cloud.asked == []


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "x" * 43}, {"state": "\x00"}, {"code": CODE}])
def test_a_state_that_is_not_ours_asks_the_crm_nothing(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud, query: dict[str, str]
) -> None:
    state_of(pending, reached, vault)
    with pytest.raises(InvalidRequest):
        come_back(reached, vault, **{"code": CODE, **query})
    assert cloud.asked == []


@pytest.mark.parametrize("query", [{"error": "access_denied"}, {"code": ""}, {}, {"code": "x" * 5000}])
def test_who_does_not_agree_leaves_the_connection_as_it_was(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud, query: dict[str, str]
) -> None:
    state = state_of(pending, reached, vault)
    with pytest.raises(InvalidRequest, match="was not given"):
        come_back(reached, vault, state=state, **query)
    assert (fresh(pending).status, cloud.asked) == ("pending", [])


def test_a_code_that_the_crm_refuses_is_told_without_it(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud
) -> None:
    cloud.tokens.append(says(400, {"message": f"The code {CODE} is too old."}))
    with pytest.raises(InvalidRequest, match="The code … is too old") as refused:
        authorise(pending, reached, vault)
    assert CODE not in refused.value.message
    assert CODE not in str(rows("SELECT * FROM crm_request"))


def test_a_crm_that_is_down_is_to_be_asked_again(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud
) -> None:
    cloud.tokens.append(says(503, {}))
    with pytest.raises(Unavailable):
        authorise(pending, reached, vault)
    assert authorise(pending, reached, vault).connection.status == "active"


def test_a_portal_that_the_account_has_connected_renews_its_older_connection(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    older = connected(account.id, cloud, vault, status="broken", status_reason="Taken back.", name="Sales")
    newer = a_pending(account, cloud, reached)
    connecting.new_inbound(newer.id, PLAIN, reached)
    found = authorise(newer, reached, vault)
    assert (found.connection.id, found.older) == (older.id, True)
    assert [one.id for one in CrmConnection.select()] == [older.id]
    kept = fresh(older)
    assert (kept.status, kept.status_reason, kept.mode, kept.name) == ("active", None, "live", "Sales")
    assert grants.opened(kept, vault).access_token == "access-token-2"


def test_a_connection_is_authorised_anew_as_itself(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    broken = connected(account.id, cloud, vault, status="broken", status_reason="Taken back.", barred_until=None)
    assert not authorise(broken, reached, vault).older
    assert (fresh(broken).status, fresh(broken).status_reason) == ("active", None)


def test_a_portal_of_another_account_is_not_taken_from_it(
    pending: CrmConnection, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    theirs = connected(an_account().id, cloud, vault)
    before = bytes(theirs.credentials)
    with pytest.raises(Conflict, match="another account") as taken:
        authorise(pending, reached, vault)
    assert taken.value.code == "portal_taken"
    assert (fresh(pending).status, fresh(pending).credentials) == ("pending", None)
    assert (fresh(theirs).status, bytes(fresh(theirs).credentials)) == ("active", before)


def test_a_portal_that_has_taken_its_authorisation_back_can_be_given_to_another_account(
    pending: CrmConnection, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    theirs = connected(an_account().id, cloud, vault, status="broken")
    waiting = enrolled(theirs)
    assert authorise(pending, reached, vault).connection.id == pending.id
    assert (fresh(pending).status, fresh(theirs).status, fresh(theirs).credentials) == ("active", "disconnected", None)
    assert CrmEnrolment.get_by_id(waiting).refusal["code"] == "connection_ended"
    assert rows("SELECT status FROM crm_job WHERE connection_id = %s", (theirs.id,)) == [{"status": "skipped"}]


def test_a_connection_does_not_change_its_portal(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    """Its rules and enrolments speak of records of the one that it has."""
    connection = connected(account.id, cloud, vault)
    cloud.portal = "4712"
    with pytest.raises(Conflict) as other:
        authorise(connection, reached, vault)
    assert other.value.code == "other_portal"
    assert fresh(connection).external_id == "4711"


def test_two_that_authorise_one_portal_at_a_time_end_as_one_connection(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    states = [state_of(a_pending(account, cloud, reached), reached, vault) for _ in range(8)]

    def back(state: str) -> None:
        try:
            come_back(reached, vault, code=CODE, state=state)
        finally:
            db.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(back, states))
    assert [(one.status, one.external_id) for one in CrmConnection.select()] == [("active", "4711")]


def test_a_portal_that_is_being_left_can_be_connected_anew_and_is_not_taken_back_then(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    left = connected(account.id, cloud, vault)
    connections.disconnect(account.id, "live", left.id)
    authorise(a_pending(an_account(), cloud, reached), reached, vault)
    assert (fresh(left).status, fresh(left).credentials) == ("disconnected", None)
    assert [one["status"] for one in rows("SELECT status FROM crm_job WHERE kind = 'leave'")] == ["skipped"]


def test_a_connection_that_was_ended_meanwhile_is_not_revived(
    account: Account, pending: CrmConnection, reached: Settings, vault: Vault
) -> None:
    state = state_of(pending, reached, vault)
    connections.disconnect(account.id, "test", pending.id)
    with pytest.raises(AppError):
        come_back(reached, vault, code=CODE, state=state)
    assert fresh(pending).status == "disconnected"


def test_a_username_is_authorised_without_a_person(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    by_link = authorise(a_pending(account, cloud, reached), reached, vault).connection
    made = a_pending(account, cloud, reached, username="hub@example.com")
    found = authorising.by_key(made, PLAIN, reached, vault, "test")
    assert (found.connection.id, found.older, found.connection.username) == (by_link.id, True, "hub@example.com")
    assert cloud.asked[-1].form["assertion"] == "signed-for-hub@example.com"
    assert authorising.by_key(found.connection, PLAIN, reached, vault, "test").connection.status == "active"


def refused_by_key(connection: CrmConnection, settings: Settings, vault: Vault, mode: Mode = "live") -> Forbidden:
    with pytest.raises(Forbidden) as refused:
        authorising.by_key(connection, PLAIN, settings, vault, mode)
    return refused.value


def test_a_username_opens_no_portal_that_nobody_has_connected_to_the_account(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    made = a_pending(account, cloud, reached, username="hub@example.com")
    assert refused_by_key(made, reached, vault).code == "link_needed"
    assert fresh(made).credentials is None


@pytest.mark.parametrize("status", ["active", "broken", "leaving", "disconnected"])
def test_a_username_opens_no_portal_of_another_account_and_tells_nothing_of_it(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault, status: str
) -> None:
    theirs = authorise(a_pending(an_account(), cloud, reached), reached, vault).connection
    execute("UPDATE crm_connection SET status = %s WHERE id = %s", (status, theirs.id))
    made = a_pending(account, cloud, reached, username="hub@example.com")
    refused = refused_by_key(made, reached, vault)
    assert refused.code == "link_needed"
    assert "4711" not in refused.message
    assert "Plain" not in refused.message


@pytest.mark.parametrize("status", ["leaving", "disconnected"])
def test_a_username_opens_no_portal_whose_connection_was_ended(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault, status: str
) -> None:
    ended = authorise(a_pending(account, cloud, reached), reached, vault).connection
    execute("UPDATE crm_connection SET status = %s WHERE id = %s", (status, ended.id))
    made = a_pending(account, cloud, reached, username="hub@example.com")
    assert refused_by_key(made, reached, vault).code == "link_needed"


def test_a_test_key_puts_no_user_of_its_choice_on_a_live_connection(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    live = authorise(a_pending(account, cloud, reached), reached, vault).connection
    execute("UPDATE crm_connection SET mode = 'live' WHERE id = %s", (live.id,))
    made = a_pending(account, cloud, reached, username="hub@example.com")
    assert refused_by_key(made, reached, vault, "test").code == "live_key_needed"
    assert fresh(live).username is None


def test_a_username_that_the_crm_refuses_is_to_blame(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    made = a_pending(account, cloud, reached, username="hub@example.com")
    cloud.tokens.append(says(400, {"error_description": "The user has not approved this."}))
    with pytest.raises(InvalidRequest, match="has not approved") as refused:
        authorising.by_key(made, PLAIN, reached, vault, "test")
    assert refused.value.field == "username"


def test_a_crm_that_knows_persons_alone_says_so(
    account: Account, cloud: Cloud, reached: Settings, vault: Vault
) -> None:
    class Personal(Plain):
        def grant_by_key(self, *_: object) -> None:
            return None

    made = a_pending(account, cloud, reached, username="hub@example.com")
    with pytest.raises(InvalidRequest) as refused:
        authorising.by_key(made, Personal(), reached, vault, "test")
    assert refused.value.field == "username"


def test_what_a_hub_lacks_for_a_crm_is_named(pending: CrmConnection, settings: Settings, vault: Vault) -> None:
    with pytest.raises(Unavailable, match="PLAIN_ID, API_PUBLIC_URL") as lacking:
        authorising.begin(pending, Plain(lacks=["PLAIN_ID"]), settings, vault)
    assert lacking.value.code == "crm_not_configured"


@pytest.mark.parametrize("name", ["", "  ", "A\nB", "x" * 500, "NUL\x00"])
def test_a_name_from_the_crm_is_one_short_line(
    pending: CrmConnection, reached: Settings, vault: Vault, cloud: Cloud, name: str
) -> None:
    cloud.name = name
    authorise(pending, reached, vault)
    kept = fresh(pending).external_name
    assert kept.isprintable()
    assert 0 < len(kept) <= 200
