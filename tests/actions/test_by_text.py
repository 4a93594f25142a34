"""Taking an alert by texting back its code: whose code, which code, how often, and what the nurse is told."""

import re
from datetime import timedelta

import pytest

from prom.actions import alerts as alert_actions
from prom.actions import chase, disclose, receive, staff, tick
from prom.keys import CODE_LENGTH, CODE_LETTERS
from prom.rules import alert_life
from prom.rules.keywords import KEYWORDS
from prom.rules.texts import segments
from prom.sms.gateway import Inbound
from prom.store import alerts, messages
from prom.store.connect import row, rows, run, write
from tests.study import SHIPPED, Study
from tests.web.browsing import staff_at

NINA, NOOR, LEDA = "+15550100011", "+15550100012", "+15550100013"
MORNING = "2026-03-20T15:00:00Z"  # Friday, 11:00 in New York
ONE_WAY = re.sub(
    r'(sms_stop|sms_noreply) = "[^"]*"',
    r'\1 = "{sms_name}: {phone} {emergency}"',
    SHIPPED.read_text(encoding="utf-8").replace("two_way = true ", "two_way = false "),
)
YOURS, TAKEN = "you have it. Open it within 15 minutes", "somebody has it already"


@pytest.fixture
def red(clinic):
    """A red alert of which Nina was texted just now."""
    return with_red(clinic)


def with_red(study: Study) -> Study:
    study.enrol("P-001", status="performed", on="2026-02-20")
    study.at(MORNING)
    study.tick()
    warns(study, "chest")
    return study


def warns(study: Study, *signs: str) -> None:
    study.saves(study.visit("P-001", "1m"), "red_flags", {"red_flags": list(signs)})
    study.tick()


def writes(study: Study, text: str, sender: str = NINA) -> None:
    """A text comes in, and what it calls for goes out."""
    study.inbound = getattr(study, "inbound", 0) + 1
    receive.inbound(study.db, study.means, Inbound(f"SM-in-{study.inbound}", sender, text, ""), study.now)
    study.tick()


def codes(study: Study, number: str = NINA) -> list[str]:
    """The codes of the texts that came to a number."""
    return [found[1] for text in study.sms.texts_to(number) if (found := re.search(r"reply (\w+)$", text))]


def alert(study: Study) -> dict:
    return study.alerts("P-001")[0]


def events(study: Study) -> list[dict]:
    return alerts.events(study.db, alert(study)["id"])


def state(study: Study) -> str:
    return alert_life.state(events(study))


def tasks(study: Study) -> list[str]:
    """The tasks that texts from nobody in the study made."""
    return [task["kind"] for task in study.open_tasks() if task["kind"] in disclose.OF_NOBODY]


def warns_of_another(study: Study) -> None:
    """A red alert about somebody else."""
    study.enrol("P-002", status="performed", on="2026-02-20")
    study.tick()
    study.saves(study.visit("P-002", "1m"), "red_flags", {"red_flags": ["chest"]})
    study.tick()


def later(study: Study, **delta) -> None:
    study.clock.set(study.now + timedelta(**delta))
    study.tick()


def opens(study: Study, login: str) -> None:
    """A nurse opens the alert, signed in."""
    disclose.viewed(study.db, alert(study)["id"], study.now, staff_id=study.staff[login])


def staff_texts(study: Study) -> list[int]:
    """How many texts each got, reminders to who has an alert left out."""
    got = [study.sms.texts_to(number) for number in (NINA, NOOR, LEDA)]
    return [sum("still waits for a call" not in text for text in texts) for texts in got]


# ---- the code


def test_a_text_with_code_and_link_is_one_plain_segment_without_a_health_word(red):
    (text,) = red.sms.texts_to(NINA)
    assert re.fullmatch(
        r"Example Clinic: URGENT, someone needs you now\. "
        rf"Open https://prom\.example\.org/care/alerts/\w{{16}} To take it, reply [{CODE_LETTERS}]{{6}}",
        text,
    )
    assert (segments(text).encoding, segments(text).count) == ("GSM-7", 1)
    assert not any(word in text.lower() for word in red.study.texting.forbidden_words)


def test_no_keyword_can_be_written_in_the_letters_of_codes():
    words = [word for row in KEYWORDS for word in row.words.split() if len(word) == CODE_LENGTH]
    assert "cancel" in words and not [word for word in words if set(word.upper()) <= set(CODE_LETTERS)]
    assert not set(CODE_LETTERS) & set("AEIOU" "LSBZ" "GQ" "0123456789")


def test_the_code_is_stored_nowhere(red):
    (code,) = codes(red)
    names = [found["name"] for found in rows(red.db, "select name from sqlite_master where type = 'table'")]
    held = [found for name in names for found in rows(red.db, f"select * from {name}")]
    assert held and not any(code in str(value) for found in held for value in found.values())


def test_each_text_has_a_code_of_its_own(red):
    later(red, minutes=30)
    later(red, minutes=30)
    later(red, minutes=15)
    mine = codes(red)
    assert len({*mine, *codes(red, NOOR), *codes(red, LEDA)}) == 4 == len(mine) + 2


def test_where_texts_go_one_way_no_code_is_asked_for(tmp_path):
    study = with_red(Study(tmp_path, study_text=ONE_WAY))
    (text,) = study.sms.texts_to(NINA)
    assert text.endswith(f"/care/alerts/{alert(study)['id']}") and "reply" not in text.lower()


# ---- taking it


@pytest.mark.parametrize("written", ["{}", " {}. ", "'{}'!", "{}\n", "lower", "spaced", "dashed"])
def test_the_code_texted_back_takes_the_alert(red, written):
    (code,) = codes(red)
    ways = {"lower": code.lower(), "spaced": " ".join(code), "dashed": f"{code[:3]}-{code[3:]}"}
    writes(red, ways.get(written) or written.format(code))
    assert state(red) == "acknowledged"
    taken = alert_life.taken(events(red))
    assert (taken["staff_id"], bool(taken["message_id"])) == (red.staff["nina"], True)
    assert YOURS in red.sms.texts_to(NINA)[1]
    assert tasks(red) == []
    opens(red, "nina")
    later(red, hours=2)
    assert staff_texts(red) == [2, 0, 0]


def test_the_story_says_by_text(red):
    writes(red, codes(red)[0])
    page = staff_at(red, "nina").opens(f"/care/alerts/{alert(red)['id']}")
    assert "Acknowledged, Nina Example, by text" in page
    assert "Nina Example (answer to a text)" in page


def test_the_audit_says_by_text(red):
    writes(red, codes(red)[0])
    found = row(
        red.db,
        """select details from audit join audit_detail using (seq) where action = 'alert_acknowledged'""",
    )
    assert found == {"details": '{"by_text":true}'}


def test_a_high_alert_taken_by_text_stays_taken(clinic):
    clinic.enrol("P-001", status="performed", on="2026-02-20")
    clinic.at(MORNING)
    clinic.answers(clinic.visit("P-001", "1m"), care_any="hospital_stay", care_on={"not_sure": True}, care_for="It")
    clinic.tick()
    writes(clinic, codes(clinic)[0])
    assert "you have it. Open https://" in clinic.sms.texts_to(NINA)[1]
    later(clinic, hours=5)
    assert (state(clinic), staff_texts(clinic)) == ("acknowledged", [2, 0, 0])


@pytest.mark.parametrize("who", ["a colleague", "a colleague who was not texted", "a participant", "a stranger"])
def test_a_code_from_any_other_number_does_nothing(red, who):
    later(red, minutes=30)
    sender = {"a colleague": NOOR, "a colleague who was not texted": LEDA, "a stranger": "+15550109999"}
    writes(red, codes(red)[0], sender.get(who, red.number("P-001")))
    assert state(red) == "open"
    if who == "a participant":
        assert [each["source"] for each in red.alerts("P-001")] == ["text", "report"]
    else:
        assert tasks(red) == ["unknown_number" if who == "a stranger" else "staff_reply"]


def test_a_code_comes_only_from_the_number_that_was_texted(red):
    (code,) = codes(red)
    moves(red, "nina", "+15550100044")
    for sender in (NINA, "+15550100044"):
        writes(red, code, sender)
    assert state(red) == "open"


def moves(study: Study, login: str, number: str) -> None:
    """Somebody of the staff has a new number."""
    keys = study.means.keys
    with write(study.db):
        run(
            study.db,
            "update staff set mobile_sealed = :sealed, number_hash = :hash where login = :login",
            {"sealed": keys.seal(number), "hash": keys.number_hash(number), "login": login},
        )


def test_whoever_left_the_staff_takes_nothing(red):
    staff.deactivate(red.db, red.means, red.staff["nina"], red.now, by=red.staff["adam"])
    writes(red, codes(red)[0])
    assert (state(red), tasks(red)) == ("open", ["unknown_number"])


def test_a_nurse_whose_phone_is_a_participants_too_takes_the_alert_all_the_same(clinic):
    clinic.enrol("TEST-1", mobile=NINA)
    with_red(clinic)
    writes(clinic, codes(clinic)[0])
    assert state(clinic) == "acknowledged"
    assert clinic.alerts("TEST-1") == []


@pytest.mark.parametrize("text", ["{} thanks", "ok {}", "I have it: {}.", "{}, {}", "XXXXXX or {}?"])
def test_a_code_among_other_words_counts(red, text):
    writes(red, text.replace("{}", codes(red)[0].lower()))
    assert (state(red), tasks(red)) == ("acknowledged", [])


@pytest.mark.parametrize("text", ["XXXXXX", "I have it", "{}X", "1{}", "", "XXXXXX YYYYYY CCCCCC {}"])
def test_anything_else_is_a_text_that_a_person_reads_and_is_answered_once(red, text):
    writes(red, text.format(codes(red)[0]))
    assert (state(red), tasks(red)) == ("open", ["staff_reply"])
    assert staff_texts(red) == [2, 0, 0]
    assert "not understood. Open https://" in red.sms.texts_to(NINA)[1]
    writes(red, "And now?")
    assert staff_texts(red) == [2, 0, 0]


def test_codes_of_two_alerts_in_one_text_take_neither(red):
    warns_of_another(red)
    writes(red, " and ".join(codes(red)))
    assert (state(red), len(codes(red))) == ("open", 2)
    assert "not understood" in red.sms.texts_to(NINA)[-1]


def test_a_text_of_staff_while_nothing_calls_is_not_answered(red):
    red.acknowledges(alert(red))
    writes(red, "thanks")
    assert (staff_texts(red), tasks(red)) == ([1, 0, 0], ["staff_reply"])


@pytest.mark.parametrize("first", ["by a colleague", "by herself", "closed"])
def test_a_code_for_an_alert_that_somebody_has_is_answered_and_changes_nothing(red, first):
    red.acknowledges(alert(red), "nina" if first == "by herself" else "noor")
    if first == "closed":
        red.closes(alert(red), "noor")
    before = events(red)
    writes(red, codes(red)[0])
    assert events(red) == before
    assert (YOURS if first == "by herself" else TAKEN) in red.sms.texts_to(NINA)[1]
    assert tasks(red) == []


def test_a_code_counts_for_one_call_of_the_alert_and_not_the_next(red):
    red.acknowledges(alert(red))
    later(red, minutes=5)
    warns(red, "chest", "bleed")
    old, new = codes(red)
    writes(red, old)
    assert (state(red), tasks(red)) == ("open", ["staff_reply"])
    writes(red, new)
    assert state(red) == "acknowledged"


def test_after_five_wrong_codes_in_an_hour_none_of_that_number_counts(red):
    later(red, minutes=30)
    for letter in "CDFHJ":
        writes(red, letter * 6)
    writes(red, codes(red)[0])
    assert state(red) == "open"
    writes(red, codes(red, NOOR)[0], NOOR)
    assert state(red) == "acknowledged"


def test_the_limit_ends_after_an_hour_and_right_codes_do_not_count_towards_it(red):
    for letter in "CDFHJK":
        writes(red, letter * 6)
    later(red, minutes=60, seconds=1)
    for _ in range(10):
        writes(red, codes(red)[0])
    assert state(red) == "acknowledged"


def test_what_was_told_back_is_judged_again_when_it_goes(red):
    receive.inbound(red.db, red.means, Inbound("SM-1", NINA, codes(red)[0], ""), red.now)
    warns(red, "chest", "bleed")
    found = [each for each in messages.of_alert(red.db, alert(red)["id"]) if each["kind"] == "told_back"]
    assert [(each["status"], each["reason"]) for each in found] == [("dropped", "overtaken")]
    assert not [text for text in red.sms.texts_to(NINA) if YOURS in text]


# ---- a red alert taken by text is to be opened


def test_a_red_alert_taken_by_text_and_not_opened_goes_on_up_its_ladder(red):
    writes(red, codes(red)[0])
    later(red, minutes=14, seconds=59)
    assert state(red) == "acknowledged"
    later(red, seconds=1)
    assert state(red) == "open"
    assert staff_texts(red) == [2, 1, 0]  # the next person at once
    later(red, minutes=15)  # 30 minutes after it was raised: the second step, whose text went
    assert staff_texts(red) == [2, 1, 0]
    later(red, minutes=30)
    assert staff_texts(red) == [2, 1, 1]
    page = staff_at(red, "noor").opens(f"/care/alerts/{alert(red)['id']}")
    assert "Texts go on, not opened in time by Nina Example" in page


def test_the_next_is_texted_at_once_where_the_time_came_meanwhile(red):
    later(red, minutes=20)
    writes(red, codes(red)[0])
    later(red, minutes=15)
    assert staff_texts(red) == [2, 1, 0]


@pytest.mark.parametrize("when", ["before", "in time"])
def test_who_opened_it_signed_in_keeps_it(red, when):
    if when == "before":
        opens(red, "nina")
    writes(red, codes(red)[0])
    if when == "in time":
        staff_at(red, "nina").opens(f"/care/alerts/{alert(red)['id']}")
    later(red, hours=3)
    assert (state(red), staff_texts(red)) == ("acknowledged", [2, 0, 0])


def test_a_colleague_who_opens_it_does_not_stand_in_for_who_took_it(red):
    writes(red, codes(red)[0])
    opens(red, "noor")
    later(red, minutes=15)
    assert state(red) == "open"


def test_who_spoke_to_them_has_it_whoever_took_it_by_text(red):
    writes(red, codes(red)[0])
    with_id = {"staff_id": red.staff["noor"], "sites": ("main",)}
    alert_actions.act(red.db, alert(red)["id"], "contacted", red.now, **with_id)
    later(red, hours=1)
    assert (state(red), staff_texts(red)) == ("contacted", [2, 0, 0])


def test_an_alert_taken_on_its_page_need_not_be_opened_again(red):
    red.acknowledges(alert(red))
    later(red, hours=1)
    assert state(red) == "acknowledged"


def test_a_code_that_was_used_does_not_take_the_alert_a_second_time(red):
    writes(red, codes(red)[0])
    later(red, minutes=15)
    writes(red, codes(red)[0])
    assert (state(red), tasks(red)) == ("open", ["staff_reply"])


def test_a_text_that_was_kept_back_goes_once_nobody_has_the_alert(red):
    red.clock.set(red.now + timedelta(minutes=30))
    from_tick(red)
    receive.inbound(red.db, red.means, Inbound("SM-1", NINA, codes(red)[0], ""), red.now)
    red.tick()
    assert staff_texts(red) == [2, 0, 0]
    later(red, minutes=15)
    assert staff_texts(red) == [2, 1, 0]


def from_tick(study: Study) -> None:
    """Queue what is due without sending it."""
    tick.tick(study.db, study.means, study.now)


def test_going_on_twice_is_going_on_once(red):
    writes(red, codes(red)[0])
    red.clock.set(red.now + timedelta(minutes=15))
    for _ in range(2):
        chase.go_on(red.db, red.means, alert(red)["id"], red.now)
    assert [event["kind"] for event in events(red)].count("not_opened") == 1


def test_who_did_not_open_it_is_not_the_next_person(red):
    """Noor, on the second step too, took it after Nina and did not open it either: the lead is next."""
    writes(red, codes(red)[0])
    later(red, minutes=15)
    writes(red, codes(red, NOOR)[0], NOOR)
    later(red, minutes=15)
    assert staff_texts(red) == [2, 2, 1]
    later(red, minutes=60)
    kinds = [event["kind"] for event in events(red)]
    assert kinds.count("not_opened") == 2


def test_where_one_person_stands_on_every_step_they_are_texted_again(tmp_path):
    study = Study(tmp_path)
    staff.set_on_call(study.db, "main", [study.staff["nina"]], study.staff["nina"], study.now, by=None)
    with_red(study)
    writes(study, codes(study)[0])
    later(study, minutes=15)
    assert staff_texts(study) == [3, 0, 0]
    later(study, minutes=1)
    assert staff_texts(study) == [3, 0, 0]
