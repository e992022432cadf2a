"""Who may do what: guests and outsiders nothing, members may be agents, few are admins."""

from dataclasses import dataclass
from functools import partial

from services.ports import Person, Workspace
from storage.cache import Cache, Namespace

# Neither is shared: who writes to Redis must not thereby become an admin.
PERSON: Namespace[Person] = Namespace("person", seconds=300)
GROUP: Namespace[frozenset[str]] = Namespace("user_group", seconds=300)


@dataclass(slots=True)
class People:
    """Looks people up and remembers them for a few minutes."""

    workspace: Workspace
    agent_group: str | None
    """Slack user group whose members are agents; None: every full member is."""
    admin_ids: frozenset[str]
    cache: Cache

    async def get(self, user_id: str) -> Person:
        """Read a person. What the workspace said in the last five minutes is believed."""
        return await self.cache.get(PERSON, user_id, partial(self.workspace.person, user_id))

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
        load = partial(self.workspace.group_members, group_id)
        return await self.cache.get(GROUP, group_id, load)
