"""Phone numbers as people write them into CRMs. Pure.

A number is read, never judged: that it could be one by its length is enough, and what is E.164 already is taken as it
stands. What might be two numbers, or another than the one that is meant, is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import (
    Leniency,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    ValidationResult,
)

from app.calls.numbers import E164
from app.crm.countries import is_country
from app.errors import InvalidRequest

LONGEST: Final = 200  # characters of a text in which a number is looked for
MOST_SPELLINGS: Final = 12
_LEAST: Final = 7  # digits of a number that stands by itself

# What people write before an extension; a comma or a `p` is a dialler's pause.
_EXTENSION: Final = re.compile(
    r"(?P<number>.*[\dA-Za-z)].*?)[\s,;.(-]*"
    r"(?:;ext=|\bext(?:ension|n|\.)?\b|extensi[óo]n|(?<=[\d)\s])[x~#pw]|durchwahl|\bdw\b|nebenstelle|\bnst\b|\bposte\b|"
    r"\bramal\b|\banexo\b|\binterno\b|\bint\b|\btoestel\b|\bwewn?\b|доб(?:авочный)?|[,;]+|#)"
    r"[\s.:#=-]*(?P<extension>\d{1,7})\D*",
    re.IGNORECASE,
)
_PAUSED: Final = re.compile(r".*[,;]\s*\d{7}\s*")  # seven digits behind a comma are a number, not an extension
_APART: Final = re.compile(r"[,;|&\n]|/|\b(?:or|and|oder|und|ou|et)\b|(?<=\d)\s*(?=\+\d)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"\s*(?:tel|callto|phone)\s*:\s*(?://)?", re.IGNORECASE)
_CONTEXT: Final = re.compile(
    r"^(?P<number>[^;]*)(?P<others>(?:;[^;]*)*?);phone-context=(?P<context>\+\d+)", re.IGNORECASE
)
_OTHER_PARAMETERS: Final = re.compile(r";(?!ext=)[a-z-]+(?:=[^;]*)?", re.IGNORECASE)
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")
_WRITTEN: Final = re.compile(r"\+[\d\s().\-/\u2010-\u2015]+")
_AROUND: Final = re.compile(r"^[^\d+]+|\D+$")
_WORD: Final = re.compile(r"[^\W\d_]")
_VANITY: Final = re.compile(r"\s*(?P<number>\+?\d[\d\s().-]*[A-Za-z][A-Za-z\s-]*)")


@dataclass(frozen=True, slots=True)
class Dialable:
    """A number in E.164 format, and the digits of an extension behind it, "" for none."""

    number: str
    extension: str = ""


def dialable(text: str, country: str) -> Dialable:
    """The one number in a text; `country` (ISO 3166) reads a national one, "" reads none.

    Raises InvalidRequest, blaming `phoneNumber`: `number_missing`, `number_ambiguous`, `number_invalid`. It does not
    repeat the text: refusals are kept.
    """
    plain = _plain(text)
    if not any(character.isalnum() for character in plain):
        raise _refused("There is no phone number.", "number_missing")
    if len(plain) > LONGEST:
        raise _refused(f"A text of {len(plain):,} characters is no phone number.", "number_invalid")
    written, extension = _split(plain)
    found = {part: _read(part, country) for part in _parts(written)}
    numbers = {number or part for part, number in found.items()}
    if len(numbers) > 1 or _hints_at_two(written) or (None in found.values() and _holds_two(written, country)):
        raise _refused("There is more than one phone number: give one.", "number_ambiguous")
    number = next(iter(found.values()))
    if number is None:
        raise _unreadable(written, country)
    return Dialable(number, extension)


def spellings(e164: str) -> tuple[str, ...]:
    """How people and CRMs may have written a number: E.164 first, then the likeliest, at most twelve."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return (e164, e164.removeprefix("+"))
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    bare = phonenumbers.national_significant_number(number)
    groups = re.findall(r"\d+", national)
    spelt = (
        e164,
        national,
        international,
        _digits(national),
        e164.removeprefix("+"),
        "-".join(groups),
        bare,
        " ".join(groups),
        ".".join(groups),
        re.sub(r"[\s-]+", "-", international),
        re.sub(r"[\s-]+", " ", international),
        f"00{number.country_code}{bare}",
    )
    return tuple(dict.fromkeys(spelt))[:MOST_SPELLINGS]


def _plain(text: str) -> str:
    """Without what copying leaves in a number (marks of direction, spaces of no width), with digits as 0 to 9."""
    normal = unicodedata.normalize("NFKC", text)
    shown = "".join(_plain_character(one) for one in normal)
    return _uri(shown).strip()


def _plain_character(character: str) -> str:
    if character.isdigit():
        return str(unicodedata.digit(character))
    if unicodedata.category(character) in ("Cf", "Cc") and character != "\n":
        return " " if character == "\t" else ""
    return character


def _uri(text: str) -> str:
    """A `tel:` URI (RFC 3966) as one would write its number; other texts as they are."""
    bare = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    if bare is not text and (found := _CONTEXT.match(bare)):
        bare = f"{found['context']}{found['number']}{found['others']}"
    return _OTHER_PARAMETERS.sub("", bare) if bare is not text else bare


def _split(text: str) -> tuple[str, str]:
    """What stands before an extension, and the extension."""
    found = None if _PAUSED.fullmatch(text) else _EXTENSION.fullmatch(text)
    if found is None or sum(one.isalnum() for one in found["number"]) < _LEAST:
        return text, ""
    return found["number"], found["extension"]


def _parts(text: str) -> list[str]:
    """The text in as many parts as have digits enough to be a number by themselves; the whole, if that is one."""
    parts = [part for part in _APART.split(text) if len(_digits(part)) >= _LEAST]
    return parts if len(parts) > 1 else [text]


def _hints_at_two(text: str) -> bool:
    """Whether a number ends in a second one that shares its beginning: 0221 1234567/8."""
    head, slash, tail = text.rpartition("/")
    return bool(slash) and len(_digits(tail)) <= 3 < _LEAST <= len(_digits(head)) and tail.strip().isdigit()


def _holds_two(text: str, country: str) -> bool:
    """Whether a text that is no number holds two of them."""
    return sum(1 for _ in PhoneNumberMatcher(text, country or None, leniency=Leniency.POSSIBLE)) > 1


def _read(text: str, country: str) -> str | None:
    """The one number in a text without an extension, in E.164 format; None where none can be read.

    Words may stand around it, not in it: what follows them may be anything.
    """
    core = _AROUND.sub("", text)
    if E164.fullmatch(core):
        return core
    number = _vanity(text, country) if _WORD.search(core) or _VANITY.fullmatch(text) else None
    number = number or (None if _WORD.search(core) else _as_written(core, country))
    return number if number and E164.fullmatch(number) else None


def _as_written(text: str, country: str) -> str | None:
    number = _parsed(text, country)
    if number is None and text.startswith("00"):
        number = _parsed(f"+{text[2:]}", country)
    if number is not None:
        return _e164(number)
    by_syntax = "+" + _digits(_TRUNK.sub("", text))
    return by_syntax if _WRITTEN.fullmatch(text) else None


def _vanity(text: str, country: str) -> str | None:
    """A number spelt in letters, like 1-800-FLOWERS: what is too long is cut off, as exchanges do."""
    spelt = _VANITY.fullmatch(text)
    if spelt is None or len(_digits(text)) >= _LEAST:
        return None
    try:
        number = phonenumbers.parse(spelt["number"], country or None)
    except NumberParseException:
        return None
    return _e164(number) if _possible(number) or phonenumbers.truncate_too_long_number(number) else None


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country or None)
    except NumberParseException:
        return None
    return number if _possible(number) else None


def _possible(number: PhoneNumber) -> bool:
    """Whether it can be dialled from everywhere, by its length; a local one (555-1234) cannot."""
    return bool(phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE)


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _unreadable(text: str, country: str) -> InvalidRequest:
    if text.startswith("+"):
        return _refused("This is no whole phone number with its country code, like +15551234567.", "number_invalid")
    if country and not is_country(country):
        return _refused(f"There is no country {country}: give its two letters, like US.", "number_invalid")
    where = f"as a number of {country}" if country else "without a country"
    return _refused(
        f"The phone number cannot be read {where}. Write it with a plus and the country code, like +15551234567.",
        "number_invalid",
    )


def _refused(message: str, code: str) -> InvalidRequest:
    return InvalidRequest(message, code=code, field="phoneNumber")
