"""Reads the TwiML that the sandbox's calls are answered with: what ConversationRelay needs, and Hangup."""

from dataclasses import dataclass
from xml.etree import ElementTree

MAX_TWIML = 64 * 1024


@dataclass(frozen=True, slots=True)
class ConnectRelay:
    """`<Connect action><ConversationRelay url welcomeGreeting/></Connect>`"""

    url: str
    greeting: str
    action: str
    events: frozenset[str]


def read(text: str) -> ConnectRelay | None:
    """The relay to connect, or None to hang up: for `<Hangup/>` and for anything that cannot be understood."""
    if len(text) > MAX_TWIML or "<!" in text:  # no declarations: nothing to expand
        return None
    try:
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError:
        return None
    connect = root.find("Connect")
    session = connect.find("ConversationRelay") if connect is not None else None
    if connect is None or session is None or not session.get("url"):
        return None
    return ConnectRelay(
        url=session.get("url", ""),
        greeting=session.get("welcomeGreeting", ""),
        action=connect.get("action", ""),
        events=frozenset(session.get("events", "").split()),
    )
