"""Who may ask through which flow: the members of its groups, or everybody where it names none."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from access.models import AccessRequest, Flow, Grant, Group, User


def open_to(person: User) -> QuerySet[Flow]:
    """Find the flows that take requests from this person, by what the tables say of them at this moment."""
    named = Flow.requesters.through.objects.filter(flow=OuterRef("pk"))
    reached = ~Exists(named) | Exists(named.filter(group__members=person.pk))
    return Flow.objects.filter(reached, Exists(_able().filter(pk=person.pk)), is_active=True)


def pairs(person: User, grants: Iterable[Grant]) -> set[tuple[int, int]]:
    """Which flows this person may ask in, each with one of these grants' targets that it gives: primary keys."""
    targets = {one.target_id for one in grants}
    if not targets:
        return set()
    found = open_to(person).filter(strategy__targets__in=targets)
    return {pair for pair in found.values_list("pk", "strategy__targets") if pair[1] in targets}


def again(person: User, requests: Iterable[AccessRequest]) -> set[int]:
    """Which of these requests this person made and could make once more: the flow takes it. Primary keys, one query."""
    flows = open_to(person).filter(Q(strategy__targets=OuterRef("target")) | Q(strategy=None), pk=OuterRef("flow"))
    found = AccessRequest.objects.filter(Exists(flows), requester=person, pk__in=[one.pk for one in requests])
    return set(found.values_list("pk", flat=True))


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
