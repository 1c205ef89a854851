"""The dashboard: how soon each page is there when its account has grown large, and what a first visit weighs."""

import gzip
import re
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Final

import psycopg
from psycopg.rows import dict_row

from bench import dashboard_beside, dashboard_rows
from bench.dashboard_rows import CALLS, TOKEN, WEBHOOKS, Account
from bench.hub import running
from bench.load import Result
from bench.report import line, title

TIMES: Final = 60
TARGET_MS: Final = 100
_ASSET: Final = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def main() -> None:
    """Each page in turn over one connection, with a page that asks nothing as the control before and after."""
    title(
        f"Pages of an account with {CALLS:,} calls and {CALLS * WEBHOOKS:,} deliveries, {TIMES} times each, p50 / p95"
    )
    with (
        running(EVENT_RETENTION_DAYS="0") as hub,
        psycopg.connect(hub.settings.database_url, autocommit=True, row_factory=dict_row) as database,
    ):
        account = dashboard_rows.grown(database)
        port = hub.plan.api.number
        before = _asked(port, "/healthz")
        beside = dashboard_beside.pages(database, account.id, account.webhook)
        worst = max(_shown(port, name, path) for name, path in (*((path, path) for path in _pages(account)), *beside))
        after = _asked(port, "/healthz")
        control = Result(latencies=before.latencies + after.latencies)
        line("GET /healthz (control)", _figure(control))
        line("slowest page : control, p95", f"{worst / control.percentile(0.95):.1f}", f"target {TARGET_MS} ms")
        title("Assets of a first visit")
        _weigh(port)


def _pages(account: Account) -> Sequence[str]:
    """Every list with its filters, rare and common, and every page of one thing."""
    webhook = f"/webhooks/{account.webhook}"
    searches = ("xylophone", "parcel", "nobody", "arrived", "%2B15550001", "Sam", "Customer 49")
    return (
        "/start",
        "/calls",
        *(f"/calls?status={status}" for status in ("completed", "failed", "no-answer", "scheduled")),
        *(f"/calls?q={words.replace(' ', '+')}" for words in searches),
        "/calls?q=xylophone&status=failed",
        "/calls?mode=live",
        f"/calls/{account.call}",
        f"/calls/{account.call}/live",
        "/calls/new",
        "/playground",
        "/webhooks",
        webhook,
        *(f"{webhook}?status={status}" for status in ("succeeded", "failed", "skipped", "pending")),
        f"{webhook}?event=call.completed",
        f"{webhook}?event=call.started",
        f"{webhook}?event=call.voicemail",
        f"{webhook}?event=batch.completed",
        f"/deliveries/{account.delivery}",
        f"/deliveries/{account.failed}",
        "/usage",
        "/usage?days=90",
        "/usage/ledger",
        "/settings/integrations",
        "/settings/crm",
        "/settings/profile",
        "/settings/security",
    )


def _shown(port: int, name: str, path: str) -> float:
    asked = _asked(port, path)
    statuses = ", ".join(asked.statuses)
    note = "" if statuses == "200" else f"answered {statuses}"
    line(re.sub(r"[0-9a-f-]{36}", ":id", name), _figure(asked), note)
    return asked.percentile(0.95)


def _figure(asked: Result) -> str:
    return f"{asked.percentile(0.5):.1f} / {asked.percentile(0.95):.1f} ms"


def _asked(port: int, path: str) -> Result:
    result, connection = Result(), HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"mio={TOKEN}", "Host": f"127.0.0.1:{port}"}
    for number in range(TIMES + 3):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if number >= 3:  # the first ones warm up
            result.latencies.append(time.perf_counter() - began)
            result.statuses[str(answer.status)] += 1
    connection.close()
    return result


def _weigh(port: int) -> None:
    """What a browser loads beside the page, as it is and as a proxy in front would compress it."""
    for path in ("/sign-in", "/calls", "/usage"):
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        cookie = {} if path == "/sign-in" else {"Cookie": f"mio={TOKEN}"}
        connection.request("GET", path, headers=cookie)
        html = connection.getresponse().read().decode()
        found = {asset.split("#")[0] for asset in _ASSET.findall(html)}
        plain = small = 0
        for asset in found:
            connection.request("GET", asset)
            body = connection.getresponse().read()
            plain, small = plain + len(body), small + len(gzip.compress(body))
        connection.close()
        line(path, f"{plain / 1000:.0f} kB", f"{len(found)} files, {small / 1000:.0f} kB compressed")
