import pytest

from prom.sms.http import retry_after

NOON = "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 120 "}, 120.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Sun, 01 Mar 2026 12:01:30 GMT", "Date": NOON}, 90.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:59:00 GMT", "Date": NOON}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:01:30 GMT"}, None),
        ({"Retry-After": "Sun, 01 Mar 2026 12:01:30", "Date": NOON}, None),
    ],
)
def test_the_wait_is_read_without_a_clock_of_our_own(headers, seconds):
    assert retry_after(headers) == seconds
