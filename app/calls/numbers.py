"""Which numbers may be called. By syntax and by prefix only: the API document's own examples are no valid numbers."""

import re
from typing import Final

from app.cast import CAST
from app.errors import InvalidRequest

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_BETWEEN: Final = re.compile(r"[\s().\-/\u2010-\u2015]")
_LONGEST: Final = 40

# Short emergency codes behind a country code are too short for E.164 and refused by its syntax already; what is
# left are the service codes N11 of the North American plan, which some carriers route to emergency centres.
_EMERGENCY: Final = re.compile(r"\+1[2-9]11|\+\d{1,3}(112|911|999)$")

# Premium-rate and satellite ranges by country (ITU-T E.164 assignments and national numbering plans).
_PREMIUM: Final = (
    "+1900", "+979", "+870", "+881", "+882", "+883",
    "+449", "+44871", "+44872", "+44873",
    "+49900", "+49137", "+33899", "+3389",
    "+34803", "+34806", "+34807", "+34905",
    "+39892", "+39895", "+39899", "+43900", "+43930", "+43931", "+41900", "+41901", "+41906",
    "+31900", "+31906", "+31909", "+32900", "+32903", "+32905", "+32906", "+32907", "+32909",
    "+46900", "+46939", "+46944", "+351760", "+351761", "+351762", "+61190", "+64900", "+81990", "+8260",
)  # fmt: skip

SANDBOX: Final = tuple(role.number for role in CAST)


def bare(typed: str) -> str:
    """A number as people write it, without its spaces, dashes, dots and brackets; cut where no number is so long."""
    return _BETWEEN.sub("", typed)[:_LONGEST]


def prefixes(text: str) -> tuple[str, ...]:
    """The prefixes in a list like `+1,+44`; a plus may be left out."""
    return tuple(f"+{part.strip(' +')}" for part in text.split(",") if part.strip(" +"))


def check_callable(number: str, *, live: bool, allowed: tuple[str, ...] = ()) -> None:
    """Raises InvalidRequest, blaming `phoneNumber`, for a number that must not or cannot be called.

    Live calls go to numbers that begin with one of `allowed`; without any, to every number that is not refused.
    """
    if _EMERGENCY.match(number):
        raise _refused("Emergency and service numbers cannot be called.", "emergency_number")
    if not E164.fullmatch(number):
        raise _refused("phoneNumber must be in E.164 format: a plus and 7 to 15 digits, like +15551234567.", None)
    if number.startswith(_PREMIUM):
        raise _refused("Premium-rate numbers cannot be called.", "premium_number")
    if live and number in SANDBOX:
        raise _refused("This is a number of the sandbox: call it with an sk_test_ key.", "sandbox_number")
    if live and allowed and not number.startswith(allowed):
        raise _refused(f"This hub calls only numbers that begin with {', '.join(allowed)}.", "destination_not_allowed")


def _refused(message: str, code: str | None) -> InvalidRequest:
    return InvalidRequest(message, code=code, field="phoneNumber")
