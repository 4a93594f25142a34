"""What leaves the building is recorded: who, which file, how many rows, its fingerprint."""

import hashlib
import json
import os

import pytest

from prom.actions import export
from prom.store import audit
from tests.report.reading import parsed


def recorded(study, file: str) -> list[dict]:
    found = audit.of_subject(study.db, file)
    return [{"by": row["actor"], "what": row["action"]} | json.loads(row["details"]) for row in found]


def ask(study, login: str, path: str = "/study/export/responses.csv"):
    return study.signed_in(login).get(path, base_url=study.means.base_url)


def test_an_analyst_downloads_and_it_is_recorded(clinic):
    clinic.enrol(on="2026-03-06")
    got = ask(clinic, "anna")
    assert got.status_code == 200 and got.mimetype == "text/csv"
    assert got.headers["Content-Disposition"] == 'attachment; filename="responses.csv"'
    assert got.headers["Cache-Control"] == "no-store"
    assert [row["timepoint"] for row in parsed(got.get_data(as_text=True))] == ["baseline", "1m", "3m", "6m"]
    assert recorded(clinic, "responses.csv") == [
        {
            "by": clinic.staff["anna"],
            "what": "exported",
            "rows": 4,
            "sha256": hashlib.sha256(got.data).hexdigest(),
            "whole": True,
        }
    ]


@pytest.mark.parametrize("login, status", [("cora", 200), ("leda", 200), ("nina", 403), ("adam", 403)])
def test_who_may_download(clinic, login, status):
    for path in ("/study/export", "/study/export/responses.csv"):
        assert ask(clinic, login, path).status_code == status


def test_a_stranger_is_sent_to_the_log_in(clinic):
    got = clinic.app().test_client().get("/study/export/responses.csv", base_url=clinic.means.base_url)
    assert got.status_code == 302 and "/login" in got.headers["Location"]
    assert recorded(clinic, "responses.csv") == []


def test_the_page_leads_to_the_file(clinic):
    assert 'href="/study/export/responses.csv"' in ask(clinic, "anna", "/study/export").get_data(as_text=True)


def test_a_download_that_breaks_off_is_recorded_as_far_as_it_went(clinic):
    def lines():
        yield from ("a,b\r\n", "1,2\r\n", "3,4\r\n")

    passed = export.recorded(clinic.db, lines(), "responses.csv", clinic.now, by="system")
    assert [next(passed), next(passed)] == [b"a,b\r\n", b"1,2\r\n"]
    assert recorded(clinic, "responses.csv") == []
    passed.close()
    (found,) = recorded(clinic, "responses.csv")
    assert (found["rows"], found["whole"]) == (1, False)
    assert found["sha256"] == hashlib.sha256(b"a,b\r\n1,2\r\n").hexdigest()


def test_files_are_written_whole_into_a_folder_made_for_them(clinic, tmp_path):
    def lines():
        yield from ("a\r\n", '"x\r\ny"\r\n', "\u00e9\r\n")

    folder = tmp_path / "out" / "today"
    assert export.write_files(clinic.db, {"visits.csv": lines()}, folder, clinic.now, by="system") == {"visits.csv": 2}
    assert (folder / "visits.csv").read_bytes() == 'a\r\n"x\r\ny"\r\n\u00e9\r\n'.encode()
    assert [path.name for path in folder.iterdir()] == ["visits.csv"]
    assert [each["rows"] for each in recorded(clinic, "visits.csv")] == [2]


def test_a_file_that_fails_on_the_way_does_not_take_the_place_of_the_last_one(clinic, tmp_path):
    def broken():
        yield "a\r\n"
        raise RuntimeError

    (tmp_path / "visits.csv").write_text("the last one")
    with pytest.raises(RuntimeError):
        export.write_files(clinic.db, {"visits.csv": broken()}, tmp_path, clinic.now, by="system")
    assert (tmp_path / "visits.csv").read_text() == "the last one"
    assert [each["whole"] for each in recorded(clinic, "visits.csv")] == [False]


def test_a_file_is_for_its_owner_alone_even_over_one_that_was_not(clinic, tmp_path):
    left = tmp_path / "out" / ".a.csv.part"
    left.parent.mkdir()
    left.touch(0o644)
    mask = os.umask(0o022)
    try:
        export.write_files(clinic.db, {"a.csv": (line for line in ("a\r\n",))}, left.parent, clinic.now, by="system")
    finally:
        os.umask(mask)
    assert (left.parent / "a.csv").stat().st_mode & 0o777 == 0o600
    assert not left.exists()


def test_for_a_spreadsheet_the_same_file_begins_with_a_byte_order_mark(clinic):
    clinic.enrol(status="performed", on="2026-02-02")
    clinic.answers(clinic.visit("P-001", "1m"), comment="Me duele más. 背痛")
    plain = ask(clinic, "cora").get_data()
    marked = ask(clinic, "cora", "/study/export/responses.csv?for=spreadsheet").get_data()
    assert plain.startswith(b"participant,") and marked == b"\xef\xbb\xbf" + plain
    assert "Me duele más. 背痛" in marked.decode("utf-8-sig")
    assert recorded(clinic, "responses.csv")[1]["sha256"] == hashlib.sha256(marked).hexdigest()
    assert 'href="/study/export/responses.csv?for=spreadsheet"' in ask(clinic, "anna", "/study/export").get_data(True)
