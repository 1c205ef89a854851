"""Adding funds: to Stripe and back, and what Stripe tells by itself."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.accounts import tallies
from app.config import Settings
from app.dashboard.application import build
from app.dashboard.pages.top_up import BEGUN, LOOKED
from app.db import db, rows
from tests.billing.stripe_stand_in import Refusal, StandIn
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner
from tests.making import ledger_agrees

BROKEN = Refusal(500, "api_error", "Something went wrong on Stripe's end.")


@pytest.fixture
def stripe() -> Iterator[StandIn]:
    """What stands for Stripe."""
    with StandIn() as listening:
        yield listening


@pytest.fixture
def hub(settings: Settings, stripe: StandIn) -> Flask:
    """A dashboard whose owners can pay."""
    return build(replace(settings, **stripe.settings))


@pytest.fixture
def browser(hub: Flask, jane: Owner) -> Browser:
    return signed_in(hub, jane)


def signed_in(hub: Flask, owner: Owner) -> Browser:
    browser = Browser(hub)
    browser.http.set_cookie("mio", owner.token)
    return browser


def asked(browser: Browser, amount: str = "20") -> Page:
    """What is answered to the form."""
    return browser.send(browser.get("/usage"), "/usage/top-up", follow=False, amount=amount)


def session_of(page: Page) -> str:
    """The session to whose page somebody was led."""
    return urlsplit(page.location).path.removeprefix("/c/pay/")


def balance(owner: Owner) -> int:
    return int(rows("SELECT balance FROM account WHERE id = %s", (owner.account_id,))[0]["balance"])


def payments() -> list[tuple[int, str]]:
    return [(row["cents"], row["status"]) for row in rows("SELECT cents, status FROM payment ORDER BY created_at")]


def told(
    hub: Flask, stripe: StandIn, kind: str, about: Mapping[str, Any], signature: str | None = None, **more: Any
) -> int:
    """Have Stripe tell of something; the status of our answer."""
    payload = stripe.event(kind, about, **more)
    given = {"Stripe-Signature": stripe.signature(payload) if signature is None else signature}
    return hub.test_client().post("/stripe/events", base_url=HOST, data=payload, headers=given).status_code


def test_an_owner_is_led_to_stripes_page_of_the_amount(browser: Browser, jane: Owner, stripe: StandIn) -> None:
    page = asked(browser)
    assert (page.status, page.location) == (303, f"{stripe.url}/c/pay/{session_of(page)}")
    assert stripe.sessions[session_of(page)]["client_reference_id"] == str(jane.account_id)
    assert payments() == [(2000, "open")]


def test_the_page_lets_its_form_lead_to_stripe_and_no_other_page_does(browser: Browser, stripe: StandIn) -> None:
    assert f"form-action 'self' {stripe.url};" in browser.get("/usage").response.headers["Content-Security-Policy"]
    assert "form-action 'self';" in browser.get("/usage/ledger").response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("amount", ["", "0", "-20", "4.99", "500.01", "NaN", "1e3", "9" * 500, "20,50", "<script>"])
def test_an_amount_that_is_none_is_refused_beside_the_field(browser: Browser, stripe: StandIn, amount: str) -> None:
    page = asked(browser, amount)
    assert page.status == 400
    assert 'id="amount-error"' in page.text
    assert '<script>"' not in page.text
    assert stripe.asked == []


def test_what_was_typed_is_still_there_when_it_is_refused(browser: Browser) -> None:
    assert 'value="4.99"' in asked(browser, "4.99").text


def test_a_form_sent_twice_makes_one_payment_and_leads_to_the_same_page(browser: Browser, stripe: StandIn) -> None:
    form = browser.get("/usage")
    first, second = (browser.send(form, "/usage/top-up", follow=False) for _ in range(2))
    assert first.location == second.location
    assert (len(stripe.sessions), len(payments())) == (1, 1)


def test_a_form_that_is_not_ours_makes_no_payment(browser: Browser, stripe: StandIn) -> None:
    assert browser.post("/usage/top-up", {"amount": "20"}).status == 403
    assert stripe.asked == []


def test_a_form_without_its_number_makes_no_payment(browser: Browser, stripe: StandIn) -> None:
    values = browser.get("/usage").form("/usage/top-up").values | {"nonce": "x"}
    assert browser.post("/usage/top-up", values).status == 400
    assert stripe.asked == []


def test_when_stripe_fails_the_form_is_shown_again_with_the_reason(browser: Browser, stripe: StandIn) -> None:
    stripe.fails(BROKEN, BROKEN)
    page = asked(browser)
    assert (page.status, "Nothing was paid" in page.text) == (503, True)
    assert payments() == []


def test_after_a_failure_the_same_form_can_be_sent_again(browser: Browser, stripe: StandIn) -> None:
    form = browser.get("/usage")
    stripe.fails(BROKEN, BROKEN)
    assert browser.send(form, "/usage/top-up", follow=False).status == 503
    assert browser.send(form, "/usage/top-up", follow=False).status == 303


def test_no_database_connection_is_held_while_stripe_is_asked(browser: Browser, stripe: StandIn) -> None:
    stripe.fails(1.0)
    form = browser.get("/usage")
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(browser.send, form, "/usage/top-up", follow=False)
        while not stripe.asked:
            time.sleep(0.01)
        assert len(db._in_use) == 1  # this test's
        assert sent.result().status == 303


def test_an_account_begins_so_many_payments_an_hour(browser: Browser, jane: Owner, stripe: StandIn) -> None:
    for _ in range(BEGUN.most):
        tallies.take(BEGUN, str(jane.account_id))
    refused = asked(browser)
    assert (refused.status, "You have begun many payments. Try again in" in refused.text) == (429, True)
    assert stripe.asked == []


def test_an_account_has_stripe_asked_so_often_an_hour(browser: Browser, jane: Owner, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    before = len(stripe.asked)
    for _ in range(LOOKED.most):
        tallies.take(LOOKED, str(jane.account_id))
    assert browser.get(f"/usage/paid?session={session}").status == 200
    assert len(stripe.asked) == before


def test_who_has_paid_sees_the_money_at_once_even_when_the_event_never_comes(
    browser: Browser, jane: Owner, stripe: StandIn
) -> None:
    led = asked(browser)
    back = stripe.pressed(urlsplit(led.location).path)
    page = browser.get(f"{urlsplit(back).path}?{urlsplit(back).query}")
    assert "Your payment has arrived" in page.text
    assert (balance(jane), payments()) == (2500, [(2000, "paid")])


def test_the_address_to_come_back_to_is_this_hubs(browser: Browser, stripe: StandIn) -> None:
    session = stripe.sessions[session_of(asked(browser))]
    assert session["success_url"] == f"{HOST}/usage/paid?session={{CHECKOUT_SESSION_ID}}"
    assert session["cancel_url"] == f"{HOST}/usage"


def test_a_payment_that_is_known_is_not_asked_for_again(browser: Browser, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    stripe.pays(session)
    browser.get(f"/usage/paid?session={session}")
    before = len(stripe.asked)
    assert "Your payment has arrived" in browser.get(f"/usage/paid?session={session}").text
    assert len(stripe.asked) == before


def test_an_event_credits_the_payment(browser: Browser, hub: Flask, jane: Owner, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    assert told(hub, stripe, "checkout.session.completed", stripe.pays(session)) == 200
    assert (balance(jane), payments()) == (2500, [(2000, "paid")])


def test_events_that_come_again_and_the_owners_return_credit_once(
    browser: Browser, hub: Flask, jane: Owner, stripe: StandIn
) -> None:
    session = session_of(asked(browser))
    about = stripe.pays(session)
    for kind in (
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
    ):
        assert told(hub, stripe, kind, about) == 200
        browser.get(f"/usage/paid?session={session}")
    assert balance(jane) == 2500
    assert ledger_agrees(jane.account_id)


def test_many_events_at_once_credit_once(browser: Browser, hub: Flask, jane: Owner, stripe: StandIn) -> None:
    about = stripe.pays(session_of(asked(browser)))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: told(hub, stripe, "checkout.session.completed", about), range(8)))
    assert (set(answers), balance(jane)) == ({200}, 2500)


def test_a_debit_that_takes_days_is_credited_when_it_has_come(
    browser: Browser, hub: Flask, jane: Owner, stripe: StandIn
) -> None:
    session = session_of(asked(browser))
    told(hub, stripe, "checkout.session.completed", stripe.pays_later(session))
    assert balance(jane) == 500
    assert "often days" in browser.get(f"/usage/paid?session={session}").text
    told(hub, stripe, "checkout.session.async_payment_succeeded", stripe.pays(session))
    assert balance(jane) == 2500


def test_a_debit_that_fails_is_told_and_credits_nothing(
    browser: Browser, hub: Flask, jane: Owner, stripe: StandIn
) -> None:
    session = session_of(asked(browser))
    told(hub, stripe, "checkout.session.async_payment_failed", stripe.pays_later(session))
    assert "did not succeed" in browser.get(f"/usage/paid?session={session}").text
    assert (balance(jane), payments()) == (500, [(2000, "failed")])


def test_a_session_that_expires_is_told_as_such(browser: Browser, hub: Flask, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    told(hub, stripe, "checkout.session.expired", stripe.expires(session))
    assert "Nothing was paid in time" in browser.get(f"/usage/paid?session={session}").text


def test_who_comes_back_without_paying_can_go_on(browser: Browser, stripe: StandIn) -> None:
    led = asked(browser)
    assert "See how it stands" in browser.get("/usage").text
    assert led.location in browser.get(f"/usage/paid?session={session_of(led)}").text


def test_when_stripe_cannot_be_asked_the_page_says_that_nothing_is_lost(browser: Browser, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    stripe.fails(BROKEN, BROKEN)
    page = browser.get(f"/usage/paid?session={session}")
    assert (page.status, "If you have paid" in page.text) == (200, True)


@pytest.mark.parametrize("signature", ["", "nonsense", "t=1,v1=00", "t=1,v1=é"])
def test_an_event_that_stripe_has_not_signed_is_refused(
    browser: Browser, hub: Flask, jane: Owner, stripe: StandIn, signature: str
) -> None:
    about = stripe.pays(session_of(asked(browser)))
    assert told(hub, stripe, "checkout.session.completed", about, signature.encode().decode("latin-1")) == 400
    assert balance(jane) == 500


def test_an_event_signed_long_ago_is_refused(browser: Browser, hub: Flask, jane: Owner, stripe: StandIn) -> None:
    payload = stripe.event("checkout.session.completed", stripe.pays(session_of(asked(browser))))
    old = stripe.signature(payload, at=time.time() - 600)
    answer = hub.test_client().post("/stripe/events", data=payload, headers={"Stripe-Signature": old})
    assert (answer.status_code, balance(jane)) == (400, 500)


@pytest.mark.parametrize(
    "change", [{"amount_total": 1}, {"currency": "jpy"}, {"livemode": True}, {"client_reference_id": "x"}]
)
def test_a_signed_event_of_something_else_credits_nothing(
    browser: Browser, hub: Flask, jane: Owner, stripe: StandIn, change: dict[str, Any]
) -> None:
    about = stripe.pays(session_of(asked(browser))) | change
    assert told(hub, stripe, "checkout.session.completed", about) == 200
    assert balance(jane) == 500


def test_an_event_of_another_shop_is_taken_and_credits_nothing(hub: Flask, jane: Owner, stripe: StandIn) -> None:
    about = {
        "id": "cs_test_other",
        "amount_total": 2000,
        "currency": "usd",
        "payment_status": "paid",
        "livemode": False,
    }
    assert told(hub, stripe, "checkout.session.completed", about | {"client_reference_id": str(jane.account_id)}) == 200
    assert balance(jane) == 500


def test_a_refund_is_told_to_the_operator(
    hub: Flask, jane: Owner, stripe: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    about = {"id": "ch_1", "amount_refunded": 2000, "payment_intent": "pi_17"}
    assert told(hub, stripe, "charge.refunded", about) == 200
    assert "2000 cents of pi_17" in caplog.text
    assert balance(jane) == 500


def test_an_event_may_not_be_larger_than_stripes_are(hub: Flask, stripe: StandIn) -> None:
    assert told(hub, stripe, "checkout.session.completed", {"id": "x" * 300_000}) == 413


def test_another_accounts_payment_is_not_found(browser: Browser, hub: Flask, bob: Owner, stripe: StandIn) -> None:
    session = session_of(asked(browser))
    stripe.pays(session)
    assert signed_in(hub, bob).get(f"/usage/paid?session={session}").status == 404
    assert (balance(bob), payments()) == (500, [(2000, "open")])


@pytest.mark.parametrize(
    "session", ["", "x", "cs_test_unknown", "cs_%00", "cs_" + "a" * 5000, "../../v1/customers/cus_1"]
)
def test_a_session_that_is_none_is_not_found_and_stripe_is_not_asked(
    browser: Browser, stripe: StandIn, session: str
) -> None:
    assert browser.get(f"/usage/paid?session={session}").status == 404
    assert stripe.asked == []


def test_without_a_key_nobody_is_led_anywhere(browser_of: Any, jane: Owner) -> None:
    browser = browser_of(jane)
    values = browser.get("/usage/ledger").forms[0].values | {"amount": "20", "nonce": "0" * 32}
    assert browser.post("/usage/top-up", values).status == 503


def test_the_key_and_the_secret_are_shown_nowhere(browser: Browser, stripe: StandIn) -> None:
    text = browser.get("/usage").text + asked(browser, "0").text
    assert stripe.key not in text
    assert stripe.webhook_secret not in text
