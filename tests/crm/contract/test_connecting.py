"""Every CRM is connected by a link, starts in test mode, belongs to one account, and can be left."""

import urllib.parse
from datetime import timedelta

import pytest

from app.times import now
from tests.crm.contract.site import Site, a_number, secret_texts, visit
from tests.hub import wait_until

BARRED = "UPDATE crm_connection SET barred_until = %(until)s WHERE id = %(id)s"
STATE = "SELECT status, credentials FROM crm_connection WHERE id = %s"


def with_query(url: str, **changed: str) -> str:
    parts = urllib.parse.urlsplit(url)
    query = dict(urllib.parse.parse_qsl(parts.query)) | changed
    return parts._replace(query=urllib.parse.urlencode(query)).geturl()


def test_a_person_who_agrees_makes_it_active_in_test_mode(site: Site) -> None:
    assert site.link().json["status"] == "pending"
    page = visit(site.cloud.grant(site.connection["authorizeUrl"]))
    assert page.status == 200
    found = site.look()
    assert (found["status"], found["mode"], found["externalId"]) == ("active", "test", site.cloud.external_id)


def test_the_page_after_agreeing_says_so_in_words(site: Site) -> None:
    site.link()
    page = visit(site.cloud.grant(site.connection["authorizeUrl"]))
    assert site.platform.name in page.text


def test_a_state_works_once(site: Site) -> None:
    site.link()
    back = site.cloud.grant(site.connection["authorizeUrl"])
    assert visit(back).status == 200
    assert visit(back).status == 400
    assert site.look()["status"] == "active"


def test_a_state_that_is_not_ours_connects_nothing(site: Site) -> None:
    site.link()
    back = site.cloud.grant(site.connection["authorizeUrl"])
    assert visit(with_query(back, state="x" * 43)).status == 400
    assert site.look()["status"] == "pending"


def test_a_link_is_good_for_ten_minutes(site: Site) -> None:
    site.link()
    back = site.cloud.grant(site.connection["authorizeUrl"])
    site.hub.rows("UPDATE crm_connection SET state_until = now() - interval '1 second' WHERE id = %s", (site.id,))
    assert visit(back).status == 400
    assert site.look()["status"] == "pending"


def test_who_does_not_agree_can_be_asked_again(site: Site) -> None:
    site.link()
    assert visit(site.cloud.deny(site.connection["authorizeUrl"])).status == 400
    assert site.look()["status"] == "pending"
    again = site.hub.post(f"/crm/connections/{site.id}/authorize", {}, site.holder.test_key)
    assert visit(site.cloud.grant(again.json["authorizeUrl"])).status == 200
    assert site.look()["status"] == "active"


def test_what_another_account_has_connected_is_not_taken_from_it(site: Site) -> None:
    site.connect()
    other = Site(site.hub, site.cloud, site.platform, site.hub.account())
    other.link()
    assert visit(site.cloud.grant(other.connection["authorizeUrl"])).status == 409
    assert other.look()["status"] != "active"
    assert site.look()["status"] == "active"
    other.clear()


def test_tokens_lie_sealed_and_are_never_shown(site: Site) -> None:
    shown = site.connect()
    sealed = bytes(site.hub.rows(STATE, (site.id,))[0]["credentials"])
    assert sealed.startswith(b"gAAAA") or b"token" not in sealed
    assert not [name for name in shown if "token" in name.lower() or "credential" in name.lower()]
    assert "Bearer" not in secret_texts(site.hub.rows("SELECT * FROM crm_request WHERE connection_id = %s", (site.id,)))


def test_a_test_key_does_not_make_it_live(site: Site) -> None:
    site.connect()
    answer = site.hub.put(f"/crm/connections/{site.id}", {"mode": "live"}, site.holder.test_key)
    assert answer.status == 403
    assert site.look()["mode"] == "test"


def test_another_account_finds_nothing_of_it(site: Site) -> None:
    site.connect()
    rule = site.rule()
    site.hub.post("/crm/calls", site.flow_call(a_number()), site.holder.test_key)
    enrolment = site.enrolments()[0]["id"]
    stranger = site.hub.account().live_key
    asked = {
        ("GET", f"/crm/connections/{site.id}"): None,
        ("PUT", f"/crm/connections/{site.id}"): {"name": "Mine"},
        ("DELETE", f"/crm/connections/{site.id}"): None,
        ("POST", f"/crm/connections/{site.id}/authorize"): {},
        ("GET", f"/crm/connections/{site.id}/requests"): None,
        ("POST", "/crm/rules"): site.rule_body(),
        ("GET", f"/crm/rules/{rule['id']}"): None,
        ("PUT", f"/crm/rules/{rule['id']}"): {"active": False},
        ("DELETE", f"/crm/rules/{rule['id']}"): None,
        ("POST", f"/crm/rules/{rule['id']}/dry-run"): {},
        ("GET", f"/crm/enrolments/{enrolment}"): None,
        ("POST", f"/crm/enrolments/{enrolment}/retry"): {},
        ("POST", "/crm/calls"): site.flow_call(a_number()),
    }
    given = {request: site.hub.ask(*request, stranger, body).status for request, body in asked.items()}
    assert set(given.values()) == {404}, given
    for listed in ("/crm/connections", "/crm/rules", "/crm/enrolments"):
        assert site.hub.get(listed, stranger).json["data"] == []
    assert site.look()["status"] == "active"


def test_disconnecting_forgets_the_tokens_and_tells_the_crm(site: Site) -> None:
    site.connect()
    before = len(site.cloud.requests)
    assert site.hub.ask("DELETE", f"/crm/connections/{site.id}", site.holder.test_key).status == 200

    def left() -> bool:
        state = site.hub.rows(STATE, (site.id,))[0]
        return state["status"] == "disconnected" and state["credentials"] is None

    wait_until(left, seconds=30)
    assert len(site.cloud.requests) > before


def test_what_is_disconnected_starts_no_more_calls(site: Site) -> None:
    site.connect()
    rule, record = site.rule(), site.person(a_number())
    site.hub.ask("DELETE", f"/crm/connections/{site.id}", site.holder.test_key)
    site.tell(record, rule=rule)
    assert site.enrolments() == []


def test_what_waited_when_it_was_disconnected_is_not_called(site: Site) -> None:
    site.connect()
    rule = site.rule()
    site.hub.rows(BARRED, {"until": now() + timedelta(hours=1), "id": site.id})
    site.change(site.person(a_number()), rule=rule)
    site.hub.ask("DELETE", f"/crm/connections/{site.id}", site.holder.test_key)
    site.hub.rows(BARRED, {"until": None, "id": site.id})
    assert site.refusal()["code"] == "connection_ended"
    wait_until(lambda: site.look()["status"] == "disconnected", seconds=30)
    assert site.calls() == []


def test_what_was_disconnected_can_be_connected_by_another_account(site: Site) -> None:
    site.connect()
    site.hub.ask("DELETE", f"/crm/connections/{site.id}", site.holder.test_key)
    wait_until(lambda: site.look()["status"] == "disconnected", seconds=30)
    other = Site(site.hub, site.cloud, site.platform, site.hub.account())
    assert other.connect()["status"] == "active"
    other.clear()


@pytest.mark.parametrize("field", [{"platform": "nothing"}, {"defaultCountry": "XX"}, {"logs": "some"}, {"colour": 1}])
def test_a_connection_that_cannot_be_is_refused_by_the_field(site: Site, field: dict[str, object]) -> None:
    answer = site.link(**field)
    assert (answer.status, answer.json["field"]) == (400, next(iter(field)))
