"""Customers as an import meets them: found by id, e-mail or phone, completed, or added."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, delete, update

from storage.bulk import allocate_ids, among, json_text, put_rows, rows_among
from storage.database import StepConnection
from storage.erasures import erased_among
from storage.models import customer_words, customers
from storage.names import name_key, name_words

_FIELDS = ("id", "source_id", "email", "phone", "name", "country", "consent", "tags")


class Person(NamedTuple):
    """What a file says about a customer; None and "" mean that it says nothing."""

    source_id: str | None
    email: str | None
    phone: str | None
    name: str = ""
    country: str | None = None
    consent: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(slots=True)
class _Known:
    """A customer as stored, and as it will be."""

    id: int
    source_id: str | None
    email: str | None
    phone: str | None
    name: str
    country: str | None
    consent: str
    tags: Sequence[str]
    is_new: bool = False
    changed: bool = False

    def learn(self, person: Person, *, replace: bool) -> None:
        """Fill what is unknown; with `replace` also what is known differently."""
        for field in ("source_id", "email", "phone", "name", "country", "consent", "tags"):
            said, stored = getattr(person, field), getattr(self, field)
            said = list(said) if field == "tags" and said is not None else said
            unknown = stored in (None, "", "unknown")
            if said not in (None, "") and said != stored and (unknown or replace):
                setattr(self, field, said)
                self.changed = True


@dataclass(frozen=True, slots=True)
class PeopleWritten:
    ids: dict[Person, int]
    new: int
    changed: int


class _Index:
    """The customers one batch may mean, by everything that tells who they are."""

    def __init__(self) -> None:
        self.known: dict[int, _Known] = {}
        self._by_source: dict[str, _Known] = {}
        self._by_email: dict[str, list[_Known]] = {}
        self._by_phone: dict[str, list[_Known]] = {}

    def add(self, known: _Known) -> None:
        if known.id in self.known:
            return
        self.known[known.id] = known
        if known.source_id:
            self._by_source[known.source_id] = known
        if known.email:
            self._by_email.setdefault(known.email, []).append(known)
        if known.phone:
            self._by_phone.setdefault(known.phone, []).append(known)

    def learned(self, known: _Known) -> None:
        del self.known[known.id]
        self.add(known)

    def find(self, person: Person) -> _Known | None:
        """Two of the shop's own ids are two people, whatever else they share."""
        if person.source_id and (known := self._by_source.get(person.source_id)):
            return known
        for known in self._by_email.get(person.email or "", ()):
            if not (person.source_id and known.source_id):
                return known
        for known in self._by_phone.get(person.phone or "", ()):
            other_id = person.source_id and known.source_id
            if not other_id and (person.email is None or known.email is None):
                return known
        return None


def write_people(
    connection: StepConnection,
    people: Iterable[Person],
    *,
    replace: bool,
) -> PeopleWritten:
    """Find or add each person, but for those who were erased: they have no id.

    `replace` lets the file overrule what is stored.
    """
    distinct = list(dict.fromkeys(people))
    gone = erased_among(connection, distinct)
    distinct = [person for person in distinct if person not in gone]
    index = _load(connection, distinct)
    unknown = sum(index.find(person) is None for person in distinct)
    free = iter(allocate_ids(connection, customers, unknown))
    ids: dict[Person, int] = {}
    for person in distinct:
        # Asked again: an earlier person of this batch may have been the same one.
        known = index.find(person)
        if known is None:
            known = _new(next(free), person)
            index.add(known)
        else:
            known.learn(person, replace=replace)
            index.learned(known)
        ids[person] = known.id
    new = [known for known in index.known.values() if known.is_new]
    changed = [known for known in index.known.values() if known.changed and not known.is_new]
    _insert(connection, new)
    _update(connection, changed)
    return PeopleWritten(ids, len(new), len(changed))


def _new(customer_id: int, person: Person) -> _Known:
    return _Known(
        customer_id,
        person.source_id or None,
        person.email or None,
        person.phone or None,
        person.name,
        person.country or None,
        person.consent or "unknown",
        list(person.tags or ()),
        is_new=True,
    )


def _load(connection: StepConnection, people: Sequence[Person]) -> _Index:
    index = _Index()
    fields = ("source_id", "email", "phone")
    for field in fields:
        values = list({said for person in people if (said := getattr(person, field))})
        if values:
            columns = [customers.c[name] for name in _FIELDS]
            for row in rows_among(connection, columns, customers.c[field], values):
                index.add(_Known(*row))
    return index


def _insert(connection: StepConnection, new: Sequence[_Known]) -> None:
    columns = (*_FIELDS, "name_key")
    rows = [
        (
            known.id,
            known.source_id,
            known.email,
            known.phone,
            known.name,
            known.country,
            known.consent,
            json_text(known.tags) if known.tags else "[]",
            name_key(known.name) if known.name else "",
        )
        for known in new
    ]
    put_rows(connection, customers, columns, rows)
    put_rows(connection, customer_words, ["word", "customer_id"], _words(new))


def _update(connection: StepConnection, changed: Sequence[_Known]) -> None:
    if not changed:
        return
    connection.execute(
        update(customers).where(customers.c.id == bindparam("row_id")),
        [
            {
                "row_id": known.id,
                "source_id": known.source_id,
                "email": known.email,
                "phone": known.phone,
                "name": known.name,
                "name_key": name_key(known.name),
                "country": known.country,
                "consent": known.consent,
                "tags": known.tags,
            }
            for known in changed
        ],
    )
    changed_ids = [known.id for known in changed]
    column = customer_words.c.customer_id
    connection.execute(
        delete(customer_words).where(among(connection, column, changed_ids)),
    )
    put_rows(connection, customer_words, ["word", "customer_id"], _words(changed))


def _words(people: Iterable[_Known]) -> list[tuple[str, int]]:
    return [
        (word, known.id)
        for known in people
        if known.name
        for word in name_words(name_key(known.name))
    ]
