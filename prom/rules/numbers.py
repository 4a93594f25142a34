"""Mobile numbers: what a person types becomes E.164."""

import phonenumbers

from prom.errors import Refusal


def e164(text: str, clinic_phone: str) -> str:
    """A number as +15550100001. A number without a country code is of the clinic's country.

    Raises Refusal("number_odd"). Possible is enough: lists of valid numbers lag behind the carriers. In the North
    American plan no area code begins with 0 or 1.
    """
    region = phonenumbers.region_code_for_country_code(phonenumbers.parse(clinic_phone, None).country_code or 1)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise Refusal("number_odd") from None
    no_area = number.country_code == 1 and phonenumbers.national_significant_number(number)[:1] in ("0", "1")
    if no_area or not phonenumbers.is_possible_number(number):
        raise Refusal("number_odd")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken(number: str) -> str:
    """An E.164 number as people read it."""
    return phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
