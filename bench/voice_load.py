"""The load: live calls that speak ConversationRelay, each thinking 1 to 3 s between its turns."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field

from bench.voice_model import FIRST_TOKEN_SECONDS
from bench.voice_wire import Closed, Wire

ACCOUNT = "AC" + "5a" * 16


@dataclass(frozen=True, slots=True)
class Line:
    """Where one call's relay is, and what its handshake carries."""

    port: int
    path: str
    sid: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Turns:
    """Milliseconds that the server added to the model's, for each turn but a call's first."""

    added: list[float] = field(default_factory=list)
    ended_at: list[float] = field(default_factory=list)
    failed: int = 0

    def between(self, start: float, end: float) -> int:
        """How many turns of any kind ended in this span of the monotonic clock."""
        return sum(start <= moment < end for moment in self.ended_at)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.added) or [float("nan")]
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def talk(lines: list[Line], seconds: float) -> Turns:
    """Hold all these calls at once for so long; what their turns took."""
    turns = Turns()
    asyncio.run(_all(lines, seconds, turns))
    return turns


async def _all(lines: list[Line], seconds: float, turns: Turns) -> None:
    await asyncio.gather(*(_call(line, place, len(lines), seconds, turns) for place, line in enumerate(lines)))


async def _call(line: Line, place: int, count: int, seconds: float, turns: Turns) -> None:
    chance = random.Random(place)
    await asyncio.sleep(2.0 * place / count)
    until = time.monotonic() + seconds
    try:
        wire = await Wire.connect("127.0.0.1", line.port, line.path, line.headers)
        wire.send(json.dumps(_setup(line)))
        number = 0
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(1.0, 3.0))
            added = await _turn(wire, number)
            turns.ended_at.append(time.monotonic())
            if number:
                turns.added.append(added)
            number += 1
        wire.close()
    except (Closed, OSError):
        turns.failed += 1


async def _turn(wire: Wire, number: int) -> float:
    wire.send(
        json.dumps({"type": "prompt", "voicePrompt": f"Question number {number}?", "lang": "en-US", "last": True})
    )
    asked, first = time.perf_counter(), 0.0
    while True:
        frame = json.loads(await wire.receive())
        if frame["type"] != "text":
            continue
        if frame["token"] and not first:
            first = time.perf_counter()
        if frame.get("last"):
            return (first - asked - FIRST_TOKEN_SECONDS) * 1000


def _setup(line: Line) -> dict[str, object]:
    return {
        "type": "setup",
        "sessionId": "VX" + line.sid[2:],
        "accountSid": ACCOUNT,
        "callSid": line.sid,
        "from": "+15550100100",
        "to": "+15551234567",
        "direction": "outbound-api",
        "callType": "PSTN",
        "callStatus": "IN-PROGRESS",
        "customParameters": {},
    }
