"""What a record must be like for a rule to call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.conditions import OPERATORS, Condition, check, holds
from app.crm.platform import Record
from app.errors import InvalidRequest

LEAD = Record("contact", "51", {"stage": "Lead", "amount": "1500.50", "note": "Wants a DEMO", "vip": "true"})
COMPARED = [
    ("stage", "equals", ["lead"], True),
    ("stage", "equals", [" LEAD "], True),
    ("stage", "equals", ["customer"], False),
    ("amount", "equals", ["1500.5"], True),
    ("vip", "equals", ["True"], True),
    ("other", "equals", [""], True),
    ("stage", "not_equals", ["lead"], False),
    ("other", "not_equals", ["lead"], True),
    ("stage", "one_of", ["customer", "LEAD"], True),
    ("stage", "one_of", ["customer"], False),
    ("note", "contains", ["demo"], True),
    ("note", "contains", ["trial"], False),
    ("stage", "is_set", [], True),
    ("other", "is_set", [], False),
    ("stage", "is_not_set", [], False),
    ("other", "is_not_set", [], True),
    ("amount", "greater", ["1500"], True),
    ("amount", "greater", ["1500.50"], False),
    ("amount", "less", ["2e3"], True),
    ("stage", "greater", ["1"], False),
    ("other", "less", ["1"], False),
]
WRONG = [
    ("equals", []),
    ("equals", ["a", "b"]),
    ("one_of", []),
    ("is_set", ["a"]),
    ("greater", ["many"]),
    ("less", ["NaN"]),
    ("less", ["Infinity"]),
]


@pytest.mark.parametrize(("property", "operator", "values", "held"), COMPARED)
def test_a_condition_holds_or_not(property: str, operator: str, values: list[str], held: bool) -> None:
    condition = Condition("contact", property, operator, tuple(values))
    check(condition)
    assert holds(condition, {"contact": LEAD}) is held


@pytest.mark.parametrize(("operator", "values"), WRONG)
def test_an_operator_takes_the_values_that_it_can_use(operator: str, values: list[str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check(Condition("contact", "stage", operator, tuple(values)))
    assert refused.value.field == "conditions"


def test_a_condition_may_look_at_the_person_of_a_record() -> None:
    deal = Record("deal", "7", {}, {"contact": LEAD})
    condition = Condition.of({"object": "contact", "property": "stage", "operator": "equals", "value": "lead"}, "deal")
    assert holds(condition, {"deal": deal, **deal.related})
    assert not holds(condition, {"deal": deal})


VALUES = st.one_of(st.text(max_size=10), st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str))


@given(VALUES, VALUES)
def test_equals_and_not_equals_never_agree(mine: str, other: str) -> None:
    records = {"contact": Record("contact", "51", {"x": mine})}
    equal, differs = (holds(Condition("contact", "x", name, (other,)), records) for name in ("equals", "not_equals"))
    assert equal is not differs
    assert holds(Condition("contact", "x", "one_of", (other,)), records) is equal


@given(st.sampled_from(sorted(OPERATORS)), VALUES, st.lists(VALUES, max_size=3))
def test_what_passes_the_check_can_be_compared(operator: str, mine: str, values: list[str]) -> None:
    condition = Condition("contact", "x", operator, tuple(values))
    try:
        check(condition)
    except InvalidRequest:
        return
    assert holds(condition, {"contact": Record("contact", "51", {"x": mine})}) in (True, False)
