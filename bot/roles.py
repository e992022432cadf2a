"""What one process does. Everything in one, or sockets and workers that share PostgreSQL."""

from enum import StrEnum


class Role(StrEnum):
    """Every role serves health and metrics over HTTP."""

    ALL = "all"
    SOCKET = "socket"
    WORKER = "worker"
    HTTP = "http"

    @property
    def has_sockets(self) -> bool:
        """Takes in what people do in Slack."""
        return self in {Role.ALL, Role.SOCKET}

    @property
    def has_worker(self) -> bool:
        """Does the stored work."""
        return self in {Role.ALL, Role.WORKER}


class RoleNeedsPostgresError(Exception):
    """Processes with a part of the work each share it through a server, not a file."""

    def __init__(self, role: Role) -> None:
        super().__init__(
            f"The role {role} needs a PostgreSQL database that all processes share: set "
            "DATABASE_URL, or leave --role out to run everything in one process.",
        )
