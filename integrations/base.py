"""What the product asks of an outside system that holds roles, and how such a system may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from integrations.activity import Activity


class ProviderError(Exception):
    """The provider said no, and asking the same again would not help.

    `summary` is one sentence, safe to store and to show: no token, no password, no raw body.
    """

    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary


class ProviderUnavailable(ProviderError):
    """No answer, or no usable one: the change may or may not have happened.

    `retry_after` is the pause in seconds that the provider asked for, if it named one. `nothing_done`: the change
    surely did not happen, and will not.
    """

    def __init__(self, summary: str, *, retry_after: float | None = None, nothing_done: bool = False) -> None:
        super().__init__(summary)
        self.retry_after = retry_after
        self.nothing_done = nothing_done


class NeedsAttention(ProviderError):
    """Nothing works until a person changes something (credentials, MFA, SSO, the bot's rights)."""


class LoginRefused(NeedsAttention):
    """The credentials do not sign in. Trying again would only lock the account.

    `retry_at_earliest` is a pause in seconds after which one more try is reasonable (a lockout
    that passes by itself), or None when only new credentials can help.
    """

    def __init__(self, summary: str, *, retry_at_earliest: float | None = None) -> None:
        super().__init__(summary)
        self.retry_at_earliest = retry_at_earliest


class AlreadyMember(ProviderError):
    """Nothing was added: the account is in the role already, whatever a list says that was read before."""


class RoleGone(ProviderError):
    """The provider can be asked, and it positively no longer has this role."""


class LoginFailed(ProviderUnavailable):
    """The sign-in failed, and nothing in the answer says that the credentials are wrong.

    `retry_after` is the pause in seconds before another try is reasonable; `waited`: nothing was tried this time.
    """

    def __init__(self, summary: str, *, retry_after: float, waited: bool = False) -> None:
        super().__init__(summary, retry_after=retry_after, nothing_done=True)
        self.waited = waited


@dataclass(frozen=True)
class Membership:
    """One person in one role. Ids are lower case."""

    id: str
    role_id: str
    account_id: str
    created_at: datetime | None = field(default=None, compare=False)  # as far as the provider says


@dataclass(frozen=True)
class Listing:
    """What was read of the list of a role's members."""

    members: tuple[Membership, ...]
    nameless: frozenset[str] = frozenset()  # ids of memberships that do not say whose they are
    rest: str = ""  # where it goes on, for another call; empty: this was the end of it


@dataclass(frozen=True)
class Role:
    id: str
    name: str
    type: str  # Aptible: owner, platform_owner, platform_user, ... an open list
    scim_created: bool


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    name: str
    verified: bool


@dataclass(frozen=True)
class Environment:
    id: str
    name: str


@dataclass(frozen=True)
class Permission:
    role_id: str
    environment_id: str
    scope: str


@dataclass(frozen=True)
class Directory:
    """All that is known of one organization at one moment."""

    roles: tuple[Role, ...]
    people: tuple[Person, ...]
    memberships: tuple[Membership, ...]
    environments: tuple[Environment, ...]
    permissions: tuple[Permission, ...]


@dataclass(frozen=True)
class Finding:
    """One line of a connection report: a sentence, and whether it is good news."""

    ok: bool
    text: str


@dataclass(frozen=True)
class ConnectionReport:
    """What the credentials may and may not do, in the order it was tried."""

    findings: tuple[Finding, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


@dataclass(frozen=True)
class Organization:
    id: str
    name: str


@dataclass(frozen=True)
class Discovery:
    """What a sign-in leads to: how it went, and the organizations that it may use."""

    report: ConnectionReport
    organizations: tuple[Organization, ...] = ()


@dataclass(frozen=True)
class Said:
    """What a message says, part by part, as plain text."""

    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # name and value
    quote: tuple[str, str] | None  # who wrote, and what
    link: tuple[str, str]  # what to do, and the address where
    why: str  # why this person is told


@dataclass(frozen=True)
class Message:
    """What one person is told, in the words for every channel."""

    id: str  # the same whenever it is sent again
    thread: str  # the id of the first one about the same thing
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    # Where a POST, by whoever has the message, ends that the like of it is sent; empty where it has to be.
    unsubscribe: str = field(repr=False, default="", kw_only=True)
    # The same words in their parts, for channels with a form of their own.
    said: "Said" = field(repr=False)
    # The reference of their own request while it waits: they can take it back, where a channel has buttons.
    withdraw: str = ""
    # An earlier try may have handed it over.
    again: bool = False


class NotReachable(ProviderError):
    """This way never leads to this person. Another may."""


class ChannelDown(ProviderUnavailable):
    """Nobody can be told anything this way at the moment, whoever it is for."""


class Sender(Protocol):
    """One way to reach people."""

    def send(self, message: Message) -> None:
        """Hand the message over for good.

        Raises ProviderUnavailable, or ChannelDown, when it may be tried again, and may have been handed over after
        all; any other ProviderError when this message can't be delivered to this person.
        """


@dataclass(frozen=True)
class OnCall:
    """Somebody who is on call now. The e-mail is lower case."""

    email: str
    until: datetime | None  # None: no end is set


class OnCallSource(Protocol):
    """An outside system that knows who is on call."""

    def on_call(self, schedule_id: str, *, now: datetime) -> tuple[OnCall, ...]:
        """List who is on call in this schedule now, each once. May raise any ProviderError."""


class AccessProvider(Activity, Protocol):
    """One organization in an outside system. Every method may raise any ProviderError."""

    def members(self, role_id: str) -> tuple[Membership, ...]:
        """List who is in the role now. Raises RoleGone when the role no longer exists."""

    def read_members(self, role_id: str, *, seconds: float, rest: str = "") -> Listing:
        """Read the same list page by page, and begin no page but the first after so many seconds.

        `rest` is where an earlier call stopped. Raises RoleGone when the role no longer exists.
        """

    def roles_by_account(self, *, seconds: float | None = None) -> Mapping[str, frozenset[str]]:
        """Which roles each account holds in this organization: account id -> role ids.

        Raises ProviderUnavailable when it is not read to its end within about so many seconds.
        """

    def roles_of(self, account_id: str) -> frozenset[str]:
        """Which roles of this organization an account holds, as far as it can be told: never more than it does."""

    def add(self, *, role_id: str, account_id: str) -> None:
        """Ask once for the membership. Never repeated by itself: after a lost answer, list.

        Raises AlreadyMember when the account is in the role, by whomever.
        """

    def remove(self, membership: Membership) -> bool:
        """Ask for the membership to be gone. False: it was gone already, which is a success too."""

    def roles(self) -> tuple[Role, ...]:
        """List the organization's roles alone."""

    def directory(self) -> Directory:
        """Read roles, people, memberships, environments and permissions."""

    def forget_refusal(self) -> None:
        """Let the next sign-in be tried, although this process saw these credentials refused before."""

    def check(self, *, now: datetime) -> ConnectionReport:
        """Try the credentials once and say what they may do. Raises nothing for a bad answer."""
