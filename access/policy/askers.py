"""Who may ask through which flow: the members of its groups, or everybody where it names none."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.core.prepared import prepared
from access.models import AccessRequest, Flow, Grant, Group, User

# Of a flow and a target that it gives; see `offers`.
Offers = set[tuple[int, int | None]]


def open_to(person: User) -> QuerySet[Flow]:
    """Find the flows that take requests from this person, by what the tables say of them at this moment."""
    named = Flow.requesters.through.objects.filter(flow=OuterRef("pk"))
    theirs = Group.members.through.objects.filter(user=person.pk).values("group")
    reached = ~Exists(named) | Exists(named.filter(group__in=theirs))
    return Flow.objects.filter(reached, Exists(_able().filter(pk=person.pk)), is_active=True)


def offers(person: User, things: Iterable[Grant | AccessRequest]) -> Offers:
    """Which flows this person may ask in, each with a target of these things or with none.

    Primary keys. A flow that gives no access is told with None.
    """
    targets = {one.target_id for one in things}
    if not targets:
        return set()
    given = set(_giving(person, [one for one in targets if one is not None]))
    return given | ({(pk, None) for pk in _without_access(person)} if None in targets else set())


def again(person: User, requests: Collection[AccessRequest], known: Offers | None = None) -> set[int]:
    """Which of these requests this person made and could make once more: the flow takes it. Primary keys."""
    own = [one for one in requests if one.requester_id == person.pk]
    open_to_them = offers(person, own) if known is None else known
    return {one.pk for one in own if (one.flow_id, one.target_id) in open_to_them}


@prepared
def _giving(person: User, targets: Collection[int]) -> QuerySet[Flow, tuple[int, int | None]]:
    return open_to(person).filter(strategy__targets__in=targets).values_list("pk", "strategy__targets")


@prepared
def _without_access(person: User) -> QuerySet[Flow, int]:
    return open_to(person).filter(strategy=None).values_list("pk", flat=True)


def of_flow(flow: Flow) -> list[User]:
    """List everybody who may ask in this flow, were it open."""
    return of_groups(flow.requesters.all()) if flow.pk else of_groups(())


def of_groups(groups: Collection[Group] | QuerySet[Group]) -> list[User]:
    """List everybody who may ask where these groups are named; without any that is everybody who could at all."""
    who = Q(member_of__in=list(groups)) if groups else Q()
    return list(_able().filter(who).distinct().order_by("name", "email"))


def _able() -> QuerySet[User]:
    """Everybody who could ask for anything: they can sign in, and are no auditors."""
    return User.objects.filter(is_active=True, is_auditor=False)
