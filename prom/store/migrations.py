"""Every table of the house, made by migrations and by nothing else. A migration is never edited once released."""

import shutil
from functools import cache
from pathlib import Path

import sqlite_utils
from sqlite_utils import Migrations

from prom.errors import SettingFault
from prom.store.connect import Database, rows, turn

migrations = Migrations("prom")

_INSTANT = "glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z'"
_DATE = "glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"

_TABLES = f"""
create table installation (
    only_row integer primary key check (only_row = 1),
    kind text not null check (kind in ('real', 'synthetic')),
    since text not null check (since {_INSTANT})
) strict;

create table sending_address (
    only_row integer primary key check (only_row = 1),
    base_url text not null
) strict;

create table seal_check (
    only_row integer primary key check (only_row = 1),
    sealed text not null
) strict;

create table study_version (
    sha256 text primary key,
    key text not null,
    version text not null,
    name text not null,
    body text not null,
    first_seen_at text not null check (first_seen_at {_INSTANT})
) strict;

create table site (id text primary key, name text not null) strict;

create table staff (
    id text primary key,
    login text not null unique,
    name text not null,
    site_id text not null references site(id),
    password_hash text not null,
    mobile_sealed text,
    number_hash text,
    may_grade integer not null default 0 check (may_grade in (0, 1)),
    active integer not null default 1 check (active in (0, 1)),
    created_at text not null check (created_at {_INSTANT})
) strict;

create table staff_role (
    staff_id text not null references staff(id),
    role text not null check (role in ('nurse', 'coordinator', 'investigator', 'analyst', 'admin')),
    primary key (staff_id, role)
) strict;

create table on_call (
    site_id text not null references site(id),
    position integer not null check (position >= 0),
    staff_id text not null references staff(id),
    primary key (site_id, position)
) strict;

create table session (
    token_hash text primary key,
    staff_id text not null references staff(id),
    started_at text not null check (started_at {_INSTANT}),
    last_used_at text not null check (last_used_at {_INSTANT}),
    ended_at text check (ended_at {_INSTANT})
) strict;

create table counter (
    key text primary key,
    since text not null check (since {_INSTANT}),
    count integer not null check (count >= 0)
) strict;

create table participant (
    id text primary key,
    code text not null unique,
    study_key text not null,
    site_id text not null references site(id),
    is_test integer not null default 0 check (is_test in (0, 1)),
    imported integer not null default 0 check (imported in (0, 1)),
    zone text not null,
    language text not null,
    needs_interpreter integer not null default 0 check (needs_interpreter in (0, 1)),
    contact_mode text not null check (contact_mode in ('text', 'phone', 'paper', 'none')),
    assigned_arm text,
    eligibility text not null,
    eligible integer not null check (eligible in (0, 1)),
    eligibility_by text references staff(id),
    enrolled_on text not null check (enrolled_on {_DATE}),
    enrolled_at text not null check (enrolled_at {_INSTANT}),
    enrolled_by text references staff(id),
    replan_at text check (replan_at {_INSTANT}),
    check (is_test = (code like 'TEST-%'))
) strict;

create unique index participant_by_code on participant(lower(code));
create index participant_to_replan on participant(replan_at) where replan_at is not null;

create table contact (
    participant_id text primary key references participant(id),
    name_sealed text,
    mobile_sealed text,
    number_hash text,
    verified_at text check (verified_at {_INSTANT}),
    verified_how text check (verified_how in ('code', 'call')),
    birth_year_sealed text,
    second_contact_sealed text,
    record_number_sealed text,
    call_name_sealed text,
    wrong_since text check (wrong_since {_INSTANT})
) strict;
create index contact_by_number on contact(number_hash);

create table consent (
    id text primary key,
    participant_id text not null references participant(id),
    kind text not null check (kind in ('study', 'texts')),
    given integer not null check (given in (0, 1)),
    version text not null,
    language text not null,
    signed_on text not null check (signed_on {_DATE}),
    recorded_at text not null check (recorded_at {_INSTANT}),
    recorded_by text references staff(id)
) strict;
create index consent_of_participant on consent(participant_id, kind, recorded_at);

create table status_event (
    id text primary key,
    participant_id text not null references participant(id),
    kind text not null check (kind in ('stopped_texts', 'resumed_texts', 'left_follow_up', 'erasure_asked', 'lost',
                                       'deceased', 'screen_failure', 'entered_in_error', 'undone')),
    at text not null check (at {_INSTANT}),
    source text not null,
    staff_id text references staff(id)
) strict;
create index status_event_of_participant on status_event(participant_id, at);

create table decision (
    id text primary key,
    participant_id text not null references participant(id),
    decided_on text not null check (decided_on {_DATE}),
    recorded_at text not null check (recorded_at {_INSTANT}),
    staff_id text references staff(id),
    undone_at text check (undone_at {_INSTANT}),
    undone_by text references staff(id)
) strict;
create unique index decision_standing on decision(participant_id) where undone_at is null;

create table procedure (
    id text primary key,
    participant_id text not null references participant(id),
    kind text not null,
    body_site text,
    side text,
    status text not null check (status in ('planned', 'performed', 'postponed', 'cancelled', 'attempted')),
    planned_on text check (planned_on {_DATE}),
    performed_on text check (performed_on {_DATE}),
    performed_time text check (performed_time glob '[0-2][0-9]:[0-5][0-9]'),
    performed_recorded_at text check (performed_recorded_at {_INSTANT}),
    technical_success integer check (technical_success in (0, 1)),
    created_at text not null check (created_at {_INSTANT}),
    check ((status in ('performed', 'attempted')) = (performed_on is not null))
) strict;
create index procedure_of_participant on procedure(participant_id);

create table procedure_event (
    seq integer primary key autoincrement,
    procedure_id text not null references procedure(id),
    at text not null check (at {_INSTANT}),
    staff_id text references staff(id),
    status text not null,
    planned_on text,
    performed_on text,
    performed_time text,
    technical_success integer,
    undone_at text check (undone_at {_INSTANT}),
    undone_by text references staff(id)
) strict;
create index procedure_event_of_procedure on procedure_event(procedure_id);

create table visit (
    id text primary key,
    participant_id text not null references participant(id),
    procedure_id text not null references procedure(id),
    timepoint text not null,
    occasion integer not null check (occasion >= 1),
    due_on text check (due_on {_DATE}),
    opens_at text check (opens_at {_INSTANT}),
    closes_at text check (closes_at {_INSTANT}),
    finish_by text check (finish_by {_INSTANT}),
    window_opens_on text check (window_opens_on {_DATE}),
    window_closes_on text check (window_closes_on {_DATE}),
    planned_for text check (planned_for {_DATE}),
    serves_on text check (serves_on {_DATE}),
    study_version text references study_version(sha256),
    opened_at text check (opened_at {_INSTANT}),
    started_at text check (started_at {_INSTANT}),
    submitted_at text check (submitted_at {_INSTANT}),
    look_at text check (look_at {_INSTANT}),
    silence_judged_at text check (silence_judged_at {_INSTANT}),
    cancelled_at text check (cancelled_at {_INSTANT}),
    cancel_reason text check (cancel_reason in ('cancelled', 'overtaken', 'not_needed', 'not_collected',
                                                'withdrawn')),
    created_at text not null check (created_at {_INSTANT}),
    unique (procedure_id, timepoint, occasion),
    check ((cancelled_at is null) = (cancel_reason is null)),
    check (submitted_at is null or cancelled_at is null)
) strict;
create index visit_of_participant on visit(participant_id);
create index visit_to_look_at on visit(look_at) where look_at is not null;
create index visit_silent on visit(finish_by, id) where submitted_at is null and cancelled_at is null
    and (silence_judged_at is null or silence_judged_at < finish_by);
create index visit_ending on visit(finish_by) where submitted_at is null and cancelled_at is null;

create table link (
    id text primary key,
    visit_id text not null references visit(id),
    generation integer not null check (generation >= 1),
    key_id text not null,
    token_hash text not null unique,
    created_at text not null check (created_at {_INSTANT}),
    ended_at text check (ended_at {_INSTANT}),
    ended_how text check (ended_how in ('number_changed', 'not_me')),
    wrong_years integer not null default 0 check (wrong_years between 0 and 5),
    locked_at text check (locked_at {_INSTANT}),
    unique (visit_id, generation),
    check ((ended_at is null) = (ended_how is null)),
    check ((locked_at is null) = (wrong_years < 5))
) strict;

create table pass (
    id text primary key,
    link_id text not null references link(id),
    token_hash text not null unique,
    made_at text not null check (made_at {_INSTANT}),
    last_used_at text not null check (last_used_at {_INSTANT})
) strict;
create index pass_of_link on pass(link_id);

create table draft (
    seq integer primary key autoincrement,
    visit_id text not null references visit(id),
    step text not null,
    answers text not null,
    layout text check (layout in ('row', 'column')),
    late integer not null default 0 check (late in (0, 1)),
    sheet text,
    staff_id text references staff(id),
    saved_at text not null check (saved_at {_INSTANT})
) strict;
create index draft_of_visit on draft(visit_id, seq);

create table held_screen (
    id text primary key,
    visit_id text not null references visit(id),
    step text not null,
    form text not null,
    at text not null check (at {_INSTANT})
) strict;
create index held_screen_of_visit on held_screen(visit_id, at);
create index held_screen_by_age on held_screen(at);

create table draft_check (
    visit_id text not null references visit(id),
    seq integer not null,
    at text not null check (at {_INSTANT}),
    primary key (visit_id, seq)
) strict;

create table response (
    id text primary key,
    visit_id text not null references visit(id),
    version integer not null check (version >= 1),
    answers text not null,
    study_version text not null references study_version(sha256),
    language text not null,
    mode text not null check (mode in ('web', 'phone', 'paper', 'imported')),
    who text check (who in ('self', 'helped', 'proxy')),
    identity_check text not null check (identity_check in ('link', 'birth_year', 'staff')),
    layout text check (layout in ('row', 'column')),
    submitted_at text not null check (submitted_at {_INSTANT}),
    filled_on text check (filled_on {_DATE}),
    recorded_by text references staff(id),
    asked_by text,
    reason text,
    approved_by text references staff(id),
    unique (visit_id, version)
) strict;

create table alert (
    id text primary key,
    participant_id text not null references participant(id),
    visit_id text references visit(id),
    class text not null check (class in ('red', 'high', 'routine')),
    source text not null check (source in ('report', 'text', 'silence')),
    raised_at text not null check (raised_at {_INSTANT}),
    closed_at text check (closed_at {_INSTANT})
) strict;
create unique index alert_open_of_report on alert(visit_id) where closed_at is null and visit_id is not null;
create unique index alert_open_of_source on alert(participant_id, source)
    where closed_at is null and visit_id is null;
create index alert_of_participant on alert(participant_id);

create table alert_reason (
    seq integer primary key autoincrement,
    alert_id text not null references alert(id),
    rule text not null,
    class text not null check (class in ('red', 'high', 'routine')),
    item text not null,
    details text not null,
    serious integer not null default 0 check (serious in (0, 1)),
    rules_version text not null,
    study_version text not null references study_version(sha256),
    at text not null check (at {_INSTANT})
) strict;
create index alert_reason_of_alert on alert_reason(alert_id);
create index alert_reason_serious on alert_reason(alert_id, at) where serious = 1;

create table alert_event (
    seq integer primary key autoincrement,
    alert_id text not null references alert(id),
    kind text not null,
    at text not null check (at {_INSTANT}),
    staff_id text references staff(id),
    outcome text,
    texts text check (texts in ('resume', 'stay_stopped')),
    note text,
    message_id text references message(id),
    to_staff_id text references staff(id),
    called text check (called in ('participant', 'second_contact')),
    check ((kind = 'handed_over') = (to_staff_id is not null))
) strict;
create index alert_event_of_alert on alert_event(alert_id);
create trigger alert_event_is_never_changed before update on alert_event
    begin select raise(abort, 'what happened with an alert is append-only'); end;
create trigger alert_event_is_never_deleted before delete on alert_event
    begin select raise(abort, 'what happened with an alert is append-only'); end;

create table reading (
    visit_id text primary key references visit(id),
    read_seq integer not null,
    read_at text not null check (read_at {_INSTANT}),
    staff_id text not null references staff(id)
) strict;

create table task (
    id text primary key,
    kind text not null,
    subject text not null,
    participant_id text references participant(id),
    visit_id text references visit(id),
    procedure_id text references procedure(id),
    alert_id text references alert(id),
    of_site text references site(id),
    raised_at text not null check (raised_at {_INSTANT}),
    due_on text check (due_on {_DATE}),
    done_at text check (done_at {_INSTANT}),
    done_by text references staff(id),
    outcome text,
    note text
) strict;
create unique index task_open on task(kind, subject) where done_at is null;

create table message (
    id text primary key,
    lane text not null check (lane in ('staff', 'participant')),
    kind text not null,
    step integer not null default 0,
    about text not null,
    recipient text not null,
    participant_id text references participant(id),
    staff_id text references staff(id),
    visit_id text references visit(id),
    alert_id text references alert(id),
    task_id text references task(id),
    text_key text not null,
    language text not null,
    study_version text not null references study_version(sha256),
    status text not null check (status in ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed',
                                           'dropped', 'unknown')),
    reason text,
    attempts integer not null default 0,
    segments integer,
    number_hash text,
    queued_at text not null check (queued_at {_INSTANT}),
    due_at text not null check (due_at {_INSTANT}),
    claimed_at text check (claimed_at {_INSTANT}),
    sent_at text check (sent_at {_INSTANT}),
    delivered_at text check (delivered_at {_INSTANT}),
    rerouted_at text check (rerouted_at {_INSTANT}),
    asked_at text check (asked_at {_INSTANT}),
    provider_id text,
    unique (about, kind, step, recipient)
) strict;
create index message_due on message(lane, due_at) where status = 'queued';
create index message_at_once on message(due_at)
    where lane = 'participant' and status = 'queued' and kind not in ('invitation', 'reminder', 'again');
create index message_without_last_word on message(sent_at) where status = 'sent';
create index message_by_claim on message(lane, claimed_at, status);
create index message_on_the_way on message(claimed_at) where status in ('sending', 'unknown');
create index message_unknown on message(due_at) where status = 'unknown';
create index message_to_reroute on message(alert_id)
    where lane = 'staff' and alert_id is not null and rerouted_at is null;
create index message_by_provider_id on message(provider_id);
create index message_by_age on message(queued_at, id);
create index message_alarm on message(about) where kind = 'alarm';
create index message_of_visit on message(visit_id);
create index message_of_alert on message(alert_id);
create index message_of_participant on message(participant_id, sent_at);

create table receipt (
    seq integer primary key autoincrement,
    message_id text references message(id),
    provider_id text not null,
    status text not null,
    code text not null default '',
    at text not null check (at {_INSTANT}),
    unique (provider_id, status, code)
) strict;
create index receipt_of_message on receipt(message_id);

create table inbound (
    id text primary key,
    provider_id text not null unique,
    number_hash text not null,
    sender_sealed text not null,
    text_sealed text not null,
    meaning text,
    at text not null check (at {_INSTANT})
) strict;
create table inbound_participant (
    inbound_id text not null references inbound(id),
    participant_id text not null references participant(id),
    primary key (inbound_id, participant_id)
) strict;
create index inbound_of_participant on inbound_participant(participant_id);

create table opt_out (
    id text primary key,
    number_hash text not null,
    how text not null check (how in ('text', 'provider', 'staff', 'page')),
    at text not null check (at {_INSTANT}),
    ended_at text check (ended_at {_INSTANT}),
    ended_how text
) strict;
create unique index opt_out_standing on opt_out(number_hash) where ended_at is null;

create table stop_request (
    id text primary key,
    number_sealed text not null,
    key_id text not null,
    token_hash text not null unique,
    language text not null,
    asked_at text not null check (asked_at {_INSTANT}),
    stopped_at text check (stopped_at {_INSTANT}),
    resumed_at text check (resumed_at {_INSTANT}),
    check (resumed_at is null or stopped_at is not null)
) strict;
create index stop_request_by_age on stop_request(asked_at);

create table phone_copy (
    id text primary key,
    message_id text not null,
    number_hash text not null,
    to_sealed text not null,
    text_sealed text not null,
    at text not null check (at {_INSTANT})
) strict;
create index phone_copy_by_number on phone_copy(number_hash, at);

create table snooze (
    id text primary key,
    participant_id text not null references participant(id),
    rule text not null,
    alert_id text references alert(id),
    from_at text not null check (from_at {_INSTANT}),
    until_on text not null check (until_on {_DATE}),
    until_at text not null check (until_at {_INSTANT}),
    reason text not null check (length(reason) between 1 and 500),
    staff_id text not null references staff(id),
    ended_at text check (ended_at {_INSTANT}),
    ended_by text references staff(id),
    check (until_at > from_at),
    check ((ended_at is null) = (ended_by is null))
) strict;
create index snooze_of_participant on snooze(participant_id);

create table snoozed_reason (
    seq integer primary key autoincrement,
    snooze_id text not null references snooze(id),
    visit_id text not null references visit(id),
    rule text not null,
    class text not null check (class in ('high', 'routine')),
    item text not null,
    details text not null,
    rules_version text not null,
    study_version text not null references study_version(sha256),
    at text not null check (at {_INSTANT})
) strict;
create index snoozed_reason_of_visit on snoozed_reason(visit_id);

create table shift (
    seq integer primary key autoincrement,
    site_id text not null references site(id),
    position integer not null check (position >= 0),
    staff_id text not null references staff(id),
    from_at text not null check (from_at {_INSTANT}),
    until_at text not null check (until_at {_INSTANT}),
    put_at text not null check (put_at {_INSTANT}),
    put_by text references staff(id),
    taken_back_at text check (taken_back_at {_INSTANT}),
    taken_back_by text references staff(id),
    check (from_at < until_at)
) strict;
create index shift_by_end on shift(site_id, until_at) where taken_back_at is null;

create table away (
    id text primary key,
    staff_id text not null references staff(id),
    from_at text not null check (from_at {_INSTANT}),
    until_at text not null check (until_at {_INSTANT}),
    put_at text not null check (put_at {_INSTANT}),
    put_by text references staff(id),
    taken_back_at text check (taken_back_at {_INSTANT}),
    taken_back_by text references staff(id),
    check (from_at < until_at)
) strict;
create index away_by_end on away(until_at) where taken_back_at is null;

create table ring (
    id text primary key,
    site_id text not null references site(id),
    for_at text not null check (for_at {_INSTANT}),
    asked_at text not null check (asked_at {_INSTANT}),
    asked_by text references staff(id),
    answered_at text check (answered_at {_INSTANT}),
    answered_by text references staff(id),
    answered_how text check (answered_how in ('page', 'text')),
    check ((answered_at is null) = (answered_by is null) and (answered_at is null) = (answered_how is null))
) strict;
create index ring_of_site on ring(site_id, asked_at);

create table adverse_event (
    id text primary key,
    participant_id text not null references participant(id),
    visit_id text references visit(id),
    item text,
    source text not null check (source in ('report', 'call', 'visit')),
    alert_id text references alert(id),
    added_at text not null check (added_at {_INSTANT}),
    check ((source = 'report') = (visit_id is not null and item is not null))
) strict;
create unique index adverse_event_of_report on adverse_event(visit_id, item) where source = 'report';
create index adverse_event_of_participant on adverse_event(participant_id);
create trigger adverse_event_is_never_changed before update on adverse_event
    begin select raise(abort, 'adverse events are append-only'); end;
create trigger adverse_event_is_never_deleted before delete on adverse_event
    begin select raise(abort, 'adverse events are append-only'); end;

create table adverse_event_version (
    event_id text not null references adverse_event(id),
    version integer not null check (version >= 1),
    term text not null,
    started_on text check (started_on {_DATE}),
    ended_on text check (ended_on {_DATE}),
    ctcae integer check (ctcae between 1 and 5),
    sir integer check (sir between 1 and 5),
    related text not null,
    procedure_id text references procedure(id),
    serious integer not null check (serious in (0, 1)),
    criteria text not null,
    outcome text not null,
    actions text not null,
    note text,
    reason text,
    graded_by text not null references staff(id),
    graded_at text not null check (graded_at {_INSTANT}),
    primary key (event_id, version),
    check (ctcae is not null or sir is not null),
    check ((serious = 1) = (criteria <> '[]')),
    check ((version = 1) = (reason is null)),
    check (ended_on >= started_on)
) strict;
create trigger adverse_event_version_is_never_changed before update on adverse_event_version
    begin select raise(abort, 'adverse events are append-only'); end;
create trigger adverse_event_version_is_never_deleted before delete on adverse_event_version
    begin select raise(abort, 'adverse events are append-only'); end;

create table no_adverse_event (
    id text primary key,
    participant_id text not null references participant(id),
    visit_id text references visit(id),
    item text,
    alert_id text references alert(id),
    reason text not null,
    decided_by text not null references staff(id),
    decided_at text not null check (decided_at {_INSTANT}),
    check ((visit_id is null) = (item is null)),
    check (item is not null or alert_id is not null)
) strict;
create index no_adverse_event_of_participant on no_adverse_event(participant_id);
create trigger no_adverse_event_is_never_changed before update on no_adverse_event
    begin select raise(abort, 'adverse events are append-only'); end;
create trigger no_adverse_event_is_never_deleted before delete on no_adverse_event
    begin select raise(abort, 'adverse events are append-only'); end;

create table investigator_decision (
    alert_id text references alert(id),
    event_id text,
    version integer,
    none_id text references no_adverse_event(id),
    decided_by text not null references staff(id),
    decided_at text not null check (decided_at {_INSTANT}),
    foreign key (event_id, version) references adverse_event_version(event_id, version),
    check ((event_id is null) = (version is null)),
    check ((event_id is null) <> (none_id is null))
) strict;
create index investigator_decision_of_alert on investigator_decision(alert_id, decided_at);
create index investigator_decision_of_event on investigator_decision(event_id, version);
create trigger investigator_decision_is_never_changed before update on investigator_decision
    begin select raise(abort, 'decisions are append-only'); end;
create trigger investigator_decision_is_never_deleted before delete on investigator_decision
    begin select raise(abort, 'decisions are append-only'); end;

create table signature (
    id text primary key,
    kind text not null,
    record_id text not null,
    version integer not null check (version >= 1),
    sha256 text not null,
    meaning text not null,
    signed_by text not null references staff(id),
    name text not null,
    signed_at text not null check (signed_at {_INSTANT})
) strict;
create index signature_of_record on signature(kind, record_id, version);
create trigger signature_is_never_changed before update on signature
    begin select raise(abort, 'signatures are append-only'); end;
create trigger signature_is_never_deleted before delete on signature
    begin select raise(abort, 'signatures are append-only'); end;

create table entry (
    visit_id text not null references visit(id),
    staff_id text not null references staff(id),
    mode text not null check (mode in ('phone', 'paper')),
    filled_on text check (filled_on {_DATE}),
    speaker text check (speaker in ('participant', 'other')),
    at text not null check (at {_INSTANT}),
    primary key (visit_id, staff_id),
    check ((mode = 'paper') = (filled_on is not null)),
    check ((mode = 'phone') = (speaker is not null))
) strict;

create table heartbeat (job text primary key, at text not null check (at {_INSTANT})) strict;

create table fault (
    seq integer primary key autoincrement,
    step text not null,
    subject text not null,
    what text not null,
    at text not null check (at {_INSTANT}),
    ended_at text check (ended_at {_INSTANT})
) strict;
create unique index fault_standing on fault(step, subject) where ended_at is null;
create index fault_by_subject on fault(step, subject);

create table audit (
    seq integer primary key autoincrement,
    at text not null check (at {_INSTANT}),
    actor text not null,
    action text not null,
    subject text not null,
    details_sha256 text not null,
    previous_sha256 text not null,
    sha256 text not null unique
) strict;
create table audit_detail (seq integer primary key references audit(seq), details text not null) strict;
create index audit_of_subject on audit(subject);
create trigger audit_is_never_changed before update on audit
    begin select raise(abort, 'the audit is append-only'); end;
create trigger audit_is_never_deleted before delete on audit
    begin select raise(abort, 'the audit is append-only'); end;

insert into site (id, name) values ('main', 'Main site');
"""


@migrations()
def first(db: sqlite_utils.Database) -> None:
    """All the families of DESIGN.md section 3."""
    for statement in _statements(_TABLES):
        db.conn.execute(statement)


@migrations()
def numbers_that_fail(db: sqlite_utils.Database) -> None:
    """Since when a number is on file, and since when texts to it fail for good."""
    for column in ("number_since", "failed_since"):
        db.conn.execute(f"alter table contact add column {column} text check ({column} {_INSTANT})")


@migrations()
def opt_outs_of_the_provider(db: sqlite_utils.Database) -> None:
    """Whether the provider itself blocks a number; of an opt-out from before that is not known, but for the page's. And
    who of the staff ended one."""
    db.conn.execute(
        "alter table opt_out add column at_provider integer not null default 0 check (at_provider in (0, 1))"
    )
    db.conn.execute("alter table opt_out add column ended_by text references staff(id)")
    db.conn.execute("update opt_out set at_provider = 1 where how in ('text', 'provider')")


@migrations()
def lists_of_texts(db: sqlite_utils.Database) -> None:
    """The log of one status, newest first, and the visits due in a period, without a look at all others."""
    db.conn.execute("create index message_by_status on message(status, queued_at, id)")
    db.conn.execute("create index visit_by_due on visit(due_on)")


def _statements(script: str) -> list[str]:
    found, part = [], ""
    for line in script.splitlines():
        part += line + "\n"
        if line.rstrip().endswith(";") and not line.strip().startswith("begin"):
            found.append(part)
            part = ""
        elif line.strip().startswith("begin") and line.rstrip().endswith("end;"):
            found.append(part)
            part = ""
    return found


def up_to_date(db: Database) -> bool:
    """Bring the database up to date, after a copy beside it; True when something was applied. Two processes that start
    together take turns, and the second finds nothing left to do. Raises SettingFault for one of another make."""
    with turn(db.path):
        if not migrations.pending(db):
            _check_shape(db)
            return False
        if migrations.applied(db):
            _copy_beside(db)
        migrations.apply(db)
        return True


def tables(db: Database) -> set[str]:
    """The names of the tables that stand in the database."""
    found = rows(db, "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    return {table["name"] for table in found}


def _check_shape(db: Database) -> None:
    """Raises SettingFault where a column is missing though every migration was applied: such a database was made
    before a first release, whose migration was still being written."""
    here = _columns(db)
    missing = sorted(_columns_when_new() - here)
    if missing:
        lacks = ".".join(missing[0])
        raise SettingFault(f"PROM_DATABASE is odd: {db.path}: of another make, it lacks {lacks}: use a new one")


@cache
def _columns_when_new() -> frozenset[tuple[str, str]]:
    new = sqlite_utils.Database(memory=True)
    migrations.apply(new)
    return _columns(new)


def _columns(db: sqlite_utils.Database) -> frozenset[tuple[str, str]]:
    """Every (table, column) of a database."""
    found = db.query(
        """select sqlite_master.name as "table", about.name as "column"
        from sqlite_master join pragma_table_info(sqlite_master.name) as about where sqlite_master.type = 'table'"""
    )
    return frozenset((row["table"], row["column"]) for row in found)


def _copy_beside(db: Database) -> None:
    path = Path(db.path)
    number = 1
    while (copy := path.with_name(f"{path.name}.before-upgrade-{number}")).exists():
        number += 1
    copy.touch(0o600)  # no wider than the database while it is written, either
    db.execute("vacuum into :copy", {"copy": str(copy)})
    shutil.copymode(path, copy)
