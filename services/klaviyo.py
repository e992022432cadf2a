"""What we ask of Klaviyo: a list, profiles imported into it in bulk, what became of them.

Importing does not subscribe anybody, and nothing here ever does: Klaviyo's bulk subscription would
lift the suppression of people who unsubscribed there.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.http_api import REFUSED_LOGIN, HttpApi, RefusedError

Json = dict[str, Any]

REVISION = "2026-04-15"
MEDIA_TYPE = "application/vnd.api+json"
MOST_PROFILES = 10_000
MOST_BYTES = 4_500_000
"""Of one import; Klaviyo's own limit is five megabytes."""
CALLS_PER_SECOND = 2.5
CALL_BURST = 10
"""Klaviyo's limits of bulk imports: 150 a minute, ten at once."""
MOST_PAGES = 500
_JOBS = "/api/profile-bulk-import-jobs"
_PLACE = re.compile(r"/data/(\d+)(?:/|$)")
_ABSENT = (404, 405)


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A bulk import and how far it is."""

    id: str
    status: str
    """queued, processing, complete or cancelled."""
    completed: int
    failed: int
    created_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.status in {"complete", "cancelled"}


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Why one profile was not taken. Klaviyo names it by place, by what was sent, or both."""

    place: int | None
    email: str | None
    reason: str


def profiles_that_fit(profiles: Sequence[Mapping[str, Any]], most: int = MOST_PROFILES) -> int:
    """Count how many from the first one on fit into one import."""
    size = 0
    for number, profile in enumerate(profiles[:most]):
        size += len(json.dumps(profile, ensure_ascii=False).encode()) + 1
        if size > MOST_BYTES:
            return number
    return min(len(profiles), most)


@dataclass(frozen=True, slots=True)
class Klaviyo:
    """The calls to one account; raises what `HttpApi` does."""

    api: HttpApi
    most_profiles: int = MOST_PROFILES

    async def check(self) -> str:
        """Say that the key is good; raises RefusedError where it is not."""
        await self._call("lists.get", "GET", "/api/lists")
        return "accepted."

    async def find_list(self, name: str) -> str | None:
        """Look for a list with exactly this name."""
        wanted = name.replace("\\", "\\\\").replace('"', '\\"')
        params = {"filter": f'equals(name,"{wanted}")'}
        found = await self._call("list.find", "GET", "/api/lists", params=params)
        for each in found.get("data") or ():
            if (each.get("attributes") or {}).get("name") == name:
                return str(each["id"])
        return None

    async def create_list(self, name: str) -> str:
        """Make a list; Klaviyo would make a second one of the same name."""
        body = {"data": {"type": "list", "attributes": {"name": name}}}
        made = await self._call("list.create", "POST", "/api/lists", json=body)
        return str(made["data"]["id"])

    async def import_profiles(self, list_id: str, profiles: Sequence[Mapping[str, Any]]) -> str:
        """Begin to import profiles into a list and return the id of the import.

        Klaviyo updates who is there already by e-mail address, so that importing somebody twice
        has the effect of once.
        """
        content = await asyncio.to_thread(_import_body, list_id, profiles)
        headers = {"Content-Type": MEDIA_TYPE}
        made = await self._call("profiles.import", "POST", _JOBS, content=content, headers=headers)
        return str(made["data"]["id"])

    async def import_job(self, job_id: str) -> ImportJob:
        """Ask how far an import is."""
        found = await self._call("import.get", "GET", f"{_JOBS}/{job_id}")
        return _job(found["data"])

    async def imports_into(self, list_id: str, since: datetime) -> list[str]:
        """List the imports into a list that began since then, the newest first.

        Empty also where the account does not show its imports.
        """
        params = {"sort": "-created_at", "page[size]": 100}
        try:
            found = await self._call("import.list", "GET", _JOBS, params=params)
        except RefusedError as error:
            if error.http_status in _ABSENT:
                return []
            raise
        jobs = [_job(each) for each in found.get("data") or ()]
        recent = [job for job in jobs if job.created_at is None or job.created_at >= since]
        return [job.id for job in recent if list_id in await self._lists_of(job.id)]

    async def import_problems(self, job_id: str) -> list[ImportProblem]:
        """List every profile that an import did not take."""
        problems: list[ImportProblem] = []
        path: str | None = f"{_JOBS}/{job_id}/import-errors"
        params: Json | None = {"page[size]": 100}
        for _ in range(MOST_PAGES):
            if path is None:
                break
            found = await self._call("import.errors", "GET", path, params=params)
            problems += [_problem(each) for each in found.get("data") or ()]
            path, params = (found.get("links") or {}).get("next"), None
        return problems

    async def _lists_of(self, job_id: str) -> set[str]:
        found = await self._call("import.lists", "GET", f"{_JOBS}/{job_id}/relationships/lists")
        return {str(each["id"]) for each in found.get("data") or ()}

    async def _call(self, operation: str, method: str, path: str, **request: Any) -> Json:  # noqa: ANN401 - httpx's own
        try:
            return dict(await self.api.call(operation, method, path, **request) or {})
        except RefusedError as error:
            if error.http_status in REFUSED_LOGIN:
                raise RefusedError(
                    f"Klaviyo refuses KLAVIYO_API_KEY (HTTP {error.http_status}). It needs a "
                    "private key with full access to lists and profiles.",
                    error.http_status,
                ) from error
            raise


def _import_body(list_id: str, profiles: Sequence[Mapping[str, Any]]) -> bytes:
    body = {
        "data": {
            "type": "profile-bulk-import-job",
            "attributes": {
                "profiles": {
                    "data": [{"type": "profile", "attributes": dict(each)} for each in profiles]
                }
            },
            "relationships": {"lists": {"data": [{"type": "list", "id": list_id}]}},
        }
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _job(item: Mapping[str, Any]) -> ImportJob:
    said: Mapping[str, Any] = item.get("attributes") or {}
    created = said.get("created_at")
    return ImportJob(
        id=str(item["id"]),
        status=str(said.get("status") or "queued"),
        completed=int(said.get("completed_count") or 0),
        failed=int(said.get("failed_count") or 0),
        created_at=datetime.fromisoformat(created) if created else None,
    )


def _problem(item: Mapping[str, Any]) -> ImportProblem:
    said: Mapping[str, Any] = item.get("attributes") or {}
    pointer = str((said.get("source") or {}).get("pointer") or "")
    place = _PLACE.search(pointer)
    sent: Mapping[str, Any] = said.get("original_payload") or {}
    sent = sent.get("attributes") or sent
    email = sent.get("email")
    return ImportProblem(
        int(place.group(1)) if place else None,
        str(email).lower() if email else None,
        # Not the detail, which repeats what was sent.
        str(said.get("title") or said.get("code") or "refused"),
    )
