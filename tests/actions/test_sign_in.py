"""Log-in of staff: who gets in, for how long, and after how many tries nobody does."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from prom.actions import sign_in, staff, tick
from prom.errors import Conflict, Refusal, TooMany
from prom.keys import token_hash
from prom.store import staff as staff_rows
from prom.store.connect import row, rows, run, write
from tests.study import PASSWORD, Study

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"


def enters(study: Study, login="nina", password=PASSWORD, address=HOME) -> str:
    return sign_in.sign_in(study.db, login, password, study.now, address)[0]


def who(study: Study, token: str) -> str | None:
    person = sign_in.of_session(study.db, token, study.now)
    return person["login"] if person else None


def refused(study: Study, login="nina", password="wrong", address=HOME) -> str:
    with pytest.raises(Refusal) as refusal:
        enters(study, login, password, address)
    return refusal.value.key


def test_a_session_knows_who_it_is_and_their_roles(clinic):
    token, person = sign_in.sign_in(clinic.db, "leda", PASSWORD, clinic.now, HOME)
    assert person["roles"] == ("investigator", "nurse")
    assert who(clinic, token) == "leda"


def test_the_database_holds_neither_token_nor_password(clinic):
    token = enters(clinic)
    assert len(token) >= 43  # 256 bits
    whole = json.dumps([rows(clinic.db, f"select * from {table}") for table in ("session", "staff", "audit_detail")])
    assert token not in whole and PASSWORD not in whole
    assert rows(clinic.db, "select token_hash from session") == [{"token_hash": token_hash(token)}]


def test_the_shipped_hash_is_strong_enough():
    """OWASP's least for argon2id. The tests' own hasher is a cheap one, so look at the one made before it."""
    assert sign_in._NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("login", ["Nina", " nina ", "NINA"])
def test_a_phone_may_write_a_login_with_a_capital(clinic, login):
    assert who(clinic, enters(clinic, login)) == "nina"


def test_a_login_is_kept_plain_and_taken_once(clinic):
    add(clinic, " Olga ")
    assert staff_rows.by_login(clinic.db, "olga")["name"] == "Olga Example"
    for login in ("olga", "OLGA"):
        with pytest.raises(Conflict):
            add(clinic, login)


def add(study: Study, login: str, **given) -> str:
    fields = {"roles": ("nurse",), "password": PASSWORD} | given
    return staff.add_staff(study.db, study.means, login, "Olga Example", fields.pop("roles"), fields.pop("password"),
                           study.now, **fields)  # fmt: skip


@pytest.mark.parametrize(
    "given, key",
    [
        ({"roles": ()}, "role_unknown"),
        ({"roles": ("nurse", "king")}, "role_unknown"),
        ({"password": "short"}, "password_short"),
        ({"login": "  "}, "name_missing"),
        ({"mobile": "12"}, "number_odd"),
    ],
)
def test_staff_are_not_added_by_halves(clinic, given, key):
    with pytest.raises(Refusal) as refusal:
        add(clinic, given.pop("login", "olga"), **given)
    assert refusal.value.key == key
    assert staff_rows.by_login(clinic.db, "olga") is None


def test_a_wrong_pair_does_not_say_which_half_is_wrong(clinic):
    assert refused(clinic) == refused(clinic, "nobody") == refused(clinic, "nobody", PASSWORD) == "wrong_login"
    assert rows(clinic.db, "select * from session") == []


def test_a_login_that_is_not_there_costs_as_much_as_one_that_is(clinic, monkeypatch):
    verified = []

    class Watching:
        def verify(self, password_hash, password):
            verified.append(password_hash)
            return real.verify(password_hash, password)

    real = sign_in.hasher
    monkeypatch.setattr(sign_in, "hasher", Watching())
    refused(clinic, "nina")
    refused(clinic, "nobody")
    assert len(verified) == 2
    assert verified[1] == sign_in._NOBODY


def test_after_eight_wrong_tries_nobody_gets_in_for_a_quarter_of_an_hour(clinic):
    for _ in range(8):
        assert refused(clinic) == "wrong_login"
    with pytest.raises(TooMany) as refusal:
        enters(clinic)
    assert refusal.value.values == {"minutes": 15}
    assert who(clinic, enters(clinic, "noor")) == "noor"
    clinic.at("2026-03-02T15:15:00Z")
    with pytest.raises(TooMany):
        enters(clinic)
    clinic.at("2026-03-02T15:15:01Z")
    assert who(clinic, enters(clinic)) == "nina"


def test_guessing_is_counted_for_logins_that_are_not_there_too(clinic):
    for _ in range(8):
        refused(clinic, "nobody")
    with pytest.raises(TooMany):
        enters(clinic, "nobody")


def test_capitals_are_no_way_around_the_count(clinic):
    for login in ("nina", "Nina", "NINA", "nIna", "niNa", "ninA", " nina", "nina "):
        refused(clinic, login)
    with pytest.raises(TooMany):
        enters(clinic, "NIna")


def test_getting_in_starts_the_count_anew(clinic):
    for _ in range(2):
        for _ in range(7):
            refused(clinic)
        enters(clinic)


def test_tries_side_by_side_do_not_pass_the_limit_together(clinic):
    """All are at the password before any of them is told that it is wrong."""
    meet, looked_at = threading.Barrier(20), []

    def guess(_):
        meet.wait(10)
        return refused(clinic)

    def look(password_hash, password):
        looked_at.append(password)
        time.sleep(0.2)
        return False

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(20) as guessers:
        patch.setattr(sign_in, "_fits", look)
        told = list(guessers.map(guess, range(20)))
    assert sorted(told) == ["too_many_tries"] * 12 + ["wrong_login"] * 8
    assert len(looked_at) == 8


def test_a_strangers_guesses_keep_nobody_out(clinic):
    for _ in range(20):
        refused(clinic, address=ELSEWHERE)
    assert refused(clinic, address=ELSEWHERE) == "too_many_tries"
    assert who(clinic, enters(clinic)) == "nina"


def test_one_address_may_not_go_through_all_logins(clinic):
    told = [refused(clinic, f"guess{number}") for number in range(41)]
    assert told == ["wrong_login"] * 40 + ["too_many_tries"]
    assert who(clinic, enters(clinic, address=ELSEWHERE)) == "nina"


def test_one_login_may_not_be_guessed_from_everywhere(clinic):
    told = [refused(clinic, address=f"198.51.100.{number}") for number in range(101)]
    assert told == ["wrong_login"] * 100 + ["too_many_tries"]


def test_the_addresses_of_one_household_count_as_one(clinic):
    told = [refused(clinic, address=f"2001:db8:1:2::{number}") for number in range(1, 10)]
    assert told == ["wrong_login"] * 8 + ["too_many_tries"]
    assert refused(clinic, address="2001:db8:1:3::1") == "wrong_login"


def test_those_who_get_in_do_not_fill_the_limit_of_their_address(clinic):
    for _ in range(42):
        assert who(clinic, enters(clinic)) == "nina"
    assert rows(clinic.db, "select count from counter where count > 0") == []


def test_getting_in_does_not_empty_the_limit_of_the_address(clinic):
    for number in range(40):
        refused(clinic, f"guess{number}")
        if number == 20:
            enters(clinic, "cora")
    assert refused(clinic, "cora", PASSWORD) == "too_many_tries"


def test_tries_leave_no_rows_for_ever(clinic):
    for number in range(50):
        refused(clinic, f"guess{number}")
    assert len(rows(clinic.db, "select * from counter")) == 2 * 40 + 1
    clinic.at("2026-03-03T15:00:00Z")
    tick.tidy(clinic.db, clinic.means, clinic.now)
    assert len(rows(clinic.db, "select * from counter")) == 2 * 40 + 1
    clinic.at("2026-03-03T15:00:01Z")
    tick.tidy(clinic.db, clinic.means, clinic.now)
    assert rows(clinic.db, "select * from counter") == []


def test_a_password_changed_while_the_old_one_is_looked_at_starts_no_session(clinic, monkeypatch):
    looks = sign_in._fits

    def slowly(*given):
        found = looks(*given)
        with write(clinic.db):
            run(clinic.db, "update staff set password_hash = 'another' where login = 'nina'")
        return found

    monkeypatch.setattr(sign_in, "_fits", slowly)
    with pytest.raises(Refusal):
        enters(clinic)
    assert rows(clinic.db, "select * from session") == []


def test_sessions_leave_no_rows_for_ever(clinic):
    enters(clinic)
    clinic.at("2026-03-04T15:00:00Z")
    standing = enters(clinic)
    tick.tidy(clinic.db, clinic.means, clinic.now)
    assert len(rows(clinic.db, "select * from session")) == 1
    assert sign_in.of_session(clinic.db, standing, clinic.now)


def test_a_session_left_alone_for_half_an_hour_ends(clinic):
    token = enters(clinic)
    clinic.at("2026-03-02T15:30:00Z")
    assert who(clinic, token) == "nina"
    clinic.at("2026-03-02T16:00:00Z")
    assert who(clinic, token) == "nina"
    clinic.at("2026-03-02T16:30:01Z")
    assert who(clinic, token) is None


def test_a_page_that_reloads_itself_keeps_no_session_alive(clinic):
    token = enters(clinic)
    clinic.at("2026-03-02T15:20:00Z")
    assert sign_in.of_session(clinic.db, token, clinic.now, by_hand=False) is not None
    clinic.at("2026-03-02T15:31:00Z")
    assert who(clinic, token) is None


def test_a_session_ends_after_twelve_hours_however_busy(clinic):
    token = enters(clinic)
    for _ in range(48):
        clinic.clock.set(clinic.now + timedelta(minutes=15))
        assert who(clinic, token) == "nina"
    clinic.clock.set(clinic.now + timedelta(seconds=1))
    assert who(clinic, token) is None


def test_signing_out_ends_it_on_the_server(clinic):
    token, other = enters(clinic), enters(clinic)
    sign_in.sign_out(clinic.db, token, clinic.now)
    assert (who(clinic, token), who(clinic, other)) == (None, "nina")


def test_who_has_left_is_out_at_once_and_stays_out(clinic):
    token = enters(clinic)
    staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    assert who(clinic, token) is None
    assert refused(clinic, "nina", PASSWORD) == "wrong_login"
    assert clinic.staff["nina"] not in [person["id"] for person in staff_rows.on_call(clinic.db, "main")]
    with pytest.raises(Conflict):
        add(clinic, "nina")


def test_nobody_takes_their_own_account_away(clinic):
    with pytest.raises(Refusal) as refusal:
        staff.deactivate(clinic.db, clinic.means, clinic.staff["adam"], clinic.now, by=clinic.staff["adam"])
    assert refusal.value.key == "not_oneself"


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
def test_a_token_never_given_out_is_nobody(clinic, token):
    assert who(clinic, token) is None


def test_who_came_and_who_was_refused_is_recorded_but_no_name_that_a_stranger_made_up(clinic):
    enters(clinic)
    refused(clinic)
    refused(clinic, "nobody")
    nina = clinic.staff["nina"]
    found = rows(clinic.db, "select actor, action from audit where action like 'sign%' order by seq")
    assert [(each["actor"], each["action"]) for each in found] == [
        (nina, "signed_in"), (nina, "sign_in_refused"),
    ]  # fmt: skip
    assert row(clinic.db, "select 1 as yes from audit_detail where details like '%nobody%'") is None


# ---- on call


@pytest.mark.parametrize(
    "nurses, lead, key",
    [
        (["nina", "nina"], None, "staff_twice"),
        (["cora"], None, "staff_without_mobile"),
        (["nina"], "cora", "staff_without_mobile"),
        (["nobody"], None, "staff_unknown"),
    ],
)
def test_on_call_is_who_works_here_and_has_a_mobile(clinic, nurses, lead, key):
    before = staff_rows.on_call(clinic.db, "main")
    ids = clinic.staff | {"nobody": "nobody"}
    with pytest.raises(Refusal) as refusal:
        staff.set_on_call(clinic.db, "main", [ids[each] for each in nurses], ids[lead] if lead else None,
                          clinic.now, by=None)  # fmt: skip
    assert refusal.value.key == key
    assert staff_rows.on_call(clinic.db, "main") == before


def test_who_has_left_is_not_put_on_call(clinic):
    staff.deactivate(clinic.db, clinic.means, clinic.staff["nina"], clinic.now, by=clinic.staff["adam"])
    with pytest.raises(Refusal):
        staff.set_on_call(clinic.db, "main", [clinic.staff["nina"]], None, clinic.now, by=None)
