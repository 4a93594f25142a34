"""RFC 4180, and no cell that a spreadsheet would reckon with."""

import csv
import io

import pytest

from prom.report.formats import tidy_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_text_never_becomes_a_formula(start):
    assert tidy_csv.safe(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize("cell", [-3, -2.5, 0, 7, None, "none", "a=b", "3-4", "2026-03-01", ""])
def test_numbers_stay_numbers_and_plain_text_stays_as_it_is(cell):
    assert tidy_csv.safe(cell) == cell


def test_records_end_in_crlf_and_odd_text_comes_back():
    texts = ['He said "no", twice', "two\r\nlines", "a;b", "caf\u00e9"]
    records = list(tidy_csv.lines(("n", "text"), [{"n": n, "text": text} for n, text in enumerate(texts)]))
    assert records[0] == "n,text\r\n"
    assert records[1] == '0,"He said ""no"", twice"\r\n'
    assert all(record.endswith("\r\n") for record in records)
    read = list(csv.DictReader(io.StringIO("".join(records), newline="")))
    assert [row["text"] for row in read] == texts


def test_what_a_row_has_not_is_empty():
    assert list(tidy_csv.lines(("a", "b", "c"), [{"b": None, "c": 0}]))[1] == ",,0\r\n"
