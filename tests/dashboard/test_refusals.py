"""What the API's verbs refuse, as pages tell it."""

import ast
import re
from pathlib import Path

import pytest

from app.config import Settings
from app.dashboard.refusals import beside, in_an_owners_words, spoken
from app.db import execute
from app.errors import Conflict, InvalidRequest, LimitReached
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner
from tests.dashboard.test_webhooks import delivered, made

APP = Path(__file__).parents[2] / "app"
# What an owner does not know: requests, keys, settings of the hub, and fields by the names that programs have for them.
OF_THE_API = re.compile(r"\b(GET|PUT|POST|DELETE) /|sk_(test|live)_|\b[a-z]+[A-Z]\w+|\b[A-Z]+_[A-Z_]+\b|\bset active\b")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("This webhook is disabled. Set active to true first.", "This webhook is disabled. Press Enable on its page"),
        ("hours needs days. Leave it out to call at any time.", "Choose the days on which it may call. Leave zone"),
        (
            "hours needs timeZone, days, from, to. Leave it out to call at any time.",
            "Give the time zone, choose the days on which it may call, give the time from which it may call, and give",
        ),
        ("hours.from must be a time of day like 09:00.", "The beginning of the hours must be a time of day"),
        ("callAt lies in the past (2026). Give a time to come, or omit it to call now.", "or leave it empty to call"),
        ("What numberProperties holds must be text.", "What the number properties holds must be text."),
        ("Events are kept for 30 days: since can be 2026-03-20 at the earliest.", "choose a time from 2026-03-20 on."),
        ("cursor is not a cursor that a list returned as nextCursor.", "Begin with the newest."),
        ("phoneNumber must be in E.164 format: a plus and 7 to 15 digits.", "must be written with its country: a plus"),
        (
            "email must be an e-mail address, like a@b.com.",
            "This is no e-mail address, like a@b.com.",
        ),
        ("events is empty. Events are: call.completed.", "Choose at least one event."),
        ("Open a file at nine.", "Open a file at nine."),
    ],
)
def test_a_sentence_of_the_api_is_told_in_an_owners_words(message: str, said: str) -> None:
    told = spoken(message)
    assert said in told
    assert not OF_THE_API.search(told)


def test_a_field_that_begins_a_sentence_is_called_by_its_label() -> None:
    refusal = in_an_owners_words(InvalidRequest("since lies in the future.", field="since"))
    assert beside(refusal, "since", "From (UTC)") == "From (UTC) lies in the future."
    assert beside(refusal, "until", "To (UTC)") == ""


def test_what_a_program_needs_of_an_error_is_kept() -> None:
    refusal = in_an_owners_words(Conflict("A call is active.", code="call_active", callId="7"))
    assert (refusal.code, refusal.field, refusal.details) == ("call_active", "phoneNumber", {"callId": "7"})
    assert in_an_owners_words(LimitReached("Wait.", retry_after=5)).details == {"retryAfter": 5}


@pytest.mark.parametrize(
    "file", ["calls/accepting.py", "calls/numbers.py", "crm/connections.py", "crm/trouble.py", "webhooks/rotating.py",
             "webhooks/replaying.py", "webhooks/deliveries.py", "crm/hours.py"],
)  # fmt: skip
def test_no_sentence_of_what_pages_do_speaks_of_the_api(file: str) -> None:
    """Every text of the module that is written as a sentence for somebody, but for what a test key alone may not."""
    for text in _sentences((APP / file).read_text()):
        assert not OF_THE_API.search(spoken(text)), spoken(text)


def _sentences(source: str) -> list[str]:
    tree = ast.parse(source)
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    built = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and isinstance(node.value, ast.Call)]
    first = [call.args[0] for call in (*raised, *built) if call.args]
    texts = [_text(argument) for argument in first if isinstance(argument, ast.Constant | ast.JoinedStr)]
    return [text for text in texts if "an sk_live_ key" not in text]


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in parts)


def test_a_disabled_webhook_is_told_of_with_the_button_that_helps(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    webhook = made(jane, settings)
    delivery = delivered(webhook)
    execute("UPDATE webhook SET active = false, disabled_reason = 'gone' WHERE id = %s", (webhook.id,))
    path = f"/deliveries/{delivery}"
    page = browser.post(f"{path}/retry", browser.get("/webhooks/new").form("/webhooks/new").values)
    assert (page.status, "Press Enable on its page first." in page.text) == (409, True)
    assert "Set active" not in page.text
