"""Invented customers: the same name, address and phone for the same customer id, always."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

# Names reserved for examples (RFC 2606): a mail to them reaches nobody.
DOMAINS = (
    "example.com",
    "example.net",
    "example.org",
    "mail.example",
    "post.example",
    "inbox.example",
)
# What NFKD cannot take apart.
PLAIN_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae"})


@dataclass(frozen=True)
class Person:
    """One invented customer; `phone` is E.164 or empty, `country` ISO 3166 or empty."""

    customer_id: str
    given_name: str
    surname: str
    email: str
    phone: str
    country: str
    accepts_marketing: bool

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.surname}"


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("names.toml").read_text("utf-8"))


def country_code(country: str) -> str:
    code: str = _words()["countries"][country]["code"]
    return code


def invent_people(countries: Mapping[str, str]) -> dict[str, Person]:
    """Invent one person for each customer id; `countries` says where each one lives."""
    emails: set[str] = set()
    phones: set[str] = set()
    return {
        number: _invent(number, countries[number], emails, phones) for number in sorted(countries)
    }


def _invent(number: str, country: str, emails: set[str], phones: set[str]) -> Person:
    place = _words()["countries"][country]
    names = _words()[place["names"]]
    given_name = _choose(names["given"].split(), number, "given")
    surname = _choose(names["surname"].split(), number, "surname")
    return Person(
        customer_id=number,
        given_name=given_name,
        surname=surname,
        email=_email(given_name, surname, number, emails),
        phone=_phone(place.get("phones", []), number, phones),
        country=place["code"],
        accepts_marketing=_roll(number, "marketing") % 5 != 0,
    )


def _roll(number: str, what: str) -> int:
    return int.from_bytes(sha256(f"{what}:{number}".encode()).digest()[:6], "big")


def _choose(words: list[str], number: str, what: str) -> str:
    return words[_roll(number, what) % len(words)]


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.lower().translate(PLAIN_LETTERS))
    return "".join(letter for letter in apart if letter.isascii() and letter.isalpha())


def _email(given_name: str, surname: str, number: str, taken: set[str]) -> str:
    """Choose an address nobody has: another domain first, then the customer's number."""
    local = f"{_plain(given_name)}.{_plain(surname)}"
    start = _roll(number, "domain") % len(DOMAINS)
    domains = DOMAINS[start:] + DOMAINS[:start]
    wanted = [f"{local}@{domain}" for domain in domains] + [f"{local}{number}@{domains[0]}"]
    email = next(address for address in wanted if address not in taken)
    taken.add(email)
    return email


def _phone(ranges: list[str], number: str, taken: set[str]) -> str:
    """Choose a free number of a range kept for fiction; about one in seven has none."""
    if not ranges or _roll(number, "has phone") % 7 == 0:
        return ""
    attempt = 0
    while True:
        digits = f"{_roll(number, f'digits {attempt}'):015d}"
        pattern = _choose(ranges, number, f"range {attempt}")
        width = pattern.count("#")
        phone = pattern.rstrip("#") + digits[-width:]
        if phone not in taken:
            taken.add(phone)
            return phone
        attempt += 1
