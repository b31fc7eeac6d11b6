"""Who decides a row of an access review: whom its rule names, and the admins; nobody what is theirs.

The rule is told twice: in the database's words, for lists and counts, and in Python, for one row under its lock.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.core.states import RowState
from access.models import AccessReview, AccessReviewRow, Pool, User, UserMapping
from access.policy import decides_for
from access.policy.decides_for import Reach

Rule = AccessReview.Reviewers


class Named:
    """Whom the rule of a review names for some of its rows: read once, in a few queries at any number of rows."""

    def __init__(self, review: AccessReview, rows: Iterable[AccessReviewRow]) -> None:
        self._rule = review.reviewers
        rows = list(rows)
        able = User.objects.filter(is_active=True, is_auditor=False)
        self.admins = list(able.filter(is_superuser=True).order_by("name", "email"))
        self._group = list(able.filter(member_of=review.group_id)) if self._rule == Rule.GROUP else []
        self._approvers: dict[int, set[User]] = defaultdict(set)
        self._asks_managers: set[int] = set()
        if self._rule == Rule.APPROVERS:
            self._read_approvers({one.target_id for one in rows}, able)
        wanted = {one.person.manager_id for one in rows if one.person} - {None}
        self._managers = able.in_bulk(list(wanted)) if self._rule in (Rule.MANAGER, Rule.APPROVERS) else {}
        self._accounts = _accounts(rows)

    def of(self, row: AccessReviewRow) -> list[User]:
        """The people whom the rule names for a row, without whose it is; empty where only admins can decide."""
        named = {one.pk: one for one in self._named(row) if not self.is_own(row, one)}
        return sorted(named.values(), key=lambda one: (one.called.lower(), one.email))

    def may_decide(self, row: AccessReviewRow, person: User) -> bool:
        if not person.is_active or person.is_auditor or self.is_own(row, person):
            return False
        return person.is_admin or any(one.pk == person.pk for one in self.of(row))

    def is_own(self, row: AccessReviewRow, person: User) -> bool:
        """Whether it is theirs: by name, by the address of the account, or by their user mapping of today."""
        if row.person_id == person.pk:
            return True
        if row.finding and row.finding.email.lower() == person.email.lower():
            return True
        return person.pk in self._accounts.get(row.account_id, ())

    def _named(self, row: AccessReviewRow) -> Collection[User]:
        manager = self._managers.get(row.person.manager_id or 0) if row.person else None
        match self._rule:
            case Rule.GROUP:
                return self._group
            case Rule.MANAGER:
                return [manager] if manager else []
            case Rule.APPROVERS:
                asked = [manager] if manager and row.target_id in self._asks_managers else []
                return [*self._approvers[row.target_id], *asked]
        return self.admins

    def _read_approvers(self, targets: Collection[int], able: Iterable[User]) -> None:
        known = {one.pk: one for one in able}
        way = "stage__flow__strategy__targets"
        pools = Pool.objects.filter(stage__flow__is_active=True, **{f"{way}__in": targets})
        rows = pools.values_list(way, "people", "groups__members", "groups__everybody", "managers")
        for target, person, member, everybody, managers in rows:
            # Who decides because everybody may does not answer for who keeps it.
            self._approvers[target] |= {known[pk] for pk in (person, 0 if everybody else member) if pk in known}
            if managers:
                self._asks_managers.add(target)


def theirs(person: User, *, reach: Reach | None = None) -> Q:
    """Narrow rows to those that this person may decide, whatever their state. A delegate does not for others:
    docs/adr/0027."""
    if not person.is_active or person.is_auditor:
        return Q(pk__in=[])
    accounts = UserMapping.objects.filter(user=person).exclude(account_id="").values("account_id")
    own = Q(person=person) | Q(finding__email__iexact=person.email)
    own |= Q(finding__account_id__in=accounts) | Q(grant__account_id__in=accounts)
    if person.is_admin:
        return ~own
    reach = reach.themselves if reach else decides_for.of(person)
    pools = Pool.objects.filter(stage__flow__is_active=True, stage__flow__strategy__targets=OuterRef("target"))
    by_name = pools.filter(Q(people=person) | Q(groups__in=reach.groups, groups__everybody=False))
    reports = Q(person__in=reach.reports)
    named = Q(review__reviewers=Rule.GROUP, review__group__in=reach.groups)
    named |= Q(review__reviewers=Rule.MANAGER) & reports
    named |= Q(review__reviewers=Rule.APPROVERS) & (
        Q(Exists(by_name)) | (reports & Q(Exists(pools.filter(managers=True))))
    )  # fmt: skip
    return named & ~own


def waiting(person: User, *, reach: Reach | None = None) -> QuerySet[AccessReviewRow]:
    """The rows that wait for this person, in all open reviews."""
    rows = AccessReviewRow.objects.filter(review__due_at__isnull=False, state=RowState.WAITING)
    return rows.filter(theirs(person, reach=reach))


def _accounts(rows: Collection[AccessReviewRow]) -> dict[str, set[int]]:
    """Who is mapped to each account of these rows."""
    wanted = {one.account_id for one in rows} - {""}
    found: dict[str, set[int]] = defaultdict(set)
    for account, person in UserMapping.objects.filter(account_id__in=wanted).values_list("account_id", "user_id"):
        found[account].add(person)
    return found
