"""The library against Stripe's protocol: what is asked, what is made of its failures, which events are believed."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from app.billing.checkout import Checkout, Reversal
from app.billing.payments import Session
from app.config import Settings
from app.errors import InvalidRequest, NotFound, Unavailable
from tests.billing.stripe_stand_in import Refusal, StandIn

ACCOUNT = str(uuid4())
BUSY = Refusal(429, "invalid_request_error", "Too many requests.", "rate_limit")
BROKEN = Refusal(500, "api_error", "Something went wrong on Stripe's end.")


def opened(checkout: Checkout, cents: int = 2000, once: str = "nonce") -> Session:
    urls = {"paid_url": "https://hub.example/usage/paid", "back_url": "https://hub.example/usage"}
    return checkout.open(ACCOUNT, cents, once=once, **urls)


def test_a_session_is_asked_for_with_the_account_the_amount_and_our_addresses(
    checkout: Checkout, stripe: StandIn
) -> None:
    session = opened(checkout)
    asked = stripe.asked[0]
    assert asked.form["client_reference_id"] == ACCOUNT
    assert asked.form["line_items[0][price_data][unit_amount]"] == "2000"
    assert asked.form["success_url"] == "https://hub.example/usage/paid?session={CHECKOUT_SESSION_ID}"
    assert asked.form["payment_intent_data[metadata][mio_hub_account]"] == ACCOUNT
    assert (session.account, session.cents, session.currency, session.paid) == (ACCOUNT, 2000, "usd", False)
    assert session.url == f"{stripe.url}/c/pay/{session.id}"


def test_the_version_of_the_api_is_that_of_the_library(checkout: Checkout, stripe: StandIn) -> None:
    opened(checkout)
    assert stripe.asked[0].headers["stripe-version"] == "2026-10-28.endive"


def test_a_form_sent_twice_makes_one_session(checkout: Checkout, stripe: StandIn) -> None:
    assert opened(checkout) == opened(checkout)
    assert len(stripe.sessions) == 1


def test_another_amount_is_another_session(checkout: Checkout) -> None:
    assert opened(checkout, 2000).id != opened(checkout, 2500).id


def test_a_page_that_is_not_stripes_is_led_to_by_nobody(paying: Settings) -> None:
    with pytest.raises(Unavailable):
        opened(Checkout(replace(paying, stripe_checkout_host="checkout.stripe.com")))


def test_an_error_that_passes_is_tried_again_under_the_same_key(checkout: Checkout, stripe: StandIn) -> None:
    stripe.fails(BROKEN)
    assert opened(checkout).cents == 2000
    assert len({asked.headers["idempotency-key"] for asked in stripe.asked}) == 1


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ([BROKEN, BROKEN], "cannot be reached"),
        ([BUSY], "cannot be reached"),
        ([Refusal(401, "invalid_request_error", "Invalid API Key provided.")], "Tell who runs this hub"),
        ([Refusal(402, "card_error", "Your card was declined.", "card_declined")], "Tell who runs this hub"),
        ([Refusal(400, "invalid_request_error", "Amount too small.", "amount_too_small")], "Tell who runs this hub"),
        ([Refusal(403, "invalid_request_error", "This key may not.")], "Tell who runs this hub"),
    ],
)
def test_an_owner_is_told_what_a_failure_means(
    checkout: Checkout, stripe: StandIn, failures: list[Refusal], words: str
) -> None:
    stripe.fails(*failures)
    with pytest.raises(Unavailable, match=words):
        opened(checkout)


def test_a_stripe_that_does_not_answer_is_not_waited_for(paying: Settings, stripe: StandIn) -> None:
    stripe.fails(1.0, 1.0)
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        opened(Checkout(paying, read_seconds=0.1))
    assert time.monotonic() - begun < 3


def test_a_stripe_that_is_not_there_is_told_as_such(paying: Settings) -> None:
    with pytest.raises(Unavailable):
        opened(Checkout(replace(paying, stripe_base_url="http://127.0.0.1:1")))


def test_a_session_is_looked_at_as_it_stands(checkout: Checkout, stripe: StandIn) -> None:
    session = opened(checkout)
    stripe.pays(session.id)
    assert checkout.look(session.id).paid


def test_a_session_that_stripe_does_not_know_is_not_found(checkout: Checkout) -> None:
    with pytest.raises(NotFound):
        checkout.look("cs_test_nobody's")


def test_an_event_of_a_session_tells_of_it(checkout: Checkout, stripe: StandIn) -> None:
    session = opened(checkout)
    payload = stripe.event("checkout.session.completed", stripe.pays(session.id))
    heard = checkout.hear(payload, stripe.signature(payload))
    assert isinstance(heard, Session)
    assert (heard.id, heard.paid) == (session.id, True)


def test_a_payment_that_failed_later_is_told_as_refused(checkout: Checkout, stripe: StandIn) -> None:
    session = opened(checkout)
    payload = stripe.event("checkout.session.async_payment_failed", stripe.pays_later(session.id))
    heard = checkout.hear(payload, stripe.signature(payload))
    assert isinstance(heard, Session)
    assert (heard.paid, heard.refused) == (False, True)


def test_a_refund_is_told_with_its_payment(checkout: Checkout, stripe: StandIn) -> None:
    payload = stripe.event("charge.refunded", {"id": "ch_1", "amount_refunded": 500, "payment_intent": "pi_1"})
    assert checkout.hear(payload, stripe.signature(payload)) == Reversal("charge.refunded", "pi_1", 500)


def test_other_events_are_no_concern_of_ours(checkout: Checkout, stripe: StandIn) -> None:
    payload = stripe.event("customer.created", {"id": "cus_1"})
    assert checkout.hear(payload, stripe.signature(payload)) is None


def test_an_event_is_believed_only_if_stripe_has_signed_it_just_now(checkout: Checkout, stripe: StandIn) -> None:
    payload = stripe.event("checkout.session.completed", {"id": "cs_1"})
    good = stripe.signature(payload)
    for sent, signature in (
        (payload, ""),
        (payload, "nonsense"),
        (payload, "t=1,v1=é"),
        (payload, f"t={'9' * 5000},v1=00"),
        (payload, stripe.signature(payload, secret="whsec_other")),
        (payload, stripe.signature(payload, at=time.time() - 301)),
        (payload, good.replace("v1=", "v0=")),
        (payload + b" ", good),
        (b"\xff", stripe.signature(b"\xff")),
        (b"no json", stripe.signature(b"no json")),
    ):
        with pytest.raises(InvalidRequest):
            checkout.hear(sent, signature)


def test_nothing_is_believed_while_no_secret_is_set(paying: Settings, stripe: StandIn) -> None:
    payload = stripe.event("checkout.session.completed", {"id": "cs_1"})
    for secret in ("", " "):
        with pytest.raises(InvalidRequest):
            Checkout(replace(paying, stripe_webhook_secret="")).hear(payload, stripe.signature(payload, secret=secret))


def test_whether_money_is_real_is_told_by_the_key(paying: Settings) -> None:
    assert not Checkout(paying).live
    assert Checkout(replace(paying, stripe_secret_key="rk_live_1")).live
