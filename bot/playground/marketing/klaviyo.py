"""The emulated Klaviyo: lists and bulk imports of profiles, as strict as the documentation says."""

import asyncio
import json
import re
import secrets
from typing import Any

from aiohttp import web

from bot.playground.marketing.faults import Faults
from bot.playground.marketing.gate import Gate, Refusal
from bot.playground.marketing.state import Accounts, Record, now

API_KEY = "pk_playground"
MOST_PROFILES, MOST_BYTES, MOST_PROFILE_BYTES = 10_000, 5_000_000, 100_000
MOST_LISTS = 1_000
BURST, STEADY = 10, 150
ATTRIBUTES = {
    *("email", "phone_number", "external_id", "anonymous_id", "first_name", "last_name"),
    *("organization", "locale", "title", "image", "location", "properties"),
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_REVISION = re.compile(r"20\d\d-\d\d-\d\d(\.pre)?")
_FILTER = re.compile(r'equals\(name,"((?:[^"\\]|\\.)*)"\)')
_TICK = 0.05


def problem(status: int, title: str, pointer: str = "", code: str = "invalid") -> Refusal:
    """Refuse in the shape of JSON:API."""
    error = {"id": secrets.token_hex(4), "status": status, "code": code, "title": title}
    return Refusal(status, {"errors": [{**error, "detail": title, "source": {"pointer": pointer}}]})


class Klaviyo:
    """The routes over `accounts`; imports are worked off in the background."""

    def __init__(self, accounts: Accounts, gate: Gate, faults: Faults) -> None:
        self.accounts, self.gate, self.faults = accounts, gate, faults
        self._work: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        jobs = "/api/profile-bulk-import-jobs"
        return [
            web.get("/api/lists", self.find_lists),
            web.post("/api/lists", self.create_list),
            web.get(jobs, self.list_imports),
            web.post(jobs, self.start_import),
            web.get(jobs + "/{id}", self.get_import),
            web.get(jobs + "/{id}/import-errors", self.import_errors),
            web.get(jobs + "/{id}/relationships/lists", self.import_lists),
        ]

    async def resume(self, _app: web.Application) -> None:
        """Go on with imports that were not over when we stopped."""
        for each in self.accounts.imports.values():
            if each["status"] != "complete":
                self._start(each)

    async def close(self, _app: web.Application) -> None:
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def find_lists(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "lists")
        found = list(self.accounts.lists.values())
        if wanted := request.query.get("filter"):
            match = _FILTER.fullmatch(wanted)
            if match is None:
                raise problem(400, "Invalid filter.", code="invalid_filter")
            name = re.sub(r"\\(.)", r"\1", match.group(1))
            found = [each for each in found if each["name"] == name]
        return _answer({"data": [_list(each) for each in found], "links": {}}, headers=headers)

    async def create_list(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "lists.create")
        attributes = _attributes(await _body(request), "list", {"name", "opt_in_process"})
        name = attributes.get("name")
        if not isinstance(name, str) or not name.strip():
            raise problem(400, "A list needs a name.", "/data/attributes/name")
        if len(self.accounts.lists) >= MOST_LISTS:
            raise problem(400, "The account has too many lists.", code="limit_exceeded")
        made: Record = {"id": _id(), "name": name, "created": now(), "members": {}}
        self.accounts.lists[made["id"]] = made
        self.accounts.changed()
        return _answer({"data": _list(made)}, 201, headers)

    async def start_import(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "import")
        if (request.content_length or 0) > MOST_BYTES:
            raise problem(413, "The payload is larger than 5 MB.", code="payload_too_large")
        body = await _body(request)
        given = _attributes(body, "profile-bulk-import-job", {"profiles"})
        profiles = (given.get("profiles") or {}).get("data")
        if not isinstance(profiles, list) or not 1 <= len(profiles) <= MOST_PROFILES:
            raise problem(
                400, f"An import holds 1 to {MOST_PROFILES} profiles.", "/data/attributes/profiles"
            )
        rows = [_profile(each, place) for place, each in enumerate(profiles)]
        lists = [each["id"] for each in _related(body, "lists")]
        for list_id in lists:
            if list_id not in self.accounts.lists:
                raise problem(404, "A list does not exist.", "/data/relationships/lists/data/0")
        made: Record = {
            "id": _id(),
            "status": "queued",
            "created_at": now(),
            "lists": lists,
            "rows": rows,
            "done": 0,
            "errors": [],
        }
        self.accounts.imports[made["id"]] = made
        self._start(made)
        self.accounts.changed()
        return _answer({"data": _import(made)}, 202, headers)

    async def list_imports(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "import.list")
        found = list(self.accounts.imports.values())[-int(request.query.get("page[size]", "20")) :]
        if request.query.get("sort") == "-created_at":
            found.reverse()
        return _answer({"data": [_import(each) for each in found], "links": {}}, headers=headers)

    async def get_import(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "import.get")
        return _answer({"data": _import(self._import_in(request))}, headers=headers)

    async def import_lists(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "import.lists")
        lists = self._import_in(request)["lists"]
        return _answer({"data": [{"type": "list", "id": each} for each in lists]}, headers=headers)

    async def import_errors(self, request: web.Request) -> web.Response:
        headers = self._admit(request, "import.errors")
        errors = self._import_in(request)["errors"]
        size, start = int(request.query.get("page[size]", "20")), 0
        if cursor := request.query.get("page[cursor]"):
            start = int(cursor)
        following = request.url.update_query(
            {"page[cursor]": str(start + size), "page[size]": str(size)}
        )
        links = {"next": str(following) if start + size < len(errors) else None}
        return _answer({"data": errors[start : start + size], "links": links}, headers=headers)

    def _admit(self, request: web.Request, endpoint: str) -> dict[str, str]:
        """Check key and revision and count the call; returns the headers of the answer."""
        wrong = self.faults.switches.wrong_key
        if wrong or request.headers.get("Authorization") != f"Klaviyo-API-Key {API_KEY}":
            raise problem(401, "Incorrect authentication credentials.", code="not_authenticated")
        if not _REVISION.fullmatch(request.headers.get("revision", "")):
            raise problem(400, "The header revision is missing or wrong.", code="invalid_revision")
        return self.gate.limit(endpoint, BURST, STEADY)

    def _import_in(self, request: web.Request) -> Record:
        found = self.accounts.imports.get(request.match_info["id"])
        if found is None:
            raise problem(404, "The import does not exist.", code="not_found")
        return found

    def _start(self, job: Record) -> None:
        task = asyncio.create_task(self._work_off(job))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _work_off(self, job: Record) -> None:
        """Take so many profiles a second."""
        job["status"] = "processing"
        while job["done"] < len(job["rows"]):
            await asyncio.sleep(_TICK)
            many = max(1, int(self.faults.switches.profiles_per_second * _TICK))
            for row in job["rows"][job["done"] : job["done"] + many]:
                self._take(job, row, job["done"])
                job["done"] += 1
        job["status"] = "complete"
        job["completed_at"] = now()
        self.accounts.changed()

    def _take(self, job: Record, row: Record, place: int) -> None:
        if title := _what_is_wrong(row):
            job["errors"].append(
                {
                    "type": "import-error",
                    "id": f"{job['id']}-{place}",
                    "attributes": {
                        "code": "invalid",
                        "title": title,
                        "detail": title,
                        "source": {"pointer": f"/data/attributes/profiles/data/{place}"},
                        "original_payload": row,
                    },
                }
            )
            return
        known = self.accounts.profiles.setdefault(row["email"].lower(), {})
        known.update({name: value for name, value in row.items() if value is not None})
        for list_id in job["lists"]:
            members = self.accounts.lists[list_id]["members"]
            members[row["email"].lower()] = members.get(row["email"].lower(), 0) + 1


def _what_is_wrong(row: Record) -> str | None:
    if not _EMAIL.fullmatch(str(row.get("email") or "")):
        return "Invalid email address"
    if row.get("phone_number") and not _PHONE.fullmatch(str(row["phone_number"])):
        return "Invalid phone number"
    return None


async def _body(request: web.Request) -> Record:
    if request.content_type not in {"application/json", "application/vnd.api+json"}:
        raise problem(415, "The body must be application/vnd.api+json.")
    try:
        given = await request.json()
    except ValueError:
        raise problem(400, "The body is not valid JSON.") from None
    if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
        raise problem(400, "The body needs an object named data.", "/data")
    return given


def _attributes(body: Record, kind: str, allowed: set[str]) -> Record:
    data = body["data"]
    if data.get("type") != kind:
        raise problem(400, f"The type must be {kind}.", "/data/type")
    given = data.get("attributes") or {}
    for name in given:
        if name not in allowed:
            raise problem(400, f"{name} is not an attribute.", f"/data/attributes/{name}")
    return dict(given)


def _related(body: Record, name: str) -> list[Record]:
    found = (body["data"].get("relationships") or {}).get(name) or {}
    return list(found.get("data") or [])


def _profile(item: Any, place: int) -> Record:  # noqa: ANN401 - JSON
    pointer = f"/data/attributes/profiles/data/{place}"
    if not isinstance(item, dict) or item.get("type") != "profile":
        raise problem(400, "Each must be of the type profile.", pointer)
    given = dict(item.get("attributes") or {})
    if unknown := set(given) - ATTRIBUTES:
        name = min(unknown)
        raise problem(400, f"{name} is not an attribute.", f"{pointer}/attributes/{name}")
    if not any(given.get(name) for name in ("email", "phone_number", "external_id")):
        raise problem(400, "A profile needs an identifier.", pointer)
    if len(json.dumps(given)) > MOST_PROFILE_BYTES:
        raise problem(400, "A profile is larger than 100 KB.", pointer)
    return given


def _id() -> str:
    return secrets.token_urlsafe(5)[:6]


def _list(record: Record) -> Record:
    attributes = {"name": record["name"], "created": record["created"]}
    return {"type": "list", "id": record["id"], "attributes": attributes}


def _import(record: Record) -> Record:
    failed = len(record["errors"])
    return {
        "type": "profile-bulk-import-job",
        "id": record["id"],
        "attributes": {
            "status": record["status"],
            "created_at": record["created_at"],
            "total_count": len(record["rows"]),
            "completed_count": record["done"] - failed,
            "failed_count": failed,
            "completed_at": record.get("completed_at"),
        },
    }


def _answer(body: Record, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        body, status=status, headers=headers, content_type="application/vnd.api+json"
    )
