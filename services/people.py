"""Who may do what: guests and outsiders nothing, members may be agents, few are admins."""

import time
from dataclasses import dataclass, field

from services.ports import Person, Workspace

REMEMBER_SECONDS = 300.0
REMEMBER_PEOPLE = 10_000


@dataclass(slots=True)
class People:
    """Looks people up and remembers them for a few minutes."""

    workspace: Workspace
    agent_group: str | None
    """Slack user group whose members are agents; None: every full member is."""
    admin_ids: frozenset[str]
    _people: dict[str, tuple[float, Person]] = field(default_factory=dict)
    _group: tuple[float, frozenset[str]] | None = None

    async def get(self, user_id: str) -> Person:
        """Read a person. What the workspace said in the last five minutes is believed."""
        known = self._people.get(user_id)
        if known and time.monotonic() - known[0] < REMEMBER_SECONDS:
            return known[1]
        person = await self.workspace.person(user_id)
        if len(self._people) >= REMEMBER_PEOPLE:
            self._people.clear()
        self._people[user_id] = (time.monotonic(), person)
        return person

    async def is_agent(self, person: Person) -> bool:
        """Whether the person may see customers and change tickets."""
        if person.is_guest or person.is_external or person.is_bot:
            return False
        if self.agent_group is None or self.is_admin(person):
            return True
        return person.id in await self._group_members(self.agent_group)

    def is_admin(self, person: Person) -> bool:
        """Whether the person may export, replay, erase and change settings."""
        if person.is_guest or person.is_external or person.is_bot:
            return False
        return person.is_admin or person.id in self.admin_ids

    async def _group_members(self, group_id: str) -> frozenset[str]:
        if self._group is None or time.monotonic() - self._group[0] > REMEMBER_SECONDS:
            self._group = (time.monotonic(), await self.workspace.group_members(group_id))
        return self._group[1]
