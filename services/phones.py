"""Phone numbers as they are compared: E.164."""

import re

import phonenumbers

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_FILLING = str.maketrans("", "", " ()-./\u00a0'")


def phone_e164(text: str, country: str) -> str | None:
    """`020 7946 0000` in GB becomes `+442079460000`; None when it is no phone number."""
    bare = text.translate(_FILLING)
    if _E164.fullmatch(bare) and "(0)" not in text:
        return bare
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
