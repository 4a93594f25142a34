"""Mobile numbers: what a person types becomes E.164."""

import phonenumbers

from prom.errors import Refusal


def e164(text: str, clinic_phone: str) -> str:
    """A number as +15550100001. A number without a country code is of the clinic's country.

    Raises Refusal("number_odd"), also for one without its area code. Possible is enough: lists of valid numbers lag
    behind the carriers. In the North American plan no area code begins with 0 or 1.
    """
    try:
        number = phonenumbers.parse(text, _region(clinic_phone))
    except phonenumbers.NumberParseException:
        raise Refusal("number_odd") from None
    no_area = number.country_code == 1 and phonenumbers.national_significant_number(number)[:1] in ("0", "1")
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if no_area or not whole:
        raise Refusal("number_odd")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def example(clinic_phone: str) -> str:
    """A mobile number of the clinic's country, nobody's as far as the lists of numbers know, as people read it."""
    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(_region(clinic_phone), kind) or phonenumbers.parse(clinic_phone, None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def spoken(number: str) -> str:
    """An E.164 number as people read it."""
    return phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _region(clinic_phone: str) -> str:
    """The clinic's country, as two letters."""
    return phonenumbers.region_code_for_country_code(phonenumbers.parse(clinic_phone, None).country_code or 1)
