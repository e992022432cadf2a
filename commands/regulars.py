"""What Regulars can do for you, and whether it can do it.

/regulars help
/regulars status
/regulars settings
/regulars privacy
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from commands.grammar import nearest
from commands.help import EMPTY, Help, Topic
from commands.people import Caller
from services.errors import NotAllowedError, WrongInputError
from services.privacy import ELSEWHERE, ERASE, EXPORT, KEPT, ONLY_ADMINS
from services.setup_checks import Check, SetupChecks

NAME = "regulars"

_EVERYBODY = (
    Topic("🎫 on a message", "make it a Gorgias ticket, with its whole thread"),
    Topic("👀 on it", "take the ticket"),
    Topic("✅ on the first message", "resolve the ticket; take ✅ away to re-open it"),
    Topic("⋮ → Create ticket", "the same, also where I am not a member"),
    Topic("⚡ → New ticket", "write a ticket that has no message yet"),
    Topic("/customer anna@example.com", "who somebody is; also a phone, an order or a name"),
    Topic("/tickets mine", "your work; also open, urgent, queue or a number"),
    Topic("/forecast revenue 8w", "what to expect, how sure; also orders, customers, units"),
    Topic("/campaign winback", "whom to write to, whom not and why, and what it brought"),
    Topic("/insights cohorts", "what the orders hold; also affinity, segments, churn, products"),
    Topic("/regulars status", "whether everything is set up and answering"),
)
_ADMINS = (
    Topic("my Home tab", "the set-up checklist, and Send a test ticket"),
    Topic("/regulars settings", "emoji, tags and triage of the channel it is typed in"),
    Topic("/regulars privacy", "what is kept of customers, for how long; erase one who asks"),
    Topic("/tickets queue", "retry or discard what Gorgias refused"),
    Topic("regulars doctor", "the same checklist on the command line"),
)
AGENT_HELP = Help(
    "I turn messages into Gorgias tickets and know your customers. What you can do:",
    _EVERYBODY,
)
ADMIN_HELP = Help(
    f"{AGENT_HELP.introduction[:-1]}, the last {len(_ADMINS)} as an admin:", _EVERYBODY + _ADMINS
)
GUEST_HELP = Help(
    "I turn messages into Gorgias tickets for the support team. You are not in it, so I can "
    "neither make tickets for you nor tell you about customers. Ask somebody in support to react "
    "🎫 on your message.",
    (),
)


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def setup_checks(self) -> SetupChecks: ...


@dataclass(frozen=True, slots=True)
class RegularsRequest:
    """What somebody wants to know about the bot itself."""

    subject: Literal["help", "status", "settings", "privacy"]


@dataclass(frozen=True, slots=True)
class Status:
    """The self-check, one sentence for each thing that could be wrong."""

    checks: tuple[Check, ...]

    def to_text(self) -> str:
        return "\n".join(check.line for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {
            "checks": [
                {"name": check.name, "ok": check.is_ok, "sentence": check.sentence}
                for check in self.checks
            ],
        }


@dataclass(frozen=True, slots=True)
class PrivacyNotice:
    """What is kept of customers and for how long, how to hand it out and how to erase it."""

    def to_text(self) -> str:
        return "\n".join([*KEPT, EXPORT, ERASE, ELSEWHERE])

    def to_json(self) -> dict[str, Any]:
        return {"kept": list(KEPT), "export": EXPORT, "erase": ERASE, "elsewhere": ELSEWHERE}


def parse(text: str) -> RegularsRequest:
    """Read what follows the command's name."""
    word = text.lower()
    if word in EMPTY:
        return RegularsRequest("help")
    if word == "status":
        return RegularsRequest("status")
    if word == "settings":
        return RegularsRequest("settings")
    if word == "privacy":
        return RegularsRequest("privacy")
    meant = nearest(word, ("help", "status", "settings", "privacy"))
    known = "Known: help, status, settings and privacy."
    rest = f"Did you mean /regulars {meant}?" if meant else known
    raise WrongInputError(f"There is no /regulars {text[:40]}, so nothing was done. {rest}")


async def run(
    request: RegularsRequest, caller: Caller, services: Services
) -> Help | Status | PrivacyNotice:
    """Help is for everybody; the state of the set-up is for the team."""
    if request.subject == "help":
        return help_for(caller)
    if not caller.is_agent:
        raise NotAllowedError("Only the support team may see how I am set up.")
    if request.subject == "privacy":
        if not caller.is_admin:
            raise NotAllowedError(ONLY_ADMINS)
        return PrivacyNotice()
    if request.subject == "settings":
        raise WrongInputError(
            "Settings belong to a channel: an admin types /regulars settings there, in Slack."
        )
    return Status(await services.setup_checks.run())


def help_for(caller: Caller) -> Help:
    """Say what this person can do, in their words."""
    if caller.is_admin:
        return ADMIN_HELP
    return AGENT_HELP if caller.is_agent else GUEST_HELP
