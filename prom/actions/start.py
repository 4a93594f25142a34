"""What must hold before this installation may start: the gates between made-up, unapproved and real."""

from datetime import date

from prom.errors import StartRefused
from prom.keys import Keys, UnknownKey
from prom.rules.languages import choosable
from prom.rules.study import Study, approved_ahead, names, why_unapproved
from prom.rules.text_check import address_faults
from prom.store import studies
from prom.store.connect import Database, write

ODD_KEY = "PROM_SECRET_KEY is odd: it does not open what the database holds; put the older key back at its end"


def check(
    db: Database, study: Study, today: date, *, sms: str, allow: tuple[str, ...], operator: tuple[str, ...]
) -> None:
    """Raises StartRefused, one line. Real texts to anybody need an approved study, a real database and somebody to tell
    when the system ails."""
    if sms != "twilio" or allow:
        return
    if studies.kind(db) == "synthetic":
        raise StartRefused("PROM_SMS=twilio on a synthetic database: set PROM_SMS_ALLOW, or use another database")
    needed = ("rules", study.study.default_language)
    missing = [f"{part}: {why}" for part, why in why_unapproved(study).items() if part in needed]
    if missing:
        raise StartRefused(
            f"PROM_SMS=twilio with an unapproved study file ({'; '.join(missing)}): have it approved "
            "(flask study check FILE prints the lines to paste), or set PROM_SMS_ALLOW"
        )
    for fault in approval_faults(study, today):
        raise StartRefused(f"PROM_SMS=twilio, and {fault}; or set PROM_SMS_ALLOW")
    if not operator:
        raise StartRefused("PROM_OPERATOR is not set: PROM_SMS=twilio needs a mobile to text when the system ails")


def approval_faults(study: Study, today: date) -> list[str]:
    """What an approval lacks, beside those of the parts, before texts leave for real. One line each."""
    found = [f"{place} is a day to come: give the day of the approval" for place in approved_ahead(study, today)]
    for name in ("protocol", "ethics"):
        if not names(getattr(study.approval, name)):
            found.append(f"approval.{name} names nothing: give its reference")
    return found


def check_texts(study: Study, base_url: str) -> None:
    """Raises StartRefused, one line, for the first text that real people may get and that does not fit with the address
    in its links, or for a health word in that address."""
    for place, remedy in address_faults(study, base_url, choosable(study, live=True)):
        raise StartRefused(f"{place}: {remedy}, for real texts leave with PROM_BASE_URL in their links")


def check_key(db: Database, keys: Keys) -> None:
    """Raises StartRefused when none of the keys opens what was sealed when the database was made."""
    try:
        with write(db):
            keys.open(studies.seal_check(db, keys.seal("prom")))
    except UnknownKey:
        raise StartRefused(ODD_KEY) from None


def check_fit(db: Database, study: Study) -> None:
    """Raises StartRefused when the study file no longer has what visits of this database hang on."""
    for row in studies.in_use(db):
        if row["study_key"] != study.study.key:
            raise StartRefused(f"PROM_STUDY is of another study: this database holds {row['study_key']}")
        kind = study.procedures.get(row["kind"])
        if kind is None or row["timepoint"] not in kind.timepoints:
            gone = f"{row['kind']} at {row['timepoint']}"
            raise StartRefused(f"PROM_STUDY lacks {gone}, which visits of this database hang on: put it back")
