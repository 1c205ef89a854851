"""Who answers: every number that is told of behaves in its own way."""

import pytest

from app.cast import CAST, YOU, Role
from app.sandbox import people

AT_THE_CARRIER = (people.REFUSED, people.FAILS, people.THROTTLED, people.SILENT)


@pytest.mark.parametrize("role", CAST, ids=lambda role: role.number)
def test_every_number_of_the_list_is_played_by_somebody(role: Role) -> None:
    anybody = people.callee_at("+15559999999")
    assert (people.callee_at(role.number) is not anybody) != (role.number in AT_THE_CARRIER)


def test_one_number_is_answered_by_who_types() -> None:
    assert [role.number for role in CAST if people.callee_at(role.number).line == "typed"] == [YOU]
