"""Hold an organization's members against all that the portal believes and ever did. Changes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from access.core.states import LIVE, GrantState
from access.grants.drift import is_settled, made_by
from access.models import Finding, Grant, Integration, Target, User, UserMapping
from integrations.base import Directory, Membership

Kind = Finding.Kind
Pair = tuple[str, str]  # a role and an account
SLICE: Final = 500  # of accounts in one query


@dataclass(frozen=True)
class Drift:
    """One thing that Aptible and the portal do not agree about."""

    kind: Kind
    key: str  # the same each time it is seen
    target: Target | None = None
    person: User | None = None
    account_id: str = ""
    email: str = ""  # of the account
    grant: Grant | None = None
    membership: Membership | None = None


def compare(integration: Integration, directory: Directory, *, now: datetime) -> list[Drift]:
    """List what differs, in a fixed number of queries for as many members as are known.

    `now` is a moment before the directory was read. What changed so shortly before it that a list may lag is not
    judged: the next look will. A directory without any role says nothing of anybody.
    """
    if not directory.roles:
        return []
    known = _Known(integration, directory, now=now)
    return [*known.gone(), *known.unknown_members(), *known.roles_gone(), *known.accounts()]


class _Known:
    """What is listed, and what is believed, each found by role and account."""

    def __init__(self, integration: Integration, directory: Directory, *, now: datetime) -> None:
        self._integration, self._now = integration, now
        self._targets = {one.role_id: one for one in Target.objects.filter(integration=integration)}
        self._role_ids = {one.id for one in directory.roles}
        self._emails = {one.id: one.email for one in directory.people}
        self._by_email = {email.lower(): id_ for id_, email in self._emails.items()}
        self._listed: dict[Pair, list[Membership]] = defaultdict(list)
        for one in directory.memberships:
            if one.role_id in self._targets:
                self._listed[one.role_id, one.account_id].append(one)
        live = Grant.objects.filter(target__integration=integration, state__in=LIVE)
        self._live = {(one.role_id, one.account_id): one for one in live.select_related("person", "target")}
        mapped = UserMapping.objects.filter(integration=integration).exclude(account_id="").select_related("user")
        self._mappings = list(mapped)
        self._people = {one.account_id: one.user for one in self._mappings}
        open_ = Finding.objects.filter(integration=integration, closed_at=None, kind__in=(Kind.OUTSIDE, Kind.STANDING))
        self._seen_before = dict(open_.values_list("key", "kind"))

    def gone(self) -> Iterator[Drift]:
        """Active access that is not listed, and late ends that are."""
        for pair, grant in self._live.items():
            there = self._listed.get(pair)
            if grant.state == GrantState.ACTIVE and not there and is_settled(grant.confirmed_at, now=self._now):
                yield self._of_grant(Kind.GONE, grant)
            elif grant.state == GrantState.REVOKING and there and is_settled(grant.end_due_at, now=self._now):
                yield self._of_grant(Kind.STILL_THERE, grant, there[0])

    def unknown_members(self) -> Iterator[Drift]:
        """Members of a target's role whom no live grant explains. One that found them in explains nothing."""
        unknown = {pair: found for pair, found in self._listed.items() if not self._is_explained(pair)}
        new = [pair for pair, found in unknown.items() if any(self._key(one) not in self._seen_before for one in found)]
        history = _history(self._integration, new)
        self._seen_before |= _seen_earlier(self._integration, new)
        for pair, found in unknown.items():
            for membership in found:
                drift = self._unknown(membership, history.get(pair, ()))
                if drift:
                    yield drift

    def _is_explained(self, pair: Pair) -> bool:
        grant = self._live.get(pair)
        return grant is not None and not grant.standing

    def roles_gone(self) -> Iterator[Drift]:
        for role_id, target in self._targets.items():
            if role_id not in self._role_ids:
                yield Drift(Kind.ROLE_GONE, f"role_gone:{target.pk}", target=target)

    def accounts(self) -> Iterator[Drift]:
        """Mappings that lead to no account, or to another than somebody holds access with."""
        by_person = {one.user_id: one.account_id for one in self._mappings}
        for mapping in self._mappings:
            if self._emails and mapping.user.is_active and mapping.account_id not in self._emails:
                yield self._account(mapping)
        for grant in self._live.values():
            if by_person.get(grant.person_id) != grant.account_id:
                yield self._of_grant(Kind.MAPPING_MOVED, grant)

    def _account(self, mapping: UserMapping) -> Drift:
        """One that is gone; or back, where another one has the same e-mail now."""
        emails = {mapping.user.email.lower(), mapping.email_at_match.lower()} - {""}
        back = next(filter(None, map(self._by_email.get, sorted(emails))), "")
        kind = Kind.ACCOUNT_BACK if back else Kind.ACCOUNT_GONE
        key = f"{kind}:{mapping.user_id}:{mapping.account_id}"
        return Drift(
            kind, key, person=mapping.user, account_id=back or mapping.account_id, email=self._emails.get(back, "")
        )

    def _unknown(self, one: Membership, history: Sequence[Grant]) -> Drift | None:
        key = self._key(one)
        if known := self._seen_before.get(key):
            return self._member(Kind(known), one)
        mine = next((grant for grant in history if made_by(grant, one)), None)
        if any(grant.asked_at and not is_settled(grant.ended_at, now=self._now) for grant in history):
            return None  # it has only just been taken out: this list may lag
        if mine:
            return self._of_grant(Kind.STILL_THERE, mine, one)
        first_look = self._targets[one.role_id].members_seen_at
        before = first_look is None or any(_was_in_at(first_look, grant) for grant in history)
        return self._member(Kind.STANDING if before else Kind.OUTSIDE, one)

    def _member(self, kind: Kind, one: Membership) -> Drift:
        return Drift(
            kind, self._key(one), target=self._targets[one.role_id], person=self._people.get(one.account_id),
            account_id=one.account_id, email=self._emails.get(one.account_id, ""), membership=one,
        )  # fmt: skip

    def _of_grant(self, kind: Kind, grant: Grant, membership: Membership | None = None) -> Drift:
        return Drift(
            kind, f"{kind}:{grant.ref}", target=grant.target, person=grant.person, account_id=grant.account_id,
            email=self._emails.get(grant.account_id, ""), grant=grant, membership=membership,
        )  # fmt: skip

    def _key(self, one: Membership) -> str:
        return f"member:{self._targets[one.role_id].pk}:{one.account_id}:{one.id}"


def _was_in_at(first_look: datetime, grant: Grant) -> bool:
    return grant.standing and grant.confirmed_at is not None and grant.confirmed_at <= first_look


def _seen_earlier(integration: Integration, pairs: Iterable[Pair]) -> Mapping[str, str]:
    """As what these were found before: a membership does not become another because an approval came and went."""
    accounts = sorted({account for _role, account in pairs})
    found: dict[str, str] = {}
    for start in range(0, len(accounts), SLICE):
        some = Finding.objects.filter(integration=integration, account_id__in=accounts[start : start + SLICE])
        rows = some.filter(kind__in=(Kind.OUTSIDE, Kind.STANDING)).exclude(closed_at=None).order_by("pk")
        found |= dict(rows.values_list("key", "kind"))
    return found


def _history(integration: Integration, pairs: Iterable[Pair]) -> Mapping[Pair, list[Grant]]:
    """What the portal ever did for these, the latest first."""
    wanted = set(pairs)
    accounts = sorted({account for _role, account in wanted})
    found: dict[Pair, list[Grant]] = defaultdict(list)
    for start in range(0, len(accounts), SLICE):
        ended = Grant.objects.filter(
            target__integration=integration, state=GrantState.ENDED, account_id__in=accounts[start : start + SLICE]
        )
        for grant in ended.select_related("person", "target").order_by("-ended_at", "-pk"):
            if (grant.role_id, grant.account_id) in wanted:
                found[grant.role_id, grant.account_id].append(grant)
    return found
