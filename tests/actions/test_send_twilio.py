"""The whole way of a text with the provider's real SDK and a double of the provider: queued, claimed, called, recorded.
Each way of failing leaves the row in its right state and loses nothing."""

from datetime import timedelta

import pytest

from prom.actions import asking, send
from prom.actions.tick import tick
from prom.errors import SmsUnknown
from prom.rules.times import stamp
from prom.sms.gateway import Listed
from prom.sms.twilio import TwilioGateway
from prom.store import contacts, health, messages
from prom.store.connect import open_database, rows, run, write
from tests.double import Double
from tests.study import Study

ACCOUNT, TOKEN, SERVICE = "AC" + "0" * 32, "double", "MG" + "0" * 32
BASE = "https://prom.example.org"
NINA, NOOR = "+15550100011", "+15550100012"
LATE = ("hang", 1.5)  # later than the gateway of these tests waits


@pytest.fixture
def double():
    with Double(ACCOUNT, TOKEN) as made:
        yield made


@pytest.fixture
def clinic(tmp_path, double):
    """The clinic with Twilio's SDK for a gateway; it waits half a second for an answer."""
    return Study(tmp_path, gateway=TwilioGateway(ACCOUNT, TOKEN, BASE, SERVICE, double.url, timeout=0.5))


def invite(clinic):
    """One person's invitation, queued and called once; its row."""
    clinic.enrol("P-001", on="2026-03-06")
    clinic.tick()
    return invitation(clinic)


def invitation(clinic):
    return messages.of_participant(clinic.db, clinic.id("P-001"))[-1]


def later(clinic, **delta):
    """Tick, send and ask once, after some time."""
    clinic.clock.set(clinic.now + timedelta(**delta))
    clinic.tick()
    asked = asking.ask(clinic.db, clinic.means, clinic.now)
    clinic.tick()
    return asked


def to(double, number, created=None):
    return [post for post in double.posts if post.form["To"] == number and created in (None, post.created)]


# ---- a good call


def test_an_invitation_is_one_post_with_the_right_fields(clinic, double):
    row = invite(clinic)
    (post,) = double.posts
    link = clinic.token(clinic.visit("P-001", "baseline"))
    assert post.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert f"{BASE}/s/{link}" in post.form.pop("Body")
    assert post.form == {
        "To": clinic.number("P-001"),
        "MessagingServiceSid": SERVICE,
        "StatusCallback": f"{BASE}/sms/status?m={row['id']}",
        "ValidityPeriod": "14400",
    }
    assert (row["status"], row["provider_id"], row["attempts"]) == ("sent", post.sid, 1)


def test_no_tick_posts_it_again(clinic, double):
    invite(clinic)
    for _ in range(3):
        later(clinic, minutes=11)
    assert len(double.posts) == 1 and double.lists == []


def test_each_text_is_one_post(clinic, double):
    for number in range(12):
        clinic.enrol(f"P-{number:03d}", on="2026-03-06")
    clinic.tick()
    assert sorted(post.form["To"] for post in double.posts) == sorted({clinic.number(f"P-{n:03d}") for n in range(12)})


# ---- texts to participants: nothing is lost, nothing is doubled in the dark


def test_too_many_requests_waits_as_long_as_asked_and_goes_then(clinic, double):
    double.faults.append(("429", 7))
    row = invite(clinic)
    assert (row["status"], row["due_at"]) == ("queued", "2026-03-02T15:00:07Z")
    later(clinic, seconds=6)
    assert len(double.posts) == 1
    later(clinic, seconds=1)
    assert [post.created for post in double.posts] == [False, True]
    assert invitation(clinic)["status"] == "sent"


@pytest.mark.parametrize("fault", ["500-before", "html503", "reset", "garbage"])
def test_an_ambiguous_text_that_never_arrived_goes_again(clinic, double, fault):
    double.faults.append(fault)
    assert invite(clinic)["status"] == "unknown"
    later(clinic, seconds=119)
    assert (len(double.posts), double.lists) == (1, [])  # no blind second try
    assert later(clinic, seconds=1) == 1
    assert double.lists == [clinic.number("P-001")]
    assert [post.created for post in double.posts] == [False, True]
    assert double.posts[0].form["Body"] == double.posts[1].form["Body"]  # the same link
    assert invitation(clinic)["status"] == "sent"


@pytest.mark.parametrize("fault", ["500-after", "reset-after", LATE])
def test_an_ambiguous_text_that_the_provider_has_is_not_sent_again(clinic, double, fault):
    double.faults.append(fault)
    assert invite(clinic)["status"] == "unknown"
    assert later(clinic, minutes=2) == 1
    later(clinic, hours=2)
    (post,) = double.posts
    row = invitation(clinic)
    assert (row["status"], row["provider_id"]) == ("sent", post.sid)
    assert clinic.open_tasks("text_unknown") == []


@pytest.mark.parametrize("code, tasks, out", [("30005", 1, False), ("21610", 0, True)])
@pytest.mark.parametrize("callback", ["never", "later"])
def test_a_text_found_undelivered_has_the_same_consequences_as_its_receipt(clinic, double, code, tasks, out, callback):
    double.faults.append("500-after")
    invite(clinic)
    (post,) = double.posts
    post.status, post.code = "undelivered", code if callback == "never" else ""
    assert later(clinic, minutes=2) == 1
    assert invitation(clinic)["status"] == "undelivered"
    if callback == "later":
        assert len(clinic.open_tasks("undelivered")) == 1
        path, form, headers = double.receipt(post, "undelivered", code)
        clinic.app().test_client().post(path, data=form, headers=headers, base_url=BASE)
        tasks = 1
    assert invitation(clinic)["reason"] == code
    assert len(clinic.open_tasks("undelivered")) == tasks
    assert contacts.opted_out(clinic.db, clinic.means.keys.number_hashes(clinic.number("P-001"))) is out


def test_a_receipt_settles_an_ambiguous_text_without_asking(clinic, double):
    double.faults.append(LATE)
    invite(clinic)
    path, form, headers = double.receipt(double.posts[0], "delivered")
    answer = clinic.app().test_client().post(path, data=form, headers=headers, base_url=BASE)
    assert answer.status_code < 300
    row = invitation(clinic)
    assert (row["status"], row["provider_id"]) == ("delivered", double.posts[0].sid)
    later(clinic, minutes=5)
    assert double.lists == [] and len(double.posts) == 1


def test_an_ambiguous_text_stays_so_while_the_provider_does_not_answer(clinic, double):
    double.faults.append("500-after")
    double.list_faults.extend(["500-before"] * 20)
    invite(clinic)
    assert later(clinic, minutes=2) == 1
    assert invitation(clinic)["status"] == "unknown"
    assert later(clinic, minutes=9) == 0
    assert later(clinic, minutes=1) == 1  # ten minutes after the first question
    later(clinic, hours=1)
    assert [task["subject"] for task in clinic.open_tasks("text_unknown")] == [invitation(clinic)["id"]]
    double.list_faults.clear()
    later(clinic, minutes=10)
    assert invitation(clinic)["status"] == "sent" and len(double.posts) == 1
    assert clinic.open_tasks("text_unknown") == []


def test_a_call_that_a_crash_cut_off_is_asked_for_and_not_forgotten(clinic, double):
    clinic.enrol("P-001", on="2026-03-06")
    tick(clinic.db, clinic.means, clinic.now)
    (ready,) = send.claim(clinic.db, clinic.means, "participant", 8, clinic.now)  # and here the process dies
    assert invitation(clinic)["status"] == "sending"
    later(clinic, seconds=21)
    assert (invitation(clinic)["status"], double.posts) == ("unknown", [])
    later(clinic, minutes=2)
    assert invitation(clinic)["status"] == "sent"
    assert [post.form["To"] for post in double.posts] == [ready.to]


# ---- a nurse's text: within 15 seconds it is known to be accepted, or the next one is texted


def red(clinic):
    """A red answer, and the first call for it."""
    clinic.enrol("P-001", on="2026-03-06")
    clinic.tick()
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["chest"]})
    clinic.tick()


def seconds_until(clinic, true, most=30):
    """Tick and send each second until something is true; after how many."""
    for second in range(most):
        if true():
            return second
        later(clinic, seconds=1)
    raise AssertionError("it did not happen")


def test_a_nurse_is_texted_once_when_all_is_well(clinic, double):
    red(clinic)
    for _ in range(20):
        later(clinic, seconds=1)
    (post,) = to(double, NINA)
    assert to(double, NOOR) == []
    alert = clinic.alerts("P-001")[0]
    assert f"{BASE}/care/alerts/{alert['id']}" in post.form["Body"]
    assert post.form["StatusCallback"].startswith(f"{BASE}/sms/status?m=")


@pytest.mark.parametrize("fault", ["429", "500-before", "500-after", "reset", "html503", LATE, ("code", 20003, 401)])
def test_a_nurses_text_not_known_to_be_accepted_goes_to_the_next_within_15_seconds(clinic, double, fault):
    double.faults = lambda post: fault if post.form["To"] == NINA else None
    red(clinic)
    assert seconds_until(clinic, lambda: to(double, NOOR, created=True)) <= 15


@pytest.mark.parametrize("code", [21610, 21211, 30034, 99999])
def test_a_refused_nurses_text_goes_to_the_next_at_once(clinic, double, code):
    double.faults = lambda post: ("code", code) if post.form["To"] == NINA else None
    red(clinic)
    assert seconds_until(clinic, lambda: to(double, NOOR, created=True)) <= (15 if code == 30034 else 2)


def test_a_nurses_text_told_to_wait_goes_to_her_all_the_same(clinic, double):
    faults = ["429"]
    double.faults = lambda post: faults.pop() if post.form["To"] == NINA and faults else None
    red(clinic)
    assert seconds_until(clinic, lambda: to(double, NINA, created=True)) == 2
    assert to(double, NOOR) == []


@pytest.mark.parametrize(
    "due_in, under_way, rerouted",
    [(0, 1, True), (30, 1, False), (0, 0, False)],
    ids=["due", "not yet due", "the system was away"],
)
def test_a_nurses_text_that_finds_no_place_goes_to_the_next(clinic, due_in, under_way, rerouted):
    """The places of the lane are taken by calls that hang: the text is due, and nobody tries it."""
    for code in ("P-001", "P-002"):
        clinic.enrol(code, on="2026-03-06")
        clinic.saves(clinic.visit(code, "baseline"), "red_flags", {"red_flags": ["chest"]})
        send.claim(clinic.db, clinic.means, "staff", under_way if code == "P-001" else 0, clinic.now)
    (alert,) = clinic.alerts("P-002")
    due_at = {"id": alert["id"], "due_at": stamp(clinic.now + timedelta(seconds=due_in))}
    run(clinic.db, "update message set due_at = :due_at where alert_id = :id", due_at)
    for seconds, told in (14, ["nina"]), (1, ["nina", "noor"] if rerouted else ["nina"]):
        clinic.clock.set(clinic.now + timedelta(seconds=seconds))
        tick(clinic.db, clinic.means, clinic.now)
        texts = messages.of_alert(clinic.db, alert["id"])
        assert [text["staff_id"] for text in texts] == [clinic.staff[login] for login in told]
        assert {text["attempts"] for text in texts} == {0}


# ---- a message that cannot be made


def test_a_text_that_cannot_be_made_keeps_no_other_one_back(tmp_path):
    clinic = Study(tmp_path)
    clinic.enrol("P-001", on="2026-03-06")
    clinic.enrol("P-002", on="2026-03-06")
    tick(clinic.db, clinic.means, clinic.now)
    statement = "update contact set mobile_sealed = 'not sealed by us' where participant_id = :id"
    run(clinic.db, statement, {"id": clinic.id("P-001")})
    assert send.deliver(clinic.db, clinic.means, "participant", clinic.now) == 1
    assert len(clinic.texts("P-002")) == 1
    row = invitation(clinic)
    assert (row["status"], row["reason"], row["due_at"]) == ("queued", "fault", "2026-03-02T15:10:00Z")
    assert ("send", "UnknownKey") in {(fault["step"], fault["what"]) for fault in health.faults(clinic.db)}
    assert health.standing(clinic.db, "send") == {row["id"]}


def sealed_number(clinic, code):
    return rows(clinic.db, "select mobile_sealed from contact where participant_id = :id", {"id": clinic.id(code)})[0]


def seal_anew(clinic, code, mobile_sealed):
    with write(clinic.db):
        contacts.change(clinic.db, clinic.id(code), mobile_sealed=mobile_sealed)


def test_the_fault_of_a_text_ends_when_it_goes(tmp_path):
    clinic = Study(tmp_path)
    clinic.enrol("P-001", on="2026-03-06")
    tick(clinic.db, clinic.means, clinic.now)
    right = sealed_number(clinic, "P-001")
    seal_anew(clinic, "P-001", "not sealed by us")
    clinic.tick()
    assert health.standing(clinic.db, "send") == {invitation(clinic)["id"]}
    seal_anew(clinic, "P-001", **right)
    later(clinic, minutes=10)
    assert invitation(clinic)["status"] == "sent"
    assert health.standing(clinic.db, "send") == set()


@pytest.mark.parametrize("how", ["asked for again", "a receipt"])
def test_the_fault_of_asking_ends_when_the_text_is_settled(clinic, double, how):
    double.faults.append("500-after")
    row = invite(clinic)
    right = sealed_number(clinic, "P-001")
    seal_anew(clinic, "P-001", "not sealed by us")
    later(clinic, minutes=2)
    assert health.standing(clinic.db, "ask") == {row["id"]}
    seal_anew(clinic, "P-001", **right)
    if how == "a receipt":
        path, form, headers = double.receipt(double.posts[0], "sent")
        clinic.app().test_client().post(path, data=form, headers=headers, base_url=BASE)
    else:
        later(clinic, minutes=10)
    assert invitation(clinic)["status"] == "sent"
    assert health.standing(clinic.db, "ask") == set()


def test_a_nurses_text_that_cannot_be_made_goes_to_the_next(tmp_path):
    clinic = Study(tmp_path)
    clinic.enrol("P-001", on="2026-03-06")
    clinic.tick()
    clinic.saves(clinic.visit("P-001", "baseline"), "red_flags", {"red_flags": ["chest"]})
    statement = "update staff set mobile_sealed = 'not sealed by us' where id = :id"
    run(clinic.db, statement, {"id": clinic.staff["nina"]})
    clinic.tick()
    later(clinic, seconds=1)
    assert len(clinic.sms.texts_to(NOOR)) == 1
    assert [fault["step"] for fault in health.faults(clinic.db)] == ["send"]
    assert health.standing(clinic.db, "send") == set()


# ---- asking


def test_an_invitation_in_the_list_is_not_taken_for_its_reminder(tmp_path):
    clinic = Study(tmp_path)
    clinic.enrol("P-001", status="performed", on="2026-02-02")
    clinic.tick()
    clinic.sms.listed = [Listed("SM1", clinic.texts("P-001")[0], "delivered", "2026-03-02T15:00:00Z")]
    clinic.sms.faults = [SmsUnknown()]
    clinic.ticks(days=2)
    reminder = messages.of_participant(clinic.db, clinic.id("P-001"))[0]
    assert (reminder["kind"], reminder["status"]) == ("reminder", "unknown")
    later(clinic, minutes=10)
    assert len(clinic.texts("P-001")) == 2


def test_nothing_due_takes_no_turn_to_write(clinic):
    """A lane looks four times a second: while another writes, it must not wait."""
    other = open_database(clinic.db.path)
    with write(other):
        assert send.claim(clinic.db, clinic.means, "participant", 8, clinic.now) == []
        assert asking.to_ask(clinic.db, clinic.means, clinic.now, 8) == []
