"""No path through the real services approves with fewer than the quorum of distinct, eligible people per stage.

Random policies, groups, managers and delegations; people leave, groups change, delegations begin and end, pools open
and stages pass, in any order and at any pace. What the rules say is counted again here, from the rows alone.
"""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from access.core.errors import Refusal
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Delegation, Flow, Grant, Group, User
from access.people import delegations
from access.policy import approvers
from access.requests import approval_queue, decide
from tests import chain, factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NAMES = ("jon", "adam", "rita", "sami", "olga")
who = st.sampled_from(NAMES)
pools = st.tuples(st.sets(who, max_size=2), st.booleans(), st.booleans(), st.sampled_from([0, 0, 600]))
stages = st.tuples(st.integers(1, 2), st.lists(pools, min_size=1, max_size=2))
steps = st.one_of(
    st.tuples(st.just("approve"), who),
    st.tuples(st.just("approve"), who),
    st.tuples(st.just("approve"), who),
    st.tuples(st.just("leave"), who),
    st.tuples(st.just("return"), who),
    st.tuples(st.just("group"), st.sets(who, max_size=3)),
    st.tuples(st.just("manager"), who),
    st.tuples(st.just("delegate"), st.tuples(who, who)),
    st.tuples(st.just("end"), who),
    st.tuples(st.just("wait"), st.sampled_from([1, 300, 3600])),
)


class Undone(Exception):
    """Takes an example back out of the database."""


class World:
    def __init__(self, plan, members, self_approval: bool) -> None:
        self.now = NOW
        self.people = {name: factories.person(name) for name in NAMES}
        self.group = factories.group("Security", *map(factories.person, sorted(members)))
        self.flow = factories.flow(self_approval=self_approval)
        self.flow.stages.all().delete()
        for needed, asked in plan:
            stage = self.flow.stages.create(approvals_needed=needed, position=self.flow.stages.count() + 1)
            for people, with_group, with_manager, after in asked:
                whom: list[User | Group] = [
                    *map(factories.person, sorted(people)),
                    *([self.group] if with_group else []),
                ]
                factories.pool(stage, *whom, managers=with_manager, after=after)
        factories.mapping(self.people["jon"])

    def person(self, name: str) -> User:
        return User.objects.get(pk=self.people[name].pk)

    def ask(self) -> AccessRequest:
        return factories.request_at(now=self.now, in_flow=self.flow)

    def move(self, step, request: AccessRequest) -> None:
        """Do one step through the services; a refusal changes nothing."""
        verb, what = step
        try:
            with transaction.atomic():
                getattr(self, verb)(what, request)
        except Refusal:
            pass

    def approve(self, name, request) -> None:
        by = self.person(name)
        if self.eligible(request, by) is None:
            with pytest.raises(Refusal):
                decide.approve(request=request, by=by, comment="", now=self.now)
            return
        decide.approve(request=request, by=by, comment="", now=self.now)

    def eligible(self, request, by: User):
        """For whom this person could decide now, found by plain counting; None when for nobody."""
        request = AccessRequest.objects.get(pk=request.pk)
        if request.state != RequestState.PENDING or not by.is_active or not request.requester.is_active:
            return None
        voices = {one for row in request.decisions.all() for one in (row.by_id, row.on_behalf_of_id)}
        stage = approvers.stage_of(request)
        running = [
            one.from_person_id for one in Delegation.objects.filter(to_person=by, ended_at=None)
            if one.starts_at <= self.now < one.ends_at
        ]  # fmt: skip
        others: list[int] = [] if by.pk == request.requester_id else running
        for pk in [by.pk, *others]:
            free = by.pk not in voices and pk not in voices
            if free and stage is not None and self.asked(request, stage, pk) and User.objects.get(pk=pk).is_active:
                return pk
        return None

    def asked(self, request, stage: int, pk: int) -> bool:
        if pk == request.requester_id and not self.flow.self_approval:
            return False
        opened = request.asked.filter(stage=stage, opens_at__lte=self.now)
        manager = User.objects.get(pk=request.requester_id).manager_id
        members = set(self.group.members.values_list("pk", flat=True))
        return any(
            one.person_id == pk or (one.group_id and pk in members) or (one.manager and manager == pk) for one in opened
        )

    def leave(self, name, _request) -> None:
        User.objects.filter(pk=self.people[name].pk).update(is_active=False)

    def wait(self, seconds, _request) -> None:
        self.now += timedelta(seconds=seconds)

    def group_of(self, names, _request) -> None:
        self.group.members.set([self.people[one] for one in sorted(names)])

    def manager(self, name, _request) -> None:
        if name != "jon":
            User.objects.filter(pk=self.people["jon"].pk).update(manager=self.people[name])

    def delegate(self, pair, _request) -> None:
        away, to = (self.person(one) for one in pair)
        ends_at = self.now + timedelta(minutes=30)
        made = delegations.delegate(
            from_person=away, to_person=to, starts_at=None, ends_at=ends_at, reason="Away.", by=away, now=self.now
        )
        delegations.accept(delegation=made, by=to, now=self.now)

    def end(self, name, _request) -> None:
        person = self.person(name)
        for row in Delegation.objects.filter(from_person=person, ended_at=None):
            delegations.end(delegation=row, by=person, now=self.now)


def back(self, name, _request) -> None:
    User.objects.filter(pk=self.people[name].pk).update(is_active=True)


setattr(World, "return", back)


def check(request: AccessRequest, world: World) -> None:
    """Count again, from the rows alone."""
    request = AccessRequest.objects.get(pk=request.pk)
    rows = list(Decision.objects.filter(request=request))
    voices = list(itertools.chain.from_iterable({one.by_id, one.on_behalf_of_id or one.by_id} for one in rows))
    assert len(voices) == len(set(voices)), "One person, one voice: given by them or for them."
    if not world.flow.self_approval:
        assert request.requester_id not in voices
    assert all(one.on_behalf_of_id is None for one in rows if one.by_id == request.requester_id)
    counts = [sum(one.stage == number for one in rows) for number in range(world.flow.stages.count())]
    needed = [stage.approvals_needed for stage in world.flow.stages.order_by("position")]
    approved = request.state == RequestState.APPROVED
    assert approved == all(count >= need for count, need in zip(counts, needed, strict=True))
    assert Grant.objects.count() == AuditEvent.objects.filter(type="request.approved").count() == int(approved)


def waits_for(world: World, request: AccessRequest) -> None:
    """What the database lists for a person is exactly what the rules let them decide."""
    for name in NAMES:
        person = world.person(name)
        listed = request in approval_queue.waiting_for(person, now=world.now) and person.is_active
        assert listed == (world.eligible(request, person) is not None), name


@settings(max_examples=40)
@given(st.lists(stages, min_size=1, max_size=2), st.sets(who, max_size=3), st.booleans(), st.lists(steps, max_size=14))
def test_no_path_approves_with_fewer_than_the_quorum_of_distinct_eligible_people_who_did_not_ask(
    plan, members, self_approval, moves
):  # fmt: skip
    try:
        with transaction.atomic():
            world = World(plan, members, self_approval)
            try:
                request = world.ask()
            except Refusal:
                raise Undone from None
            for verb, what in moves:
                world.move(("group_of" if verb == "group" else verb, what), request)
                waits_for(world, request)
            check(request, world)
            assert chain.first_bad() is None
            raise Undone
    except Undone:
        assert not Flow.objects.exists()
