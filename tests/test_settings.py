"""Settings: read once, each missing or odd one refused in one line that names it."""

import pytest

import app as house
from prom import settings
from prom.errors import SettingFault

SECRET = "s" * 32
LEAST = {"PROM_SECRET_KEY": SECRET, "PROM_BASE_URL": "https://prom.example.org"}
TWILIO = LEAST | {
    "PROM_SMS": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_MESSAGING_SERVICE_SID": "MG0123456789abcdef",
}


def fault_of(environment: dict) -> str:
    with pytest.raises(SettingFault) as fault:
        settings.read(environment)
    return str(fault.value)


def test_two_settings_are_enough():
    read = settings.read(LEAST)
    assert read.secret_key == (SECRET,)
    assert read.base_url == "https://prom.example.org"
    assert (read.database, read.study) == ("prom.db", "prom/studies/interscapular-pain.toml")
    assert (read.sms, read.sms_allow, read.operator, read.proxies, read.port) == ("phone", (), (), 0, 8000)


@pytest.mark.parametrize("name", ["PROM_SECRET_KEY", "PROM_BASE_URL"])
@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_missing_one_is_named(name, text):
    environment = {key: value for key, value in LEAST.items() if key != name}
    if text is not None:
        environment[name] = text
    said = fault_of(environment)
    assert said.startswith(f"{name} is not set")
    assert "\n" not in said


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_MESSAGING_SERVICE_SID"])
def test_twilio_needs_its_own(name):
    assert fault_of(TWILIO | {name: ""}).startswith(f"{name} is not set")
    assert settings.read(LEAST | {name: ""}).sms == "phone"


@pytest.mark.parametrize(
    "given, sender, pace",
    [
        ({}, {}, 1),
        ({}, {"TWILIO_MESSAGING_SERVICE_SID": "", "TWILIO_FROM": "72345"}, 30),
        ({"PROM_SMS_PACE": "12"}, {}, 12),
        ({"PROM_SMS_PACE": "0"}, {}, 0),
        ({"PROM_SMS": "phone", "PROM_SMS_PACE": "12"}, {}, 0),
    ],
)
def test_the_pace_is_as_set_or_as_the_sender_carries(tmp_path, given, sender, pace):
    about = {"PROM_DATABASE": str(tmp_path / "prom.db"), "PROM_SMS_ALLOW": "+155501*"}
    assert house.assemble(settings.read(TWILIO | about | sender | given)).means.pace == pace


def test_a_number_serves_in_place_of_a_service():
    read = settings.read(TWILIO | {"TWILIO_MESSAGING_SERVICE_SID": "", "TWILIO_FROM": "+15550100001"})
    assert (read.twilio_messaging_service_sid, read.twilio_from) == ("", "+15550100001")


@pytest.mark.parametrize(
    "name, text",
    [
        ("PROM_SECRET_KEY", "short"),
        ("PROM_SECRET_KEY", f"{SECRET},short"),
        ("PROM_SECRET_KEY", ","),
        ("PROM_BASE_URL", "prom.example.org"),
        ("PROM_BASE_URL", "ftp://prom.example.org"),
        ("PROM_BASE_URL", "https://"),
        ("PROM_BASE_URL", "https://prom.example.org?x=1"),
        ("PROM_BASE_URL", "https://prom.example.org#x"),
        ("PROM_BASE_URL", "https://prom.example.org?"),
        ("PROM_BASE_URL", "https://prom.example.org/#"),
        ("PROM_BASE_URL", "https://prom.example.org#"),
        ("PROM_BASE_URL", "https://clinic.example.org/prom"),
        ("PROM_BASE_URL", "https://prom.example.org/s/"),
        ("PROM_BASE_URL", "https://prom.example.org:http"),
        ("PROM_BASE_URL", "https://prom example.org"),
        ("PROM_BASE_URL", "https://somebody:secret@prom.example.org"),
        ("PROM_BASE_URL", "https://prom.example.org\\s"),
        ("PROM_BASE_URL", "https://prom.exämple.org"),
        ("PROM_SMS", "pigeon"),
        ("PROM_SMS_ALLOW", "5550100001"),
        ("PROM_SMS_ALLOW", "+1555*"),
        ("PROM_SMS_ALLOW", "*"),
        ("PROM_SMS_ALLOW", "+447700900123**"),
        ("PROM_SMS_ALLOW", "+4477*00900123"),
        ("PROM_SMS_ALLOW", "+0447700900123"),
        ("PROM_SMS_ALLOW", ","),
        ("PROM_SMS_ALLOW", "+15550100001,"),
        ("PROM_SMS_ALLOW", "+15550100001,,+15550100002"),
        ("PROM_OPERATOR", "operator@example.org"),
        ("PROM_OPERATOR", "+155501*"),
        ("PROM_PROXIES", "-1"),
        ("PROM_PROXIES", "one"),
        ("PROM_PROXIES", "10"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "8000.0"),
        ("PROM_DATABASE", ":memory:"),
        ("TWILIO_ACCOUNT_SID", "AC 12"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef"),
        ("TWILIO_ACCOUNT_SID", "SK0123456789abcdef0123456789abcdef"),
        ("TWILIO_MESSAGING_SERVICE_SID", "+15550100001"),
        ("TWILIO_FROM", "+1 555 010 0001"),
        ("TWILIO_FROM", "15550100001"),
        ("TWILIO_FROM", "555 0100001"),
        ("TWILIO_API_URL", "localhost:4010"),
    ],
)
def test_an_odd_one_is_named_in_one_line(name, text):
    said = fault_of(TWILIO | {name: text})
    assert said.startswith(f"{name} is odd: ")
    assert "\n" not in said


def test_a_refused_secret_is_not_repeated():
    assert "tiny-secret" not in fault_of(LEAST | {"PROM_SECRET_KEY": "tiny-secret"})


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("PROM_SECRET_KEY", f" {SECRET} , {'o' * 32} ", (SECRET, "o" * 32)),
        ("PROM_BASE_URL", "https://prom.example.org/", "https://prom.example.org"),
        ("PROM_BASE_URL", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("PROM_BASE_URL", "https://prom.example.org:8443", "https://prom.example.org:8443"),
        ("PROM_SMS_ALLOW", "+15550100001, +447700*", ("+15550100001", "+447700*")),
        ("PROM_OPERATOR", "+15550100001,+15550100002", ("+15550100001", "+15550100002")),
        ("PROM_PROXIES", "1", 1),
        ("PORT", " 8080 ", 8080),
        ("TWILIO_API_URL", "http://127.0.0.1:4010/", "http://127.0.0.1:4010"),
        ("TWILIO_API_URL", "https://mock.example.org/twilio", "https://mock.example.org/twilio"),
        ("TWILIO_FROM", "54321", "54321"),
    ],
)
def test_a_good_one_is_read(name, text, value):
    field = next(row.field for row in settings.SETTINGS if row.name == name)
    assert getattr(settings.read(LEAST | {name: text}), field) == value


@pytest.mark.parametrize("address", ["http://prom.example.org", "http://10.0.0.1:8000", "http://localhost.example.org"])
def test_real_texts_lead_to_no_address_that_is_read_on_the_way(address):
    said = fault_of(TWILIO | {"PROM_BASE_URL": address})
    assert said.startswith("PROM_BASE_URL is odd: give an https:// address") and "\n" not in said
    assert settings.read(LEAST | {"PROM_BASE_URL": address}).base_url == address
    allowed = TWILIO | {"PROM_BASE_URL": address, "PROM_SMS_ALLOW": "+15550100*"}
    assert settings.read(allowed).base_url == address


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_on_the_machine_itself_real_texts_may_lead_to_http(address):
    assert settings.read(TWILIO | {"PROM_BASE_URL": address}).base_url == address


@pytest.mark.parametrize(
    "given, remarked",
    [({}, True), ({"PROM_PROXIES": "1"}, False), ({"PROM_BASE_URL": "http://127.0.0.1:8000"}, False)],
)
def test_a_proxy_that_nobody_speaks_of_is_remarked(given, remarked):
    found = settings.remarks(settings.read(LEAST | given))
    assert [line.startswith("PROM_PROXIES is 0") for line in found] == [True] * remarked


def test_names_like_ours_that_are_none_are_known():
    environment = TWILIO | {"TWILIO_FORM": "+15550100001", "PROM_STUDDY": "x", "PATH": "/bin"}
    assert settings.unknown(environment) == ["PROM_STUDDY", "TWILIO_FORM"]


def test_what_is_not_ours_is_left_alone():
    assert settings.read(LEAST | {"PROM_UNHEARD_OF": "x", "PATH": "/bin"}) == settings.read(LEAST)


def test_settings_are_not_changed_afterwards_and_show_no_secret():
    read = settings.read(TWILIO)
    with pytest.raises(AttributeError):
        read.sms = "phone"
    assert SECRET not in repr(read)
    assert "token" not in repr(read)


@pytest.mark.parametrize(
    "address, remarked",
    [("http://prom.example.org", True), ("http://127.0.0.1:8000", False), ("https://prom.example.org", False)],
)
def test_an_address_that_all_on_the_way_can_read_is_remarked_where_texts_leave(address, remarked):
    given = {"PROM_BASE_URL": address, "PROM_SMS_ALLOW": "+155501*"}
    found = settings.remarks(settings.read(TWILIO | given))
    assert any("PROM_BASE_URL is http:" in line for line in found) == remarked
    assert not any("PROM_BASE_URL is http:" in line for line in settings.remarks(settings.read(LEAST | given)))
