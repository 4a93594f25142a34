"""What must hold of the nurse loop whatever happens: random lives of answers, taking, calls to whoever and their taking
back, decisions, handing over, failed texts, clock jumps, restarts and staff who leave or are away, played on the real
actions, a real database file and a fake gateway."""

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import app as house
from prom.actions import alerts as alert_actions
from prom.actions import chase, disclose, rota, send, staff, tick
from prom.errors import Conflict, Forbidden, Refusal, SmsRejected, SmsUnavailable, SmsUnknown
from prom.rules import alert_life, ladder, worklist
from prom.rules.hours import is_open
from prom.rules.times import instant, stamp
from prom.store import alerts, contacts, health
from prom.store import staff as staff_rows
from prom.store.connect import rows
from tests.study import Study

OPERATOR = "+15550100099"
PEOPLE = ("ADA", "BEN", "CID")
STAFF = {"nina": "+15550100011", "noor": "+15550100012", "leda": "+15550100013"}
# 15 seconds until a text counts as lost, two ticks, and the provider's time-out, as a sender's time
LONGEST_UNTOLD = 15 + 2 + 10
GONE = ("sent", "delivered")
ALARMING = {("nobody_on_call", "main"), ("provider", "staff")}  # faults of which the operator is told
ANSWERS = st.sampled_from(
    [
        {"red_flags": ["chest"]},
        {"red_flags": ["chest", "bleed"]},
        {"urgency": "urgent"},
        {"urgency": "call"},
        {"comment": "words"},
    ]
)
FAULTS = st.lists(
    st.sampled_from([None, SmsRejected("21211"), SmsRejected("21610"), SmsUnavailable("429"), SmsUnknown("time-out")]),
    max_size=6,
)


class NurseLoop(RuleBasedStateMachine):
    """One clinic at work. ran: for each alert, how many seconds a sender has run since it last called."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="loop-"))
        self.ran: Counter[tuple[str, int]] = Counter()
        self.gone: set[str] = set()  # who left
        self.last_second = None  # the last instant at which everything ran

    def teardown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what happens

    @initialize(at=st.sampled_from(["2026-04-02T15:00:00Z", "2026-04-03T07:00:00Z", "2026-04-04T18:00:00Z"]))
    def opens(self, at):
        """A Thursday morning, a Friday at 03:00, a Saturday, in New York: three people whose form is open."""
        self.clinic = Study(self.folder, at="2026-03-02T15:00:00Z", PROM_OPERATOR=OPERATOR)
        for code in PEOPLE:
            self.clinic.enrol(code, status="performed", on="2026-03-02", second_contact="Synthetic Neighbour")
        self.clinic.at(at)
        self.clinic.tick()

    @rule(code=st.sampled_from(PEOPLE), given=ANSWERS)
    def saves(self, code, given):
        """A screen is saved; a first one with a warning sign raises at once, others when their form is sent."""
        visit = self.clinic.visit(code, "1m")
        if visit["submitted_at"]:
            return
        if "red_flags" in given:
            self.clinic.saves(visit, "red_flags", given)
        else:
            self.clinic.answers(visit, **given)

    @rule(seconds=st.integers(1, 40))
    def runs(self, seconds):
        """Ticks and senders, each second."""
        for _ in range(seconds):
            self.clinic.clock.set(self.clinic.now + timedelta(seconds=1))
            self.second()

    def second(self):
        tick.tick(self.clinic.db, self.clinic.means, self.clinic.now)
        for lane in send.LANES:
            send.deliver(self.clinic.db, self.clinic.means, lane, self.clinic.now)
        self.last_second = self.clinic.now
        for alert in alerts.open_alerts(self.clinic.db):
            self.ran[alert["id"], alert_life.calls(self.events(alert))] += 1

    @rule(minutes=st.sampled_from([5, 16, 31, 61, 300, 1500, 6000]))
    def jumps(self, minutes):
        """Nothing runs for a while; then one second of everything."""
        self.clinic.clock.set(self.clinic.now + timedelta(minutes=minutes))
        tick.tidy(self.clinic.db, self.clinic.means, self.clinic.now)
        self.second()

    @rule()
    def restarts(self):
        """The processes end and begin anew: what they knew is in the database alone."""
        before = self.clinic.installation
        again = house.assemble(before.settings, self.clinic.clock, self.clinic.sms)
        self.clinic.means = again.means
        self.clinic.installation = again

    @rule(faults=FAULTS)
    def provider_ails(self, faults):
        """The next calls fail so."""
        self.clinic.sms.faults = list(faults)

    @rule(
        data=st.data(),
        login=st.sampled_from(list(STAFF)),
        verb=st.sampled_from(alert_actions.VERBS),
        opened=st.booleans(),
    )
    @precondition(lambda self: self.open())
    def acts(self, data, login, verb, opened):
        """Somebody takes an alert, or calls."""
        alert = data.draw(st.sampled_from(self.open()))
        if opened:
            disclose.viewed(self.clinic.db, alert["id"], self.clinic.now, staff_id=self.clinic.staff[login])
        called = data.draw(st.sampled_from(["participant", "second_contact"]))
        given = {} if verb == "acknowledged" else {"called": called}
        self.tries(
            lambda who: alert_actions.act(self.clinic.db, alert["id"], verb, self.clinic.now, **given, **who), login
        )

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)), jump=st.sampled_from([0, 90, 1500, 6000]))
    @precondition(lambda self: self.open())
    def speaks_and_leaves_it_alone(self, data, login, jump):
        """The participant is spoken to, and the alert is not closed for up to four days."""
        alert = data.draw(st.sampled_from(self.open()))
        self.tries(
            lambda who: alert_actions.act(
                self.clinic.db, alert["id"], "contacted", self.clinic.now, called="participant", **who
            ),
            login,
        )
        if jump:
            self.jumps(minutes=jump)

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)), whom=st.lists(st.booleans(), min_size=1, max_size=5))
    @precondition(lambda self: self.open())
    def calls_in_vain(self, data, login, whom):
        """Some calls that reach nobody, a minute apart; a second contact may be spoken to among them."""
        alert = data.draw(st.sampled_from(self.open()))
        for spoken in whom:
            verb, called = ("contacted", "second_contact") if spoken else ("call_tried", "participant")
            self.clinic.clock.set(self.clinic.now + timedelta(minutes=1))
            given = {"called": called}
            self.tries(
                lambda who, verb=verb, given=given: alert_actions.act(
                    self.clinic.db, alert["id"], verb, self.clinic.now, **given, **who
                ),
                login,
            )
        self.second()

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)))
    @precondition(lambda self: self.open())
    def takes_back(self, data, login):
        alert = data.draw(st.sampled_from(self.open()))
        self.tries(
            lambda who: alert_actions.undo_contact(self.clinic.db, alert["id"], self.clinic.now, why="A slip.", **who),
            login,
        )
        self.second()

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)))
    @precondition(lambda self: self.open())
    def decides(self, data, login):
        alert = data.draw(st.sampled_from(self.open()))
        person = staff_rows.by_id(self.clinic.db, self.clinic.staff[login])
        self.tries(
            lambda who: chase.decide(
                self.clinic.db, alert["id"], self.clinic.now, by=person, sites=("main",), note="Look in.", seen=None
            ),
            login,
        )

    @rule(login=st.sampled_from(list(STAFF)), hours=st.sampled_from([1, 24, 96]))
    def is_away(self, login, hours):
        person = staff_rows.by_id(self.clinic.db, self.clinic.staff[login])
        until = self.clinic.now + timedelta(hours=hours)
        self.tries(
            lambda who: rota.mark_away(
                self.clinic.db, person["id"], self.clinic.now, until, self.clinic.now, by=person
            ),
            login,
        )

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)), to=st.sampled_from(list(STAFF)))
    @precondition(lambda self: self.open())
    def hands_over(self, data, login, to):
        alert = data.draw(st.sampled_from(self.open()))
        self.tries(
            lambda who: alert_actions.hand_over(
                self.clinic.db, self.clinic.means, alert["id"], self.clinic.staff[to], self.clinic.now, **who
            ),
            login,
        )

    @rule(data=st.data(), login=st.sampled_from(list(STAFF)))
    @precondition(lambda self: self.open())
    def closes(self, data, login):
        alert = data.draw(st.sampled_from(self.open()))
        self.tries(
            lambda who: alert_actions.close(
                self.clinic.db, self.clinic.means, alert["id"], self.clinic.now,
                outcome="advice", note="Called.", texts="resume", agreed=True, **who,
            ),  # fmt: skip
            login,
        )

    @rule(login=st.sampled_from(list(STAFF)))
    def leaves(self, login):
        """Somebody leaves the staff, for good."""
        if login not in self.gone:
            self.gone.add(login)
            staff.deactivate(
                self.clinic.db, self.clinic.means, self.clinic.staff[login], self.clinic.now,
                by=self.clinic.staff["adam"],
            )  # fmt: skip

    @rule(login=st.sampled_from(list(STAFF)))
    def opts_out(self, login):
        hashed = self.clinic.means.keys.number_hash(STAFF[login])
        contacts.opt_out(self.clinic.db, hashed, "text", stamp(self.clinic.now))

    # ---- what always holds

    @invariant()
    def somebody_is_told_in_time(self):
        """Within the seconds that a sender needs, every open red alert, and a high one in opening hours, that nobody
        has, has a person who was told of this call, or an alarm of the operator's."""
        if not hasattr(self, "clinic"):
            return
        for alert in self.open():
            events = self.events(alert)
            waits = alert_life.taken(events) is None and alert_life.state(events) == "open"
            ran = self.ran[alert["id"], alert_life.calls(events)]
            counts = alert["class"] == "red" or alert["class"] == "high" and self.open_throughout(ran)
            if waits and counts and ran > LONGEST_UNTOLD:
                assert self.told(alert, events) or self.alarmed(alert), (alert["class"], self.messages(alert["id"]))

    @invariant()
    def no_alert_closes_without_a_person(self):
        for alert in self.all():
            closings = [event for event in self.events(alert) if event["kind"] == "closed"]
            assert bool(alert["closed_at"]) == bool(closings) and all(event["staff_id"] for event in closings)

    @invariant()
    def red_stands_for_its_own_report(self):
        """A red reason is kept on a red alert of the report that gave it, and its first text is due when it calls."""
        for alert in self.all():
            reasons = alerts.reasons(self.clinic.db, alert["id"])
            if any(reason["class"] == "red" for reason in reasons):
                assert alert["class"] == "red" and alert["visit_id"]
                for text in self.messages(alert["id"]):
                    first = text["kind"] == "alert" and text["step"] % 1_000_000 == 0 and not text["attempts"]
                    assert not first or text["due_at"] <= stamp(self.clinic.now)

    @invariant()
    def each_rung_fires_once(self):
        """At most once a step, those in place of a lost text aside; and at least once where it has come due, a second
        has run since, and nobody had it."""
        for alert in self.all():
            texts = [text for text in self.messages(alert["id"]) if text["kind"] == "alert"]
            for step, many in Counter(text["step"] for text in texts).items():
                lost = sum(text["step"] == step and text["rerouted_at"] is not None for text in texts)
                assert many - lost <= 1, (step, texts)

    @invariant()
    def a_due_rung_has_fired(self):
        for alert in self.all():
            events = self.events(alert)
            call = alert_life.calls(events)
            if alert["closed_at"] or alert_life.state(events) != "open" or not self.ran[alert["id"], call]:
                continue
            if self.clinic.now != self.last_second:
                continue
            study = self.clinic.study
            due = ladder.rungs_due(study, alert["class"], instant(alert_life.called_at(events)), None, self.clinic.now)
            steps = {text["step"] for text in self.messages(alert["id"]) if text["kind"] == "alert"}
            base = 1_000_000 * (call - 1)
            rungs = len(study.alerts.of(alert["class"]).ladder)
            reachable = any(self.can_be_told(login) for login in STAFF)
            for rung in due:
                if rung < rungs and reachable:
                    assert base + rung in steps, (rung, steps, alert["class"])

    @invariant()
    def only_the_participant_makes_an_alert_contacted(self):
        for alert in self.all():
            spoken = 0
            for event in self.events(alert):
                if event["kind"] in ("raised", "climbed", "owner_left", "not_opened"):
                    spoken = 0
                spoken += event["kind"] == "contacted" and event["called"] != "second_contact"
                spoken -= event["kind"] == "contact_undone"
            if not alert["closed_at"]:
                assert (alert_life.state(self.events(alert)) == "contacted") == (spoken > 0)

    @invariant()
    def what_somebody_has_is_not_left_alone(self):
        """Past its time it is overdue, and somebody, its owner or another, was told of that, or the operator was."""
        for alert in self.open() if self.just_ran() else []:
            events = self.events(alert)
            since, found = None, worklist.standing(self.clinic.study, alert["class"], events, self.clinic.now)
            if found.state == "acknowledged":
                since, first = found.taken, 0
            elif found.state == "contacted":
                since, first = alert_life.to_close(events), 2
            if since is None or found.due_by is None or self.clinic.now < found.due_by:
                continue
            assert found.overdue or self.clinic.now == found.due_by
            texts = [text for text in self.messages(alert["id"]) if text["kind"] == "chase"]
            told = any(text["step"] == 10 * since["seq"] + first for text in texts)
            assert told or self.alarmed(alert), (found, texts)

    @invariant()
    def who_is_said_to_be_asked_is_asked(self):
        """While the record says that a physician was asked and waits, a text says so, or the operator knows of it."""
        for alert in self.open() if self.just_ran() else []:
            asked = alert_life.asked(self.events(alert))
            if asked and alert["class"] == "red":
                texts = [text for text in self.messages(alert["id"]) if text["kind"] == "physician"]
                mine = [text for text in texts if text["step"] == asked["seq"]]
                assert self.alarmed(alert) or any(text["reason"] != "overtaken" for text in mine), texts

    @invariant()
    def the_next_person_is_called_when_it_was_not_opened(self):
        for alert in self.open() if self.just_ran() else []:
            fallen = alert_life.fallen_back(self.events(alert))
            if fallen and alert["class"] == "red":
                texts = [text for text in self.messages(alert["id"]) if text["kind"] == "alert"]
                assert any(text["due_at"] >= fallen["at"] for text in texts) or self.alarmed(alert), texts

    # ---- looking

    def just_ran(self):
        """Whether ticks and senders have run and nothing has happened to the clock since."""
        return hasattr(self, "clinic") and self.last_second is not None and self.clinic.now == self.last_second

    def tries(self, do, login):
        if login in self.gone:
            return
        try:
            do({"staff_id": self.clinic.staff[login], "sites": ("main",)})
        except (Conflict, Forbidden, Refusal):
            pass

    def all(self):
        return rows(self.clinic.db, "select * from alert") if hasattr(self, "clinic") else []

    def open(self):
        return alerts.open_alerts(self.clinic.db) if hasattr(self, "clinic") else []

    def events(self, alert):
        return alerts.events(self.clinic.db, alert["id"])

    def messages(self, alert_id):
        return rows(self.clinic.db, "select * from message where alert_id = :id order by rowid", {"id": alert_id})

    def open_throughout(self, seconds):
        now = self.clinic.now
        return is_open(self.clinic.study, now) and is_open(self.clinic.study, now - timedelta(seconds=seconds))

    def told(self, alert, events):
        base = 1_000_000 * (alert_life.calls(events) - 1)
        return any(
            text["kind"] == "alert" and text["step"] >= base and text["status"] in GONE
            for text in self.messages(alert["id"])
        )

    def alarmed(self, alert):
        about = rows(self.clinic.db, "select about from message where kind = 'alarm'")
        faults = {(fault["step"], fault["subject"]) for fault in health.standing_faults(self.clinic.db)}
        return any(alert["id"] in each["about"] for each in about) or bool(faults & ALARMING)

    def can_be_told(self, login):
        return rota.can_be_told(self.clinic.db, self.clinic.means, self.clinic.staff[login], self.clinic.now)


def plays(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        NurseLoop,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_the_loop_holds_over_random_lives():
    plays(8, 15)


@pytest.mark.long
def test_the_loop_holds_over_many_long_lives():
    plays(120, 40)
