"""Personal data as others may see it: enough to recognise, too little to use."""

import re

import phonenumbers

# Both parts are bounded: without that, a long word without an @ takes quadratic time.
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DOTS = "•••"


def mask_email(email: str) -> str:
    """`anna@example.com` becomes `a•••@example.com`."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}{_DOTS}{at}{domain}" if at else _DOTS


def mask_phone(phone: str) -> str:
    """`+442079460000` becomes `+44 •••• 000`."""
    try:
        code = f"+{phonenumbers.parse(phone).country_code} "
    except phonenumbers.NumberParseException:
        code = ""
    return f"{code}•••• {phone[-3:]}"


def mask_name(name: str) -> str:
    """`Anna Maria Smith` becomes `Anna S.`; a single word keeps its initial."""
    words = name.split()
    if len(words) > 1:
        return f"{words[0]} {words[-1][0]}."
    return f"{name[0]}{_DOTS}" if name else ""


def mask_emails_in(text: str) -> str:
    return EMAIL.sub(lambda found: mask_email(found.group()), text)
