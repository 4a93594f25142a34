"""Look an installation over: what keeps it from working, and what somebody should see to. For the operator."""

from datetime import datetime

from prom.actions import address, holds
from prom.actions.means import Means
from prom.actions.rota import on_call_at
from prom.actions.start import ODD_KEY
from prom.keys import UnknownKey
from prom.rules.study import why_unapproved
from prom.rules.text_check import address_faults
from prom.sms.allow import allowed
from prom.sms.phone import PhoneGateway
from prom.store import contacts, health, staff, studies
from prom.store.connect import Database


def faults(db: Database, means: Means) -> list[str]:
    """What must be mended before anything is served; [] when all is well. One line each."""
    found = [f"PROM_DATABASE is damaged: {line}" for line in health.damage(db)]
    if not found and not _opens(db, means):
        found.append(ODD_KEY)
    return found


def remarks(db: Database, means: Means, now: datetime) -> list[str]:
    """What works and yet wants somebody's eye at this instant; one line each."""
    study = means.study(db)
    found = []
    for site in studies.sites(db):
        here = on_call_at(db, means, site["id"], now)
        if not here.nurses:
            found.append(f"nobody on call at {site['name']} can be texted: red alerts reach no nurse")
        if not study.night.cover and here.lead is None:
            found.append(f"{site['name']} has no lead who can be texted, and the study has no night cover")
    found += [f"PROM_SMS_ALLOW does not cover {who}: no text reaches them" for who in _not_allowed(db, means, now)]
    if isinstance(means.gateway, PhoneGateway):
        found.append("PROM_SMS=phone: no text leaves; only the demo shows them")
    if not means.operator:
        found.append("PROM_OPERATOR is empty: nobody is texted when the system itself ails")
    found += [f"{place}: {remedy}" for place, remedy in address_faults(study, means.base_url, study.study.languages)]
    missing = [f"{part}: {why}" for part, why in why_unapproved(study).items()]
    return found + ([f"the study file is unapproved ({'; '.join(missing)})"] if missing else [])


def _not_allowed(db: Database, means: Means, now: datetime) -> list[str]:
    """Who of those that the system itself texts may not be texted, in words without a number."""
    found = []
    for site in studies.sites(db):
        places = on_call_at(db, means, site["id"], now).places
        for staff_id in dict.fromkeys(place.staff_id for place in places):
            person = staff.by_id(db, staff_id) or {}
            number = means.keys.open(person.get("mobile_sealed"))
            if number and not allowed(number, means.allow):
                found.append(f"{person['name']}, who is on call at {site['name']}")
    for name, numbers in (("PROM_OPERATOR", means.operator), ("PROM_CANARY", (means.canary,) if means.canary else ())):
        outside = sum(not allowed(number, means.allow) for number in numbers)
        found += [f"{outside} of the {len(numbers)} in {name}"] if outside else []
    return found


def still(db: Database, means: Means) -> list[str]:
    """Why no text leaves that should; [] where texts leave. One line each."""
    found = []
    sends = not isinstance(means.gateway, PhoneGateway)
    if sends and (why := address.why_not(db, means.base_url)):
        found.append(f"no text leaves: {why}")
    if holds.standing(db):
        found.append(
            "no text to a participant leaves: the provider refused what TWILIO_... says; once that is mended, a trial, "
            "of which there is one a minute, lets them go"
        )
    return found


def _opens(db: Database, means: Means) -> bool:
    """Whether the keys open every number: those of staff, and those of participants, sealed under whichever key."""
    sites = tuple(site["id"] for site in studies.sites(db))
    try:
        for person in [*staff.of_sites(db, sites), *contacts.with_number(db)]:
            means.keys.open(person["mobile_sealed"])
    except UnknownKey:
        return False
    return True
