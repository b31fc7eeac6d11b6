"""What stands for a provider whose sign-in can't even be read."""

from collections.abc import Mapping
from datetime import datetime

from integrations.activity import NoActivity
from integrations.base import ConnectionReport, Directory, Finding, Listing, Membership, ProviderError, Role


class Unreachable(NoActivity):
    """A provider that can't even be asked: every method raises the reason."""

    reason: ProviderError

    def __init__(self, reason: ProviderError) -> None:
        self.reason = reason

    def members(self, role_id: str) -> tuple[Membership, ...]:
        raise self.reason

    def read_members(self, role_id: str, *, seconds: float, rest: str = "") -> Listing:
        raise self.reason

    def roles_by_account(self, *, seconds: float | None = None) -> Mapping[str, frozenset[str]]:
        raise self.reason

    def roles_of(self, account_id: str) -> frozenset[str]:
        raise self.reason

    def add(self, *, role_id: str, account_id: str) -> None:
        raise self.reason

    def remove(self, membership: Membership) -> bool:
        raise self.reason

    def roles(self) -> tuple[Role, ...]:
        raise self.reason

    def directory(self) -> Directory:
        raise self.reason

    def forget_refusal(self) -> None:
        """Nothing was refused: nothing was asked."""

    def check(self, *, now: datetime) -> ConnectionReport:
        return ConnectionReport((Finding(ok=False, text=self.reason.summary),))
