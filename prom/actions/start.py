"""What must hold before this installation may start: the gates between made-up, unapproved and real."""

from prom.errors import StartRefused
from prom.rules.study import Study, unapproved
from prom.store import studies
from prom.store.connect import Database


def check(db: Database, study: Study, *, sms: str, allow: tuple[str, ...]) -> None:
    """Raises StartRefused, one line. Real texts to anybody need an approved study and a real database."""
    if sms != "twilio" or allow:
        return
    if studies.kind(db) == "synthetic":
        raise StartRefused("PROM_SMS=twilio on a synthetic database: set PROM_SMS_ALLOW, or use another database")
    missing = [part for part in unapproved(study) if part in ("rules", study.study.default_language)]
    if missing:
        raise StartRefused(
            f"PROM_SMS=twilio with an unapproved study file ({', '.join(missing)}): have it approved "
            "(flask study check prints the lines to paste), or set PROM_SMS_ALLOW"
        )
