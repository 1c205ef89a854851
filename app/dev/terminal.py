"""What `make run` shows: plain lines, coloured when a person is looking."""

import textwrap
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO

from app.dev.demo_keys import Keys
from app.dev.receiver import Receipt

_WIDTH: Final = 100
_SPEAKERS: Final = {"agent": ("Agent", "36"), "human": ("Human", "33")}
_SHOWN_HEADERS: Final = ("x-mio-", "webhook-", "content-type", "user-agent")
_NEXT: Final = """\
Try next:

  . {file}
  curl -H "X-API-Key: $MIO_TEST_KEY" -H "Content-Type: application/json" "$MIO_URL/api/v1/calls" \\
    -d '{{"phoneNumber": "+15551234567", "instructions": "Ask whether there is a table for two tonight at 8."}}'
  curl -H "X-API-Key: $MIO_TEST_KEY" "$MIO_URL/api/v1/calls?limit=1"

Ctrl-C stops everything."""


class Terminal:
    """Writes to one stream, at once."""

    def __init__(self, stream: TextIO, *, colour: bool) -> None:
        self._stream = stream
        self._colour = colour

    def line(self, text: str = "") -> None:
        with suppress(BrokenPipeError):  # nobody reads any more; the hub goes on
            print(text, file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        self.line(f"\n{self._paint(text, '1')}\n")

    def status(self, status: str) -> None:
        self.line(self._paint(f"         ({status})", "2"))

    def turn(self, role: str, text: str) -> None:
        name, colour = _SPEAKERS[role]
        first, *rest = textwrap.wrap(text, _WIDTH - 9) or [""]
        self.line(f"  {self._paint(name, colour)}  {first}")
        for part in rest:
            self.line(f"         {part}")

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names and values, in two columns."""
        listed = list(pairs)
        width = max(len(name) for name, _ in listed)
        for name, value in listed:
            self.line(f"  {name:<{width}}  {value}")

    def webhook(self, receipt: Receipt) -> None:
        """A webhook as it was received, with what it says about its call."""
        self.heading("The webhook, as a receiver on this machine got it")
        call = receipt.event["call"]
        self.pairs((name, value) for name, value in receipt.headers.items() if name.lower().startswith(_SHOWN_HEADERS))
        self.line()
        self.pairs(
            [
                ("signature", self.verdict(receipt)),
                ("event", f"{receipt.event['event']}, call {call['id']}"),
                ("status", f"{call['status']} ({call['endReason']})"),
                ("summary", textwrap.fill(call["summary"], _WIDTH, subsequent_indent=" " * 13)),
                ("cost", f"{call['cost']} cents"),
                ("duration", f"{call['duration']} s"),
            ]
        )

    def later_webhook(self, receipt: Receipt) -> None:
        """Any event that comes after the demo, in two lines; those that tell of no call in one."""
        event, call = receipt.event["event"], receipt.event.get("call", {})
        about = f": call {call['id']} {call['status']}" if call else ""
        self.line(f"\nWebhook {event}{about}, signature {self.verdict(receipt)}")
        if summary := call.get("summary"):
            self.line(f"  {textwrap.fill(summary, _WIDTH, subsequent_indent='  ')}")

    def next_steps(self, url: str, keys: Keys, file: Path, log: Path, *, live: bool) -> None:
        """Where everything is, and a command to try. `live` says whether the live key can ring phones."""
        rings = "rings phones, and costs" if live else "rings phones, once a carrier is set up: see README"
        self.heading("The hub is up")
        self.pairs(
            [
                ("dashboard", f"{url}/"),
                ("sign in as", f"{keys.email}  with the password  {keys.password}"),
                ("API", f"{url}/api/v1"),
                ("reference", f"{url}/docs"),
                ("test key", f"{keys.test}  (calls people in the sandbox, costs nothing)"),
                ("live key", f"{keys.live}  ({rings})"),
                ("for scripts", f". {_near(file)}  sets MIO_URL, MIO_TEST_KEY, MIO_LIVE_KEY, MIO_EMAIL, MIO_PASSWORD"),
                ("logs", f"{_near(log)}/*.log"),
            ]
        )
        self.line()
        self.line(_NEXT.format(file=_near(file)))

    def verdict(self, receipt: Receipt) -> str:
        """Whether the signature is right, in words."""
        if receipt.genuine:
            return self._paint("valid", "32") + " (HMAC-SHA256 of timestamp and body, computed anew by the receiver)"
        return self._paint("NOT VALID", "31")

    def _paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text


def _near(path: Path) -> str:
    """The path as it is typed in the present folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
