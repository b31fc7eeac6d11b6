"""Long lists in parts: never what may not be seen, never without what may, whatever happened before."""

import random
from datetime import timedelta
from typing import Any

import pytest

from access.core.states import RequestState
from access.models import AccessRequest, Asked, Decision, Delegation, Flow, Group, User
from access.policy import decides_for
from access.requests import lists, pagination
from access.requests.lists import Narrowing
from access.requests.pagination import Place
from tests import factories

pytestmark = pytest.mark.django_db
SIZE = 4
NARROWINGS = (
    Narrowing(), Narrowing(status="denied"), Narrowing(state="pending"), Narrowing(target="staging"),
    Narrowing(person="p1"), Narrowing(person="p"), Narrowing(person="p example", state="pending"),
    Narrowing(person="nobody"), Narrowing(target="flow:deploy"), Narrowing(flow="production-access"),
)  # fmt: skip


class History:
    """Rows as any past could have left them, and who may see which of them, person by person and row by row."""

    def __init__(self, seed: int, now) -> None:
        self.chance, self.now = random.Random(seed), now
        self.people = [factories.person(f"p{number}") for number in range(7)]
        self.groups = [factories.group(f"G{number}") for number in range(3)]
        self.targets = [factories.target(), factories.target("staging", "Staging", "role-2"), None]
        self.flows = [factories.flow(), factories.approval_flow()]
        for flow in self.flows:
            flow.stand_ins.set(self.chance.sample(self.groups, self.chance.choice([0, 1, 2])))
        for one in self.people[2:]:
            User.objects.filter(pk=one.pk).update(manager=self.chance.choice([None, *self.people[:2]]))
        for _number in range(40):
            self.request()

    def request(self) -> None:
        pick, target = self.chance.choice, self.chance.choice(self.targets)
        state = pick([RequestState.PENDING, RequestState.DENIED, RequestState.LAPSED])
        asked = AccessRequest.objects.create(
            ref=f"R-{AccessRequest.objects.count():05}", flow=self.flows[target is None], target=target,
            requester=pick(self.people), state=state, seconds=60 if target else 0, reason="to fix it", policy={},
            created_at=self.now, due_at=self.now if state == "pending" else None,
            settled_at=None if state == "pending" else self.now,
        )  # fmt: skip
        for stage in range(pick([1, 2])):
            for _number in range(pick([0, 1, 2])):
                whom: dict[str, Any] = pick(
                    [{"person": pick(self.people)}, {"group": pick(self.groups)}, {"manager": True}]
                )
                Asked.objects.create(request=asked, stage=stage, **whom)
        if self.chance.random() < 0.2:
            Decision.objects.create(request=asked, by=pick(self.people), verdict="approve", at=self.now)

    def change(self) -> None:
        """Members, managers and who is away change; so does who may see what was asked long before."""
        pick = self.chance.choice
        for group in self.groups:
            group.members.set(self.chance.sample(self.people, 2))
        User.objects.filter(pk=pick(self.people[2:]).pk).update(manager=pick([None, *self.people[:2]]))
        User.objects.filter(pk=pick(self.people).pk).update(is_active=pick([True, False]))
        away, to = self.chance.sample(self.people, 2)
        begins = self.now + timedelta(hours=pick([-2, -1, 1]))
        Delegation.objects.create(
            from_person=away, to_person=to, starts_at=begins, ends_at=begins + timedelta(hours=pick([1, 3])),
            due_at=begins, reason="On holiday.", created_by=away, created_at=self.now,
            accepted_at=pick([None, self.now, self.now]),
        )  # fmt: skip
        self.people = list(User.objects.filter(pk__in=[one.pk for one in self.people]).order_by("pk"))
        rows = AccessRequest.objects.select_related("requester").prefetch_related("asked", "decisions")
        self.rows = list(rows.order_by("-pk"))

    def speaks_for(self, person: User) -> set[int]:
        accepted = Delegation.objects.exclude(accepted_at=None)
        running = accepted.filter(to_person=person, starts_at__lte=self.now, ends_at__gt=self.now)
        active = {one.pk for one in self.people if one.is_active}
        return {person.pk} | {one.from_person_id for one in running if {one.from_person_id, person.pk} <= active}

    def seen_by(self, person: User) -> list[str]:
        whom = self.speaks_for(person)
        groups = {one.pk for one in Group.objects.filter(members__in=whom)}
        let = set(Flow.objects.filter(stand_ins__members=person).values_list("pk", flat=True))
        own = {one.pk for one in Group.objects.filter(members=person)}
        return [
            one.ref for one in self.rows
            if self._is_seen(one, person, *((whom, groups) if one.flow_id in let else ({person.pk}, own)))
        ]  # fmt: skip

    def _is_seen(self, request: AccessRequest, person: User, whom: set[int], groups: set[int]) -> bool:
        asks = [
            one.person_id in whom or one.group_id in groups or (one.manager and request.requester.manager_id in whom)
            for one in request.asked.all()
        ]
        decided = [one.by_id == person.pk for one in request.decisions.all()]
        return request.requester_id == person.pk or any(asks) or any(decided)


def down(read, person, by, now) -> list[str]:
    """Turn all pages of a list, from its beginning to its end."""
    known, place, found = decides_for.of(person, now=now), Place(), []
    while True:
        part = read(known, by, place, size=SIZE)
        found += [one.ref for one in part.requests]
        if not part.older_than:
            return found
        place = Place(older_than=part.older_than)


def up(read, person, by, now, last: str) -> list[str]:
    """Turn them back, from the last request of the list."""
    known, place = decides_for.of(person, now=now), Place(newer_than=last)
    found: list[str] = []
    while place.newer_than:
        part = read(known, by, place, size=SIZE)
        found = [one.ref for one in part.requests if one.ref not in found] + found
        place = Place(newer_than=part.newer_than)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_a_person_finds_what_they_may_see_and_nothing_else(seed, db, now):
    history = History(seed, now)
    for _turn in range(3):
        history.change()
        for person in history.people:
            expected = history.seen_by(person)
            rule = lists.visible_to(person, now=now).order_by("-pk")
            assert [one.ref for one in rule] == expected
            assert down(pagination.visible, person, Narrowing(), now) == expected
            others = set(expected) - {one.ref for one in AccessRequest.objects.filter(requester=person)}
            assert pagination.sees_others(decides_for.of(person, now=now)) == bool(others)


def check_narrowed(history, by, now):
    for person in [*history.people, factories.admin()]:
        expected = list(lists.narrowed(lists.visible_to(person, now=now), by).order_by("-pk"))
        assert down(pagination.visible, person, by, now) == [one.ref for one in expected], (person, by)
        own = [one.ref for one in expected if one.requester_id == person.pk]
        assert down(pagination.own, person, by, now) == own, (person, by)
        decided = Decision.objects.filter(by=person, request__in=expected).order_by("-pk").select_related("request")
        assert down(pagination.decided, person, by, now) == [one.request.ref for one in decided], (person, by)


def test_a_narrowed_list_is_what_fits_of_the_whole(db, now):
    history = History(11, now)
    history.change()
    for by in NARROWINGS:
        check_narrowed(history, by, now)


def test_what_was_turned_over_can_be_turned_back(db, now):
    history = History(5, now)
    history.change()
    for person in history.people:
        expected = history.seen_by(person)
        assert up(pagination.visible, person, Narrowing(), now, expected[-1])[: len(expected) - 1] == expected[:-1]


@pytest.mark.parametrize("name", ["p", "p1"])
def test_requests_of_a_name_can_be_turned_back(name, db, now):
    history, by = History(5, now), Narrowing(person=name)
    history.change()
    for person in history.people:
        expected = [one.ref for one in lists.narrowed(lists.visible_to(person, now=now), by).order_by("-pk")]
        turned = up(pagination.visible, person, by, now, expected[-1]) if expected else []
        assert turned[: max(len(expected) - 1, 0)] == expected[:-1]


def test_a_name_of_too_many_is_looked_for_in_their_requests(monkeypatch, db, now):
    monkeypatch.setattr(lists, "called", lambda _words: range(lists.MOST_CALLED + 1))
    history = History(11, now)
    history.change()
    check_narrowed(history, Narrowing(person="p"), now)


def test_a_reference_that_nobody_has_begins_the_list(flow, jon, now):
    asked = factories.request_at(now=now)
    for place in (Place(older_than="R-NONE"), Place(newer_than="R-NONE")):
        found = pagination.own(decides_for.of(jon, now=now), Narrowing(), place, size=SIZE)
        assert (list(found.requests), found.newer_than, found.older_than) == ([asked], "", "")


def test_the_same_people_are_away_as_in_the_list_of_delegations(adam, rita, jon, now):
    factories.delegation(adam, rita, now=now)
    assert decides_for.of(rita, now=now).away == [adam.pk]
    assert decides_for.of(rita).away == decides_for.of(rita, now=now + timedelta(days=2)).away == []
    User.objects.filter(pk=adam.pk).update(is_active=False)
    assert decides_for.of(rita, now=now).away == []


def test_who_has_not_accepted_is_led_to_nothing_by_whoever_named_them(adam, rita, now):
    given = factories.delegation(adam, rita, now=now)
    type(given).objects.update(accepted_at=None)
    assert decides_for.of(rita, now=now).away == []
