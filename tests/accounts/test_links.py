"""What a token allows, and how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.accounts import links
from app.accounts.links import LIFETIMES, Kind, LinkGone
from app.db import db, execute, rows

pytestmark = pytest.mark.usefixtures("database")


def test_a_token_leads_to_what_was_asked() -> None:
    link = links.look(links.issue("sign_up", {"email": "ann@example.com"}), "sign_up")
    assert link.asked == {"email": "ann@example.com"}


def test_a_token_is_not_kept() -> None:
    token = links.issue("sign_up", {})
    assert token not in str(rows("SELECT * FROM link"))
    assert len(token) == 43


@pytest.mark.parametrize(
    ("kind", "hours"), [("sign_up", 24.0), ("reset", 1.0), ("email", 24.0), ("invite", 168.0), ("code", 1 / 6)]
)
def test_links_hold_for_a_time(kind: Kind, hours: float) -> None:
    token = links.issue(kind, {})
    execute("UPDATE link SET expires_at = expires_at - %s", (timedelta(hours=hours, seconds=-30),))
    assert links.look(token)
    execute("UPDATE link SET expires_at = expires_at - interval '31 seconds'")
    with pytest.raises(LinkGone):
        links.look(token)


def test_a_link_of_another_kind_is_none() -> None:
    token = links.issue("code", {})
    with pytest.raises(LinkGone):
        links.look(token, "sign_up", "reset", "email", "invite")


@pytest.mark.parametrize("token", ["", "x", "x" * 101, "x" * 100_000, "\x00", "\ud800"])
def test_an_unknown_token_leads_nowhere(token: str) -> None:
    with pytest.raises(LinkGone):
        links.look(token)


def test_a_link_is_spent_once_however_many_use_it_at_once() -> None:
    link = links.look(links.issue("sign_up", {}))

    def spent(_number: int) -> bool:
        with db.connection_context(), db.atomic():
            try:
                links.spend(link)
            except LinkGone:
                return False
            return True

    with ThreadPoolExecutor(8) as crew:
        assert sum(crew.map(spent, range(8))) == 1


def test_a_link_that_grew_too_old_while_one_looked_at_it_is_not_spent() -> None:
    link = links.look(links.issue("sign_up", {}))
    execute("UPDATE link SET expires_at = now() - interval '1 second'")
    with pytest.raises(LinkGone):
        links.spend(link)


def test_lifetimes_are_those_that_the_e_mails_tell() -> None:
    assert (LIFETIMES["reset"], LIFETIMES["invite"]) == (timedelta(hours=1), timedelta(days=7))
