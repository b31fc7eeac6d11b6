"""What people did in the environments of an outside system, and how far a bot reaches in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Operation:
    """What somebody did in an environment. Nothing of a configuration is ever read."""

    id: str
    type: str  # execute, tunnel, deploy, ... an open list
    status: str  # queued, running, succeeded, failed, unknown
    at: datetime
    email: str  # of the account that did it; empty for the platform itself
    resource_kind: str  # apps, databases, ... as it stands in addresses; empty when it is not said
    resource_id: str
    command: str = field(default="", repr=False)

    @property
    def is_running(self) -> bool:
        return self.status in ("queued", "running")


class Activity(Protocol):
    """Every method may raise any ProviderError."""

    def operations(self, environment_id: str) -> tuple[Operation, ...]:
        """List what was done in the environment, as far back as the provider keeps it, in any order."""

    def operation(self, id: str) -> Operation:
        """Read one operation again."""

    def cancel(self, operation_id: str) -> None:
        """Ask for an operation to be cancelled. Whether it is shows only when it is read again."""

    def handle(self, kind: str, id: str) -> str:
        """What people call the app, database or other resource that something was done on."""

    def out_of_reach(self, role_ids: Iterable[str]) -> frozenset[str]:
        """Find those of the roles that exist and whose members the credentials can't change."""


class NoActivity:
    """Every method raises the reason."""

    reason: Exception

    def operations(self, environment_id: str) -> tuple[Operation, ...]:
        raise self.reason

    def operation(self, id: str) -> Operation:
        raise self.reason

    def cancel(self, operation_id: str) -> None:
        raise self.reason

    def handle(self, kind: str, id: str) -> str:
        raise self.reason

    def out_of_reach(self, role_ids: Iterable[str]) -> frozenset[str]:
        raise self.reason
