"""The days that can be meant, at their bounds."""

from datetime import date

import pytest

from prom.errors import Refusal
from prom.rules.days import check_done, check_planned

TODAY = date(2028, 2, 29)


@pytest.mark.parametrize("day", [TODAY, date(1998, 2, 28)])
def test_what_was_done_lies_in_the_last_30_years(day):
    check_done(day, TODAY)


@pytest.mark.parametrize(
    "day, key", [(date(2028, 3, 1), "date_future"), (date(1998, 2, 27), "date_odd"), (date.min, "date_odd")]
)
def test_no_other_day_is_one_of_what_was_done(day, key):
    with pytest.raises(Refusal) as refused:
        check_done(day, TODAY)
    assert refused.value.key == key


@pytest.mark.parametrize("day", [date(2027, 2, 28), TODAY, date(2030, 2, 28)])
def test_what_is_planned_lies_at_most_a_year_back_and_2_ahead(day):
    check_planned(day, TODAY)


@pytest.mark.parametrize("day", [date.min, date(2027, 2, 27), date(2030, 3, 1), date.max])
def test_no_other_day_is_one_that_is_planned_for(day):
    with pytest.raises(Refusal) as refused:
        check_planned(day, TODAY)
    assert refused.value.key == "date_odd"
    assert refused.value.values == {"earliest": "2027-02-28", "latest": "2030-02-28"}
