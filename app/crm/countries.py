"""Countries by their codes (ISO 3166), as people know them. Pure."""

from functools import cache
from typing import Final

import phonenumbers
from phonenumbers.geodata.locale import LOCALE_DATA

_LANGUAGE: Final = "en"


@cache
def countries() -> tuple[tuple[str, str, int], ...]:
    """Code, English name and calling code of each country that has one, by name."""
    known = (region for region in phonenumbers.SUPPORTED_REGIONS if region in LOCALE_DATA)
    named = ((region, _name(region), phonenumbers.country_code_for_region(region)) for region in known)
    return tuple(sorted(named, key=lambda country: country[1]))


def is_country(code: str) -> bool:
    """Whether numbers can be read as those of a country, by its code."""
    return code in phonenumbers.SUPPORTED_REGIONS


def _name(region: str) -> str:
    """The data has a name under another language where it is the same in both: `*` and that language."""
    names = LOCALE_DATA[region]
    name = names.get(_LANGUAGE, region)
    return str(names[name[1:]] if name.startswith("*") else name)
