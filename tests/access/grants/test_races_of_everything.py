"""All that people and workers do, at the same time and in any order: on PostgreSQL, with real threads."""

import random
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError

from access.core.errors import Refusal
from access.core.states import GrantState
from access.grants import claim, end_early, extend
from access.models import AccessRequest, AfterReview, Delegation, Flow, Grant, Target, User
from access.notify import read_log
from access.people import delegations, tokens
from access.policy import check_flows
from access.requests import ask, break_glass_sign_off, check_pending, decide, offboard
from tests import chain, factories
from tests.access.policy import fast_tracks
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


class Crowd:
    """Does one thing after the other, each of which may be refused and none of which may fail."""

    def __init__(self, seed, flow, people, now):
        self.any, self.flow, self.people, self.now = random.Random(seed), flow, people, now
        self.targets = list(Target.objects.order_by("pk"))
        self.errors = []
        self.done = 0

    def __call__(self):
        ways = [
            self.ask,
            self.ask,
            self.fast,
            self.glass,
            self.decide,
            self.decide,
            self.decide,
            self.delegate,
            self.undelegate,
            self.extend,
            self.end,
            self.take,
            self.sign_off,
            self.token,
            self.look,
            self.leave,
        ]
        for _step in range(25):
            way = self.any.choice(ways)
            try:
                way()
                self.done += 1
            except (Refusal, IndexError):
                pass
            except DatabaseError as error:
                self.errors.append((way.__name__, str(error)))

    def who(self):
        return User.objects.get(pk=self.any.choice(self.people).pk)

    def some(self, model, **only):
        return self.any.choice(list(model.objects.filter(**only).order_by("-pk")[:6]))

    def ask(self, **more):
        typed = ask.Ask(self.flow, self.who(), 3600, "why", "INC-1", None, uuid.uuid4(), **more)
        ask.ask_several(typed, self.any.sample(self.targets, 1 if more else 2), now=self.now)

    def fast(self):
        typed = ask.Ask(self.flow, self.people[0], 3600, "why", "", None, uuid.uuid4())
        ask.ask_several(typed, self.targets, now=self.now)

    def glass(self):
        self.ask(break_glass=True)

    def decide(self):
        request = self.some(AccessRequest)
        act = self.any.choice([decide.approve, decide.approve, decide.deny])
        act(request=request, by=self.who(), comment="x", now=self.now)

    def delegate(self):
        away, to = self.who(), self.who()
        factories.delegation(away, to, now=self.now, by=self.any.choice([away, factories.admin()]))

    def undelegate(self):
        delegations.end(delegation=self.some(Delegation), by=factories.admin(), now=self.now)

    def extend(self):
        grant = self.some(Grant, state=GrantState.ACTIVE)
        extend.extend(grant=grant, by=grant.person, now=self.now)

    def end(self):
        grant = self.some(Grant)
        end_early.end(grant=grant, by=factories.admin(), now=self.now)

    def take(self):
        work = claim.take(self.any.choice(self.targets), holder="w", now=self.now)
        if work:
            for grant in work.granting:
                factories.move(grant, GrantState.ACTIVE, now=self.now)
            for grant in work.revoking:
                factories.move(grant, GrantState.ENDED, now=self.now)
            claim.release(work)

    def sign_off(self):
        review = self.some(AfterReview, signed_off_at=None)
        break_glass_sign_off.sign_off(
            request=review.request, by=self.who(), verdict="justified", comment="Seen.", now=self.now
        )

    def token(self):
        who = self.who()
        tokens.issue(
            person=who,
            actor=who.email,
            label="x",
            scopes=["read"],
            expires_at=self.now + timedelta(days=1),
            now=self.now,
        )

    def look(self):
        check_flows.check(self.flow, now=self.now)
        read_log.read(now=self.now)
        check_pending.check(self.some(AccessRequest), now=self.now)

    def leave(self):
        offboard.leave(user=self.people[-1], by=factories.admin(), now=self.now)


@pytest.mark.parametrize("seed", range(2))
def test_nothing_waits_for_ever_and_nothing_is_bent(flow, jon, now, seed):
    people = [jon, *[factories.person(f"p{number}") for number in range(5)]]
    for one in people:
        factories.mapping(one)
    factories.admin()
    for number in range(3):
        flow.strategy.targets.add(factories.target(f"t{number}", f"T{number}", f"r-{number}"))
    factories.decided_by(flow, *people[1:], needed=2)
    fast_tracks.rule(flow, in_group=factories.group("Operators", jon))
    Flow.objects.update(break_glass=True, free_extension=600)
    flow.refresh_from_db()
    crowds = [Crowd(f"{seed} {number}", flow, people, now) for number in range(6)]
    at_once(*crowds)
    assert all(one.done for one in crowds)
    assert [error for one in crowds for error in one.errors] == []
    assert chain.first_bad() is None
