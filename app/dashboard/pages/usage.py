"""What was used and what it cost: the balance, charts, and the ledger."""

from datetime import date
from typing import Any, Final

from flask import Blueprint, g, request

from app.billing import counting, history, payments
from app.billing.payments import LEAST_CENTS, MOST_CENTS
from app.dashboard.address import Address
from app.dashboard.charts import Chart, calls_chart, cents_chart, minutes_chart, webhooks_chart
from app.dashboard.context import account_id, checkout, mode, settings
from app.dashboard.views import Shown, shows
from app.times import today
from app.webhooks import statistics

usage = Blueprint("usage", __name__)

SPANS: Final = (7, 30, 90)
USUAL: Final = 30


@usage.get("/usage")
@shows("usage/index.html")
def index() -> Shown:
    """The balance and the charts of some days."""
    return overview()


@usage.get("/usage/ledger")
@shows("usage/ledger.html")
def ledger() -> Shown:
    """The entries of the ledger, newest first."""
    moved = request.args.get("show") != "all"
    found, cursor = history.entries(account_id(), moved=moved, cursor=request.args.get("cursor"))
    return {"entries": found, "cursor": cursor, "moved": moved}


def overview() -> dict[str, Any]:
    """What the page of usage shows; also when a top-up or a file that was asked for there was refused."""
    days, exported = _days(request.args.get("days", "")), Address(request.args)
    exported.days()
    till = checkout()
    if till.ready:
        g.form_targets = [till.origin]
    return {
        "charts": _charts(days, today().date()),
        "days": days,
        "exported": exported.typed,
        "errors": exported.errors,
        "spans": SPANS,
        "till": till,
        "under_way": payments.under_way(account_id()) if till.ready else [],
        "least": LEAST_CENTS,
        "most": MOST_CENTS,
        "tariff": settings().tariff_cents_per_minute,
    }


def _days(asked: str) -> int:
    return next((span for span in SPANS if asked == str(span)), USUAL)


def _charts(days: int, last: date) -> list[Chart]:
    called = counting.by_day(account_id(), mode(), last=last, days=days)
    tried = statistics.by_day(account_id(), mode(), last=last, days=days)
    return [calls_chart(called), minutes_chart(called), cents_chart(called), webhooks_chart(tried)]
