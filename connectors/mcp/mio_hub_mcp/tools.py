"""What each tool does. Its words and schemas are generated; here is its behaviour alone."""

import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import anyio

from mio_hub_mcp import transcript
from mio_hub_mcp.hub import Fields, Hub
from mio_hub_mcp.refusal import Refusal
from mio_hub_mcp.settings import Settings
from mio_hub_mcp.waiting import Places, Tell, until_ended

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What a tool works with: the hub, whose key it is, and whom to tell how far it is."""

    hub: Hub
    key: str
    settings: Settings
    places: Places
    tell: Tell


Given = dict[str, Any]
# Fields are structured output, text is text. Every tool raises Refusal.
Tool = Callable[[Work, Given], Awaitable[Fields | str]]


async def start_call(work: Work, given: Given) -> Fields:
    """Once asked for, the answer is waited for even if the client is not: what rings must be known by its id."""
    name = given.get("idempotencyKey", "").strip() or _fresh()
    body = {field: value for field, value in given.items() if field not in _NOT_SENT}
    try:
        with anyio.CancelScope(shield=True):
            call = await work.hub.post(work.key, "/calls", body, idempotency_key=name)
    except Refusal as refusal:
        raise refusal.under(name) from refusal
    log.info("started call %s", call["id"])
    return call


async def start_call_and_wait(work: Work, given: Given) -> Fields:
    with work.places.one(work.key):
        return await _ended(work, await start_call(work, given), given)


async def wait_for_call(work: Work, given: Given) -> Fields:
    with work.places.one(work.key):
        return await _ended(work, await get_call(work, given), given)


async def cancel_call(work: Work, given: Given) -> Fields:
    return await work.hub.post(work.key, f"/calls/{given['callId']}/cancel", {}, idempotency_key=_fresh())


async def get_call(work: Work, given: Given) -> Fields:
    return await work.hub.get(work.key, f"/calls/{given['callId']}")


async def read_transcript(work: Work, given: Given) -> str:
    return transcript.text(await get_call(work, given))


async def list_calls(work: Work, given: Given) -> Fields:
    query = {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items()}
    page = await work.hub.get(work.key, "/calls", query, has="data")
    page["data"] = [{name: value for name, value in call.items() if name != "transcript"} for call in page["data"]]
    return page


async def find_latest_call(work: Work, given: Given) -> Fields:
    page = await work.hub.get(work.key, "/calls", given | {"limit": 1}, has="data")
    return {"call": next(iter(page["data"]), None)}


async def get_account(work: Work, _: Given) -> Fields:
    return await work.hub.get(work.key, "/me")


def _fresh() -> str:
    """A key for this run of a tool alone."""
    return f"mcp-{uuid.uuid4()}"


async def _ended(work: Work, call: Fields, given: Given) -> Fields:
    seconds = given.get("longestWaitSeconds", work.settings.wait_seconds)
    return await until_ended(work.hub, work.key, call, seconds, work.tell)


_NOT_SENT: Final = frozenset({"idempotencyKey", "longestWaitSeconds"})
TOOLS: Final[dict[str, Tool]] = {
    "start_call": start_call,
    "start_call_and_wait": start_call_and_wait,
    "schedule_call": start_call,
    "cancel_call": cancel_call,
    "get_call": get_call,
    "wait_for_call": wait_for_call,
    "read_transcript": read_transcript,
    "list_calls": list_calls,
    "find_latest_call": find_latest_call,
    "get_account": get_account,
}
