"""Who answers at the sandbox's numbers: the one list that the sandbox, the playground and README agree on."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Role:
    """`name` is a few words for a list to choose from, `happens` what a call to `number` meets."""

    number: str
    name: str
    happens: str


YOU: Final = "+15550100016"

CAST: Final = (
    Role("+15550100001", "A person who helps", "answers after three seconds, and helps"),
    Role("+15550100002", "A busy line", "busy"),
    Role("+15550100003", "Nobody", "no answer"),
    Role("+15550100004", "Voicemail", "a machine answers; no message is left"),
    Role("+15550100005", "Somebody in a hurry", "hangs up in the middle"),
    Role("+15550100006", "Somebody impatient", "interrupts"),
    Role("+15550100007", "Somebody who wants a person", "asks for a person"),
    Role("+15550100008", "A phone menu", "a machine asks for a key; behind it is a person"),
    Role("+15550100009", "Somebody silent", "answers and stays silent"),
    Role("+15550100010", "A wrong number", "the carrier refuses the number"),
    Role("+15550100011", "A carrier that fails", "the carrier fails"),
    Role("+15550100012", "A carrier at its limit", "the carrier is rate-limited at first"),
    Role("+15550100013", "A carrier that falls silent", "the carrier accepts and never calls back"),
    Role("+15550100014", "Somebody who breaks the model", "says a phrase on which the model fails"),
    Role("+15550100015", "Somebody who wants no calls", "asks never to be called again"),
    Role(YOU, "You", "you answer, and type what you say, in the playground"),
)


def lives_in_real_time(number: str) -> bool:
    """Whether who answers at this number of the sandbox is a person at a keyboard, for whom no time runs faster."""
    return number == YOU
