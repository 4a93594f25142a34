"""The gates at the start: between made-up, unapproved and real."""

import pytest

import app as house
from prom.actions import start
from prom.clock import Driven
from prom.errors import SettingFault, StartRefused
from prom.rules.study import parse, part_hash
from prom.rules.times import instant, local_day
from prom.store import studies
from prom.store.connect import write
from tests.study import SHIPPED, START, FakeSms, Study, make_settings

TEXT = SHIPPED.read_text(encoding="utf-8")
TWILIO = {
    "PROM_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_MESSAGING_SERVICE_SID": "MG0123456789abcdef",
    "PROM_OPERATOR": "+15550100099",
}
ALLOW = {"PROM_SMS_ALLOW": "+15550100*"}


def approved(text: str = TEXT, parts=("rules", "en"), **changed: str) -> str:
    """A study file with an approval of what stands in it, or of another hash."""
    study = parse(text, "to approve")
    tables = ""
    for part in parts:
        place = "rules" if part == "rules" else f"languages.{part}"
        sha256 = changed.get(part, part_hash(study, part))
        tables += f'\n[approval.{place}]\nby = "Dr. Example"\non = 2026-03-01\nsha256 = "{sha256}"\n'
    return text.replace('protocol = ""', 'protocol = "P-1"').replace('ethics = ""', 'ethics = "E-1"') + tables


def starts(folder, text=TEXT, kind=None, **environment):
    """Assemble an installation on a database of that kind."""
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    given = make_settings(folder, PROM_STUDY=str(file))
    clock = Driven(instant(START))
    if kind:
        db = house.assemble(given, clock, FakeSms()).connections.here()
        with write(db):
            studies.fix_kind(db, kind, START)
    return house.assemble(make_settings(folder, PROM_STUDY=str(file), **environment), clock)


def refusal_of(folder, **given) -> str:
    with pytest.raises(StartRefused) as refusal:
        starts(folder, **given)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_the_shipped_study_starts_where_nothing_is_sent(tmp_path):
    assert starts(tmp_path).settings.sms == "phone"


@pytest.mark.parametrize("kind", [None, "real"])
def test_an_unapproved_study_does_not_text_real_people(tmp_path, kind):
    said = refusal_of(tmp_path, kind=kind, **TWILIO)
    assert "unapproved" in said and "rules" in said and "PROM_SMS_ALLOW" in said


def test_another_address_of_the_provider_is_no_way_around(tmp_path):
    assert "unapproved" in refusal_of(tmp_path, **TWILIO, TWILIO_API_URL="http://127.0.0.1:4010")


@pytest.mark.parametrize("kind", [None, "real", "synthetic"])
def test_with_an_allow_list_anything_starts(tmp_path, kind):
    assert starts(tmp_path, kind=kind, **TWILIO, **ALLOW).means.allow == ("+15550100*",)


@pytest.mark.parametrize("kind", [None, "real"])
def test_an_approved_study_starts(tmp_path, kind):
    assert starts(tmp_path, text=approved(), kind=kind, **TWILIO).settings.sms == "twilio"


def test_real_texts_need_somebody_to_tell_when_the_system_ails(tmp_path):
    said = refusal_of(tmp_path, text=approved(), **(TWILIO | {"PROM_OPERATOR": ""}))
    assert said.startswith("PROM_OPERATOR is not set")
    assert starts(tmp_path, text=approved(), **(TWILIO | {"PROM_OPERATOR": ""} | ALLOW)).means.operator == ()


def test_made_up_people_are_never_texted_by_chance(tmp_path):
    assert "synthetic" in refusal_of(tmp_path, text=approved(), kind="synthetic", **TWILIO)


@pytest.mark.parametrize("parts", [("rules",), ("en",)])
def test_half_an_approval_is_none(tmp_path, parts):
    missing = ({"rules", "en"} - set(parts)).pop()
    assert f"({missing}: not approved)" in refusal_of(tmp_path, text=approved(parts=parts), **TWILIO)


@pytest.mark.parametrize(
    "old, new, part",
    [
        ("acknowledge_minutes = 30\n", "acknowledge_minutes = 300\n", "rules"),
        ("New chest pain", "Chest pain", "en"),
    ],
)
def test_what_was_changed_since_is_not_approved(tmp_path, old, new, part):
    said = f"({part}: changed since it was approved on 2026-03-01)"
    assert said in refusal_of(tmp_path, text=approved().replace(old, new, 1), **TWILIO)


def test_an_approval_of_something_else_is_none(tmp_path):
    assert "(rules: changed since" in refusal_of(tmp_path, text=approved(rules="0" * 64), **TWILIO)


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('by = "Dr. Example"', 'by = "..."', "(rules: approval.rules.by names nobody: give who approved it)"),
        ("on = 2026-03-01", "on = 2026-03-03", "approval.rules.on is a day to come"),
        ('protocol = "P-1"', 'protocol = ""', "approval.protocol names nothing: give its reference"),
        ('ethics = "E-1"', 'ethics = "..."', "approval.ethics names nothing: give its reference"),
    ],
)
def test_a_place_for_a_name_is_no_approval_nor_is_one_to_come(tmp_path, old, new, told):
    text = approved()
    assert old in text
    assert told in refusal_of(tmp_path, text=text.replace(old, new, 1), **TWILIO)
    assert starts(tmp_path, text=text.replace(old, new, 1), **TWILIO, **ALLOW)


def test_a_study_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingFault, match="PROM_STUDY is odd: .*nowhere"):
        house.assemble(make_settings(tmp_path, PROM_STUDY=str(tmp_path / "nowhere.toml")), Driven(instant(START)))


def test_a_study_file_with_a_fault_is_named(tmp_path):
    with pytest.raises(SettingFault, match=r"PROM_STUDY is odd: .*study\.toml: instrument.primary"):
        starts(tmp_path, text=TEXT.replace('primary = "nrs_average"', 'primary = "nrs_avrage"'))


def test_the_gate_asks_only_where_texts_really_leave(tmp_path):
    installation = starts(tmp_path, kind="synthetic")
    db, study = installation.connections.here(), parse(TEXT, "study")
    today = local_day(instant(START), study.zone)
    start.check(db, study, today, sms="phone", allow=(), operator=())
    start.check(db, study, today, sms="twilio", allow=("+15550100001",), operator=())
    with pytest.raises(StartRefused):
        start.check(db, study, today, sms="twilio", allow=(), operator=("+15550100099",))


@pytest.mark.parametrize("given, live", [({}, False), (TWILIO, True), (TWILIO | ALLOW, False)])
def test_texts_are_real_with_the_provider_and_no_allow_list(tmp_path, given, live):
    assert starts(tmp_path, approved(), **given).means.live == live


def test_another_secret_key_is_refused_before_anything_is_written(tmp_path):
    house.assemble(make_settings(tmp_path), Driven(instant(START)), FakeSms())
    other = make_settings(tmp_path, PROM_SECRET_KEY="f" * 32)
    with pytest.raises(StartRefused, match="PROM_SECRET_KEY is odd"):
        house.assemble(other, Driven(instant(START)), FakeSms())
    both = make_settings(tmp_path, PROM_SECRET_KEY="f" * 32 + ",0123456789abcdef0123456789abcdef")
    house.assemble(both, Driven(instant(START)), FakeSms())


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('"1m"', '"2m"', "PROM_STUDY lacks injection at 1m"),
        ('key = "interscapular-pain"', 'key = "another"', "PROM_STUDY is of another study"),
    ],
)
def test_a_study_file_that_no_longer_fits_the_database_is_refused(tmp_path, old, new, told):
    clinic = Study(tmp_path)
    clinic.enrol()
    file = tmp_path / "changed.toml"
    file.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(StartRefused, match=told):
        house.assemble(make_settings(tmp_path, PROM_STUDY=str(file)), clinic.clock, FakeSms())


def test_a_database_that_cannot_be_written_is_named(tmp_path):
    given = make_settings(tmp_path, PROM_DATABASE=str(tmp_path))
    with pytest.raises(SettingFault, match="PROM_DATABASE is odd"):
        house.assemble(given, Driven(instant(START)), FakeSms())


@pytest.mark.parametrize(
    "address, told",
    [
        ("https://reports.of-patients.hospital.example.org", "texts.en.sms_invite: shorten it: "),
        ("https://pain.example.org", "PROM_BASE_URL: leave out the word: pain"),
    ],
)
def test_real_texts_must_fit_with_the_real_address(tmp_path, address, told):
    refused = refusal_of(tmp_path, text=approved(), PROM_BASE_URL=address, **TWILIO)
    assert refused.startswith(told) and "PROM_BASE_URL" in refused
    assert starts(tmp_path, PROM_BASE_URL=address)
    assert starts(tmp_path, text=approved(), PROM_BASE_URL=address, **TWILIO, **ALLOW)


def test_only_texts_that_somebody_may_get_must_fit(tmp_path):
    address = "https://of-patients.hospital.example.org"  # Spanish, which nobody approved, does not fit with it
    assert starts(tmp_path, text=approved(), PROM_BASE_URL=address.replace("of-patients.", ""), **TWILIO)
    told = refusal_of(tmp_path, text=approved(parts=("rules", "en", "es")), PROM_BASE_URL=address, **TWILIO)
    assert told.startswith("texts.es.sms_invite")
