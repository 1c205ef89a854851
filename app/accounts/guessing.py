"""Which passwords are guessed first. Pure."""

import re
from collections.abc import Iterable
from typing import Final

# What people begin with when a password is asked for.
_WORDS: Final = """
    password passwort passphrase passw pass word letmein welcome willkommen admin secret administrator root
    login master access change changeme default temporary temp test testing demo example user guest hello
    iloveyou love money freedom football soccer baseball basketball superman batman starwars dragon monkey
    princess sunshine shadow summer winter spring autumn correcthorsebatterystaple miohub mio hub call the my
    qwertyuiop qwerty qwertz azerty asdfghjkl asdfgh asdf zxcvbnm zxcvbn yxcvbnm qazwsx 1q2w3e4r5t 1q2w3e4r
    1qaz2wsx 2wsx 3edc trustno nothing whatever google jesus
"""
_SPELT: Final = str.maketrans("0134578@$!", "oieastbasi")
_TAIL: Final = re.compile(r"[\W\d_]+$")
_ENOUGH: Final = 4  # characters that are neither of these, nor a run, nor said before
_SHORTEST_KNOWN: Final = 3


def easily_guessed(password: str, known: Iterable[str]) -> bool:
    """Whether next to nothing is left without common words, runs like 1234, repetitions, and what is `known`."""
    plain = password.casefold()
    words = sorted({*_WORDS.split(), *_parts(known)}, key=len, reverse=True)
    head = _TAIL.sub("", plain)
    readings = (plain, plain.translate(_SPELT), head.translate(_SPELT) + plain[len(head) :])
    return any(len(_rest(text, words)) < _ENOUGH for text in readings)


def _parts(known: Iterable[str]) -> set[str]:
    """A name or an address, whole and in its parts."""
    wholes = {text.casefold() for text in known}
    parts = {part for text in wholes for part in re.split(r"[^\w]+|_", text)}
    return {part for part in wholes | parts if len(part) >= _SHORTEST_KNOWN}


def _rest(text: str, words: list[str]) -> str:
    """What is left of `text`, each character once."""
    for word in words:
        text = text.replace(word, " ")
    kept = [now for before, now in zip(" " + text, text, strict=False) if now.isalnum() and not _continues(before, now)]
    return "".join(dict.fromkeys(kept))


def _continues(before: str, now: str) -> bool:
    """Whether a character repeats the one before, or is its neighbour: 11, 12, 21, ab."""
    return abs(ord(now) - ord(before)) <= 1
