"""Refusals in words: the one place where a message key becomes a sentence that says what to do."""

from prom.errors import Refusal

_WORDS = {
    "alert_closed": "This alert is closed. Go back to the list.",
    "alert_not_found": "There is no such alert.",
    "alert_not_taken": "Acknowledge the alert first, then close it.",
    "alert_taken": "Somebody has acknowledged this alert already. Reload the page to see who.",
    "birth_year_odd": "Give the year of birth with four digits, such as 1956.",
    "code_odd": "Give a code of letters, digits, - and _, 32 at most, such as P-001.",
    "code_taken": "The code {code} is taken. Give another one.",
    "consent_unknown": "Choose a consent: to the study, or to texts.",
    "contact_mode_unknown": "Choose how to reach this person: text, phone, paper or none.",
    "crossed_over": "A further procedure was performed; this decision does not fit any more.",
    "database_kind": "This database is {kind}; that needs a {wanted} one. Use another PROM_DATABASE.",
    "date_future": "Give a date that is not in the future.",
    "date_missing": "Give the date on which it was done.",
    "form_stale": "This page was open too long or in two places. Go back, reload it, and send it again.",
    "language_unknown": "Choose one of these languages: {languages}.",
    "login_taken": "The login {login} is taken. Give another one.",
    "name_missing": "Give a login and a name.",
    "no_decision": "There is no such decision to take back.",
    "not_finished": "Some answers are still missing. Go back to the form.",
    "not_found": "There is no such page here.",
    "not_oneself": "You cannot take your own account away. Ask another administrator.",
    "not_your_role": "Your role does not include this page. Ask the study's administrator.",
    "note_required": "Write a note: what you did and what you found.",
    "note_too_long": "Make the note shorter.",
    "nothing_to_undo": "There is nothing to undo: this procedure was only recorded once. Cancel it instead.",
    "number_missing": "Give a mobile number, or choose another way to reach this person.",
    "number_odd": "Give a mobile number with its country code, such as +1 555 010 0100.",
    "outcome_required": "Choose an outcome.",
    "outcome_unknown": "Choose one of the outcomes.",
    "password_short": "Give a password of at least {shortest} characters.",
    "procedure_not_found": "There is no such procedure.",
    "procedure_unknown": "Choose one of these procedures: {kinds}.",
    "role_unknown": "Choose one or more of these roles: {roles}.",
    "staff_twice": "Somebody stands twice in the list. Name each nurse once.",
    "staff_unknown": "Choose somebody who works at this site.",
    "staff_without_mobile": "{name} has no mobile number and cannot be on call.",
    "status_unknown": "Choose one of the states.",
    "task_done": "This task is done already.",
    "task_not_found": "There is no such task.",
    "texts_required": "Choose whether texts to this person may go on.",
    "too_large": "That is too large to send here.",
    "too_many_tries": "Too many tries. Wait {minutes} minutes and try again.",
    "too_young": "This study takes people of {minimum} years or more.",
    "verified_unknown": "Choose how the number was verified: by a code, or by a call.",
    "went_wrong": "Something went wrong on our side. Nothing you sent before is lost. Please try again.",
    "wrong_login": "Login and password do not fit together. Try again.",
    "zone_unknown": "There is no time zone {zone}. Give one such as America/New_York.",
}


def message(refusal: Refusal) -> str:
    """A refusal's sentence."""
    return _WORDS.get(refusal.key, _WORDS["went_wrong"]).format(**refusal.values)
