"""Texts filled, dates spoken, sizes counted."""

from datetime import date, datetime, time

import pytest

from prom.rules import texts
from prom.rules.text_check import OWN_PLACEHOLDERS, address_faults, checked, name_faults
from prom.rules.text_sample import EXAMPLE, FOR, FOR_STAFF, keys, longest_day, sample, stop_address

LINK = f"{EXAMPLE}/s/{22 * 'W'}"
ESCAPED = "^{}\\[~]|€"


@pytest.mark.parametrize(
    "text, encoding, units, count",
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        (ESCAPED, "GSM-7", 18, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # an escaped character is not cut in two
        ("@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ§¿äöñüà\r\n", "GSM-7", 42, 1),
        ("á", "UCS-2", 1, 1),
        ("\u2019" + "a" * 69, "UCS-2", 70, 1),
        ("\u2019" + "a" * 70, "UCS-2", 71, 2),
        ("健" * 134, "UCS-2", 134, 2),
        ("健" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("a" * 66 + "😀" + "a" * 66, "UCS-2", 134, 3),  # nor is a pair of surrogates
    ],
)
def test_size_of_a_text(text, encoding, units, count):
    assert texts.segments(text) == texts.Size(encoding, units, count)
    assert "".join(texts.parts(text)) == text


def test_the_alphabet_of_gsm_is_whole():
    assert (len(texts.GSM_BASIC), len(texts.GSM_EXTENSION)) == (127, 10)  # 3GPP TS 23.038, escape left out
    assert not texts.not_gsm(ESCAPED) and texts.not_gsm("áñí`\u2019") == "`áí\u2019"


def test_an_invitation_is_filled_and_fits_one_segment(study):
    text = texts.fill_message(study, "sms_invite", "en", stop="", link=LINK)
    assert text == (
        f"Example Clinic: your check-in is ready (about 5 min): {LINK} Not for emergencies. Reply STOP to stop."
    )
    assert texts.segments(text) == texts.Size("GSM-7", 144, 1)


def one_way(study):
    """The study where no reply arrives, and what is said of STOP left out."""
    tables = {language: dict(table) for language, table in study.texts.items()}
    for language, table in tables.items():
        table["sms_stop"] = {"en": "Bye", "es": "Adios", "zh-Hant": "再見"}[language]
    return study.model_copy(update={"texting": study.texting.model_copy(update={"two_way": False}), "texts": tables})


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "Stop: prom.example.org/stop"),
        ("es", "Baja: prom.example.org/stop"),
        ("zh-Hant", "：prom.example.org/stop"),
    ],
)
def test_without_two_way_texting_a_page_to_stop_is_named(study, language, words):
    assert all(checked(one_way(study), each) == [] for each in study.study.languages)
    for key in ("sms_invite", "sms_remind", "sms_link"):
        assert sample(one_way(study), key, language).endswith(words)
        assert "STOP" not in sample(one_way(study), key, language)
        assert "STOP" in sample(study, key, language) and "/stop" not in sample(study, key, language)


def test_the_clinic_fills_its_own_facts(study):
    text = texts.fill(study, "sms_noreply", "en")
    assert "call +1 555 010 0100, Monday to Friday, 8:00 am to 5:00 pm. In an emergency call 911." in text
    assert texts.fill(study, "red_msg_treated", "en", date="March 1").endswith("at Example Clinic on March 1.")


def test_a_placeholder_that_nobody_fills_is_an_error(study):
    with pytest.raises(KeyError):
        texts.fill_message(study, "sms_invite", "en", stop="")
    with pytest.raises(KeyError):
        texts.fill(study, "sms_nothing", "en")


@pytest.mark.parametrize(
    "days, spoken",
    [
        (("mon",), "Monday"),
        (("mon", "tue"), "Monday and Tuesday"),
        (("wed", "mon", "tue"), "Monday to Wednesday"),
        (("mon", "wed", "fri"), "Monday, Wednesday and Friday"),
        (("sun", "mon", "tue", "wed", "thu"), "Sunday to Thursday"),
        (("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "Monday to Sunday"),
        (("mon", "tue", "thu", "fri"), "Monday, Tuesday, Thursday and Friday"),
    ],
)
def test_opening_days_in_words(study, days, spoken):
    clinic = study.clinic.model_copy(update={"days": days})
    assert texts.clinic_values(study.model_copy(update={"clinic": clinic}), "en")["days"] == spoken


@pytest.mark.parametrize(
    "at, spoken",
    [
        (time(0, 0), "12:00 am"),
        (time(0, 5), "12:05 am"),
        (time(8, 0), "8:00 am"),
        (time(11, 59), "11:59 am"),
        (time(12, 0), "12:00 pm"),
        (time(13, 30), "1:30 pm"),
        (time(23, 0), "11:00 pm"),
    ],
)
def test_times_in_words(at, spoken):
    assert texts.spoken_time(at, "en") == spoken


def test_dates_in_words():
    assert texts.spoken_day(date(2026, 3, 1), "en") == "March 1"
    assert texts.spoken_day(date(2026, 3, 1), "en", year=True) == "March 1, 2026"
    assert texts.spoken_month(date(2026, 12, 31), "en") == "December"
    assert texts.spoken_moment(datetime(2026, 3, 2, 8, 0), "en") == "Monday, March 2, 8:00 am"


EVENING = datetime(2026, 3, 7, 17, 30)


@pytest.mark.parametrize(
    "language, day, dated, since, month, moment",
    [
        ("es", "7 de marzo", "7 de marzo de 2026", "el 7 de marzo", "marzo", "sábado 7 de marzo, 17:30"),
        ("es-US", "7 de marzo", "7 de marzo de 2026", "el 7 de marzo", "marzo", "sábado 7 de marzo, 5:30 p.m."),
        ("zh-Hant", "3月7日", "2026年3月7日", "3月7日", "3月", "3月7日星期六下午5:30"),
        ("fr", "7 mars", "7 mars 2026", "7 mars", "mars", "samedi, 7 mars, 17:30"),
        ("en", "March 7", "March 7, 2026", "March 7", "March", "Saturday, March 7, 5:30 pm"),
        ("xx", "March 7", "March 7, 2026", "March 7", "March", "Saturday, March 7, 5:30 pm"),
    ],
)
def test_days_and_times_in_each_language(language, day, dated, since, month, moment):
    on = EVENING.date()
    assert (texts.spoken_day(on, language), texts.spoken_day(on, language, year=True)) == (day, dated)
    assert (texts.spoken_since(on, language), texts.spoken_month(on, language)) == (since, month)
    assert texts.spoken_moment(EVENING, language) == moment


@pytest.mark.parametrize(
    "language, days, spoken",
    [
        ("es", ("mon", "tue", "wed", "thu", "fri"), "de lunes a viernes, de 8:00 a 17:00"),
        ("es", ("mon", "wed"), "lunes y miércoles, de 8:00 a 17:00"),
        ("zh-Hant", ("mon", "tue", "wed", "thu", "fri"), "星期一至星期五上午8:00至下午5:00"),
        ("zh-Hant", ("mon", "wed", "sat"), "星期一、星期三和星期六上午8:00至下午5:00"),
        ("fr", ("mon", "tue", "wed"), "lundi – mercredi, 08:00 – 17:00"),
    ],
)
def test_opening_hours_in_each_language(study, language, days, spoken):
    clinic = study.clinic.model_copy(update={"days": days})
    assert texts.clinic_values(study.model_copy(update={"clinic": clinic}), language)["hours"] == spoken


@pytest.mark.parametrize(
    "text, plain",
    [
        ("sábado, de 8:00 a 17:00", "sabado, de 8:00 a 17:00"),
        ("mañana, ¿a qué hora?", "mañana, ¿a qué hora?"),
        ("«Sí» \u2013 a.\u202fm., más…", '"Si" - a. m., mas...'),
        ("{link} [~] €5", "{link} [~] €5"),
        ("診所", "診所"),
    ],
)
def test_a_letter_outside_gsm_is_made_plain_where_it_can_be(text, plain):
    assert texts.in_gsm(text) == plain


def test_a_date_keeps_a_spanish_message_in_one_alphabet(study):
    weekend = study.clinic.model_copy(update={"days": ("sat",), "org": "Clínica Ejemplo"})
    spanish = with_text(study, "sms_noreply", "{org}: {hours} {date}", "es", clinic=weekend)
    message = texts.fill_message(spanish, "sms_noreply", "es", stop="", date="sábado")
    assert message == "Clinica Ejemplo: sabado, de 8:00 a 17:00 sabado"
    assert texts.segments(message).encoding == "GSM-7"
    assert texts.fill(spanish, "sms_noreply", "es", date="sábado").startswith("Clínica Ejemplo: sábado")
    accented = checked(with_text(study, "sms_stop", "Adiós", "es"), "es")
    assert ("texts.es.sms_stop", "use plain characters in place of: ó") in accented


@pytest.mark.parametrize("language, encoding, most", [("en", "GSM-7", 1), ("es", "GSM-7", 1), ("zh-Hant", "UCS-2", 2)])
def test_the_shipped_text_messages_are_short(study, language, encoding, most):
    for each in (study, one_way(study)):
        for key in keys(each, language):
            size = texts.segments(sample(each, key, language))
            assert size.encoding == encoding and size.count <= (2 if key == FOR else most), (key, size)


def test_the_longest_day_of_a_language_is_counted():
    days = {language: longest_day(language) for language in ("en", "es", "zh-Hant")}
    assert days["es"].endswith("de septiembre") and days["en"].startswith("September ") and len(days["zh-Hant"]) == 6


def test_a_sample_is_as_long_as_a_real_text_and_leads_nowhere(study):
    assert f"{EXAMPLE}/s/EXAMPLE000000000000000 " in sample(study, "sms_invite", "en")
    assert sample(study, "staff_red", "en").endswith(f"{EXAMPLE}/care/alerts/0000000000000000 To take it, reply WWWWWW")
    assert sample(one_way(study), "staff_red", "en").endswith(f"{EXAMPLE}/care/alerts/0000000000000000")
    assert sample(study, "operator_alarm", "en", "http://localhost:8000").endswith("See http://localhost:8000/readyz")
    assert f"{EXAMPLE}/stop/EXAMPLE" in sample(study, "sms_stop_link", "zh-Hant")
    assert stop_address("https://a.example.org/b") == "a.example.org/b/stop"


def test_texts_to_staff_leave_in_the_default_language_alone(study):
    assert [key for key in keys(study, "es") if key.startswith(FOR_STAFF)] == []
    parts = ("staff_by_text", "staff_rehearsal_code")
    assert {key for key in keys(study, "en") if key.startswith(FOR_STAFF)} == {
        key for key in OWN_PLACEHOLDERS if key.startswith(FOR_STAFF) and key not in parts
    }


def test_a_message_in_chinese_stays_as_it_is(study):
    chinese = with_text(study, "sms_stop", "{sms_name}:不再傳送“簡訊”", "zh-Hant")
    assert texts.fill_message(chinese, "sms_stop", "zh-Hant", stop="").endswith("不再傳送“簡訊”")


def test_placeholders_of_a_text():
    assert texts.placeholders("{a}: {b} {a} {{c}}") == {"a", "b"}
    with pytest.raises(ValueError):
        texts.placeholders("{a")


def with_text(study, key, text, language="en", **changes):
    tables = {name: dict(table) for name, table in study.texts.items()}
    tables.setdefault(language, dict(study.texts["en"]))[key] = text
    return study.model_copy(update={"texts": tables} | changes)


def test_the_shipped_texts_have_no_fault(study):
    assert checked(study, "en") == []
    assert name_faults(study) == []


@pytest.mark.parametrize(
    "key, text, remedy",
    [
        ("sms_link", "{sms_name}: {lnk}", "{lnk} cannot be filled here: name one of: "),
        ("sms_link", "{sms_name}: {link", "close each brace"),
        ("sms_link", "{} {link}", "{} cannot be filled here"),
        ("optout", "Stop: {optout}", "{optout} cannot be filled here"),
        ("sms_link", "{link} " + "a" * 111, "161 GSM-7 units make 2 segments, at most 1"),
        ("sms_remind", "{link} " + "a" * 260, "make 3 segments, at most 2"),
        ("sms_link", "{link} Your Pain report", "leave out the word: pain"),
        ("sms_remind", "{link} Symptoms?", "leave out the word: symptom"),
        ("staff_red", "An opioid, {link}", "leave out the word: opioid"),
        ("operator_alarm", "Pain {what} {link}", "leave out the word: pain"),
        ("operator_over", "{what}\u2026 {link}", "plain characters in place of: \u2026"),
        ("sms_remind", "{org} {link}", "leave out the word: pain"),
        ("staff_undelivered", "{link} " + "a" * 300, "make 3 segments, at most 2"),
        ("staff_undelivered", "a" * 140 + "{link}", "it is cut in two"),
        ("sms_link", "Open {link}. {optout}", "put a space after {link}"),
        ("review", "{optout}", "{optout} cannot be filled here"),
        ("sms_stop", "You\u2019ll get no more texts.", "plain characters in place of: \u2019"),
        ("sms_nothing", "Hello", "is not a text that is used"),
        ("done", "  ", "is missing: add it"),
    ],
)
def test_a_faulty_text_is_told_with_its_remedy(study, key, text, remedy):
    clinic = study.clinic.model_copy(update={"org": "A Clinic for Pains"})
    faults = checked(with_text(study, key, text, clinic=clinic), "en")
    assert [place for place, _ in faults] == [f"texts.en.{key}"]
    assert remedy in faults[0][1]


@pytest.mark.parametrize("text", ["{link} Painting", "{link} respine", "{link} " + "a" * 110])
def test_only_whole_words_and_true_length_count(study, text):
    assert checked(with_text(study, "sms_link", text), "en") == []


def test_pages_may_name_the_pain_and_use_any_character(study):
    assert checked(with_text(study, "review", "Your pain\u2019s score"), "en") == []


@pytest.mark.parametrize(
    "key, language, text",
    [
        ("sms_remind", "en", "{link} REPLY 1"),
        ("sms_remind", "en", "{link} Text STOP to end"),
        ("staff_red", "en", "Reply A to take it: {link}"),
        ("operator_alarm", "en", "{what} {link} Respond now"),
        ("optout_page", "en", "Reply: {stop}"),
        ("sms_remind", "es", "{link} Conteste 1"),
        ("sms_stop", "es", "Responda SI"),
        ("sms_stop_link", "es", "{link} Envie STOP"),
        ("sms_remind", "zh-Hant", "{link} 請回覆"),
        ("sms_remind", "zh-Hant", "{link} 請回傳 1"),
    ],
)
def test_no_reply_is_asked_for_where_none_arrives(study, key, language, text):
    asking = with_text(one_way(study), key, text, language)
    told = checked(asking, language)
    assert {remedy for _, remedy in told} == {"do not ask for a reply: texting.two_way is false"}
    assert checked(with_text(study, key, text, language), language) == []


# ---- the real address


def test_the_shipped_texts_fit_a_usual_address(study):
    for each in (study, one_way(study)):
        assert address_faults(each, "https://prom.example.org", each.study.languages) == []
        assert address_faults(each, "http://127.0.0.1:8000", each.study.languages) == []


def test_what_does_not_fit_with_a_long_address_is_named(study):
    long = "https://reports.of-patients.hospital.example.org/prom"
    told = address_faults(study, long, ("en", "zh-Hant"))
    assert ("texts.en.sms_invite", "shorten it: 173 GSM-7 units make 2 segments, at most 1") in told
    assert ("texts.zh-Hant.sms_invite", "move {link}: it is cut in two between segments") in told
    assert not any(place.startswith("texts.es") for place, _ in told)


def test_the_address_says_no_health_word_either(study):
    told = address_faults(study, "https://pain.example.org", ("en",))
    assert told == [("PROM_BASE_URL", "leave out the word: pain")]


@pytest.mark.parametrize(
    "text, remedy",
    [
        ("{link} {sms_name}:問卷已備妥(約5分鐘),非緊急用途。", None),
        ("健" * 90 + "{link}", "make 3 segments, at most 2"),
        ("健" * 40 + "{link}", "it is cut in two"),
        ("健" * 70 + "{link}", None),
        ("您的疼痛問卷 {link}", "leave out the word: 疼痛"),
    ],
)
def test_a_text_that_cannot_be_gsm_takes_two_segments_with_the_link_whole(study, text, remedy):
    forbidding = study.texting.model_copy(update={"forbidden_words": ("疼痛",)})
    chinese = with_text(study, "sms_link", text, "zh-Hant", texting=forbidding)
    faults = [found for place, found in checked(chinese, "zh-Hant") if place == "texts.zh-Hant.sms_link"]
    assert [found for found in faults if not remedy or remedy not in found] == []
    assert bool(faults) is bool(remedy)


@pytest.mark.parametrize(
    "name, remedy", [("St Anna Pain Clinic", "leave out the word: pain"), ("Clinic “A”", "plain characters")]
)
def test_the_senders_name_obeys_too(study, name, remedy):
    named = study.model_copy(update={"clinic": study.clinic.model_copy(update={"sms_name": name})})
    assert [place for place, _ in name_faults(named)] == ["clinic.sms_name"]
    assert remedy in name_faults(named)[0][1]
