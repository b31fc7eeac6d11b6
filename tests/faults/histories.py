"""What people, workers, Aptible and the power supply may do, in any order, with the simulator as the truth."""

import uuid
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.core.cache import cache
from django.db import OperationalError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from access.core.errors import Refusal
from access.core.states import OPEN, GrantState
from access.grants import claim, converge, end_early, other_roles
from access.models import AccessRequest, Grant
from access.requests import ask, decide
from integrations import registry
from integrations.aptible import login
from integrations.aptible.simulator import seed
from integrations.aptible.simulator.simulator import Simulator
from tests import chain, factories
from tests.access.grants import fault_matrix

NAMES = ("jon", "rita", "kim")
# Was in the role before anything began, and stays in it whatever happens.
STANDING = "stan@example.com"
ADDS, REMOVES = {"method": "POST", "path": "*/memberships"}, {"method": "DELETE", "path": "*/memberships/*"}
# By name, so that a failing history can be read.
TROUBLES = {
    "none": lambda aptible: None,
    "answer to an add is lost": lambda aptible: aptible.drop_answers(1),
    "answer to a removal is lost": lambda aptible: aptible.drop_answers(1, **REMOVES),
    "an add is lost": lambda aptible: aptible.drop_calls(1, **ADDS),
    "a removal is lost": lambda aptible: aptible.drop_calls(1, **REMOVES),
    "a list is lost": lambda aptible: aptible.drop_calls(1, method="GET"),
    "everything answers 503": lambda aptible: aptible.fail(503),
    "adds answer 429": lambda aptible: aptible.fail(429, **ADDS, retry_after=1),
    "adds are refused": lambda aptible: aptible.fail(422, **ADDS, body="json", error="unprocessable_entity"),
    "removals answer 500": lambda aptible: aptible.fail(500, **REMOVES),
    "lists are no JSON": lambda aptible: aptible.fail(502, method="GET", body="html"),
}
# Where the worker dies, without a chance to clean up.
DEATHS = ("never", "before an add", "after an add", "before a removal", "after a removal")
# When the database goes away for a moment, as it does when it is started anew.
DATABASE = {
    "stays": None,
    "is away when work is taken": ("claim", "the database is away"),
    "is away when a call is written down": ("write down", "the database is away"),
    "is away when it is recorded": ("record", "the database is away"),
    "records it and goes away": ("record", "the database takes it and goes away"),
    "is full when it is recorded": ("record", "the database is full"),
}
# Access is over so long after its end at the latest, once Aptible answers: the passes of the end of a history.
LAST_PASSES = 40


class Killed(BaseException):
    """As by kill -9: nothing catches it, and nothing is given back."""


class Mortal:
    """A provider whose worker dies at a named step."""

    def __init__(self, provider, death):
        self._provider, self._death = provider, death

    def __getattr__(self, name):
        return getattr(self._provider, name)

    def add(self, **what):
        self._die("before an add")
        self._provider.add(**what)
        self._die("after an add")

    def remove(self, membership):
        self._die("before a removal")
        self._provider.remove(membership)
        self._die("after a removal")

    def _die(self, step):
        if self._death == step:
            raise Killed


NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def set_up():
    """What every history begins with: made once, since that costs as much as a history."""
    factories.flow(allowed_durations=[60, 600])
    for name in NAMES:
        factories.mapping(factories.person(name))


class History(RuleBasedStateMachine):
    aptible: Simulator  # set by the test

    def __init__(self):
        super().__init__()
        self.begin()
        cache.clear()
        login._slots.clear()
        other_roles._read.clear()
        self.aptible.reset()
        self.aptible.add_person(STANDING, "Stan", ["Prod"])
        self.role_is_there, self.names, self.now = True, 0, NOON
        self.at_first = set(self.aptible.members("Prod"))
        self.flow, self.target, self.adam = factories.flow(), factories.target(), factories.person("adam")
        self.people = {name: factories.person(name) for name in NAMES}
        for person in self.people.values():
            self.aptible.add_person(person.email, str(person), [])

    def begin(self):
        """What is written from here on is taken back at the end of the history."""
        self._undo = transaction.atomic()
        # Durable blocks count as outermost within it, as in any test.
        self._undo._from_testcase = True  # type: ignore[attr-defined]  # the stubs leave it out
        self._undo.__enter__()

    def take_back(self):
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    @rule(name=st.sampled_from(NAMES), seconds=st.sampled_from((60, 600)), later=st.sampled_from((0, 0, 30)))
    def ask_and_approve(self, name, seconds, later):
        """Also where access is held already: then it is an extension."""
        starts_at = self.now + timedelta(seconds=later) if later else None
        with suppress(Refusal):
            asked = ask.ask(
                flow=self.flow, target=self.target, requester=self.people[name], seconds=seconds, reason="to see",
                ticket="", starts_at=starts_at, submission=uuid.uuid4(), now=self.now, answers=None,
            )  # fmt: skip
            decide.approve(request=asked, by=self.adam, comment="", now=self.now)

    @rule(name=st.sampled_from(NAMES))
    def give_back(self, name):
        for grant in Grant.objects.filter(person=self.people[name], state__in=OPEN):
            with suppress(Refusal):
                end_early.end(grant=grant, by=self.people[name], now=self.now)

    @rule(trouble=st.sampled_from(sorted(TROUBLES)), death=st.sampled_from(DEATHS))
    def work(self, trouble, death):
        TROUBLES[trouble](self.aptible)
        self.converge(death)
        self.aptible.clear_faults()

    @rule(database=st.sampled_from(sorted(DATABASE)))
    def work_while_the_database(self, database):
        place = DATABASE[database]
        with fault_matrix.at(*place) if place else nullcontext(), suppress(OperationalError):
            self.converge()

    @rule(what=st.sampled_from(("renamed", "renamed", "renamed", "deleted")))
    def the_role_is(self, what):
        """By somebody at Aptible. Who was in one that is gone is in it no more."""
        if not self.role_is_there:
            return
        if what == "renamed":
            self.names += 1
            self.aptible.rename_role(seed.PROD_ROLE_ID, f"Prod {self.names}")
        else:
            self.aptible.delete_role(seed.PROD_ROLE_ID)
            self.role_is_there = False

    @rule(seconds=st.sampled_from((1, 10, 61, 130, 601)))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    def converge(self, death="never"):
        target = converge.due(self.target.pk)
        given_back = claim.release if death == "never" else lambda *_work, **_facts: None
        with patch.object(claim, "release", given_back), suppress(Killed):
            converge.target(target, provider=Mortal(self.provider(), death), now=self.now, holder="w-1")

    def provider(self):
        return registry.build(
            "aptible", organization_id=seed.ORGANIZATION_ID, username=seed.BOT, password=seed.PASSWORD,
            auth_url=self.aptible.auth_url, api_url=self.aptible.api_url,
        )  # fmt: skip

    @property
    def added(self):
        """Who is in the role and was not at first."""
        return self.aptible.members(seed.PROD_ROLE_ID) - self.at_first if self.role_is_there else set()

    @invariant()
    def who_is_in_is_approved_and_called_so_and_nobody_else_is_touched(self):
        """Nobody is in the role whom nobody approved, or whose access is called ended."""
        held = set(Grant.objects.filter(state__in=OPEN).values_list("person__email", flat=True))
        assert self.added <= held
        assert not self.role_is_there or STANDING in self.aptible.members(seed.PROD_ROLE_ID)

    def teardown(self):
        """Once Aptible answers and time passes, nothing is held, lost or bent."""
        try:
            if hasattr(self, "flow"):
                self.settle()
        finally:
            self.take_back()

    def settle(self):
        for _pass in range(LAST_PASSES):
            self.converge()
            self.now += timedelta(seconds=61)
            if not Grant.objects.filter(state__in=OPEN).exists():
                break
        left = list(Grant.objects.exclude(state=GrantState.ENDED).values_list("ref", "state", "last_error"))
        assert left == []
        assert not self.added
        assert not AccessRequest.objects.filter(state="approved", grant=None).exists()
        assert chain.first_bad() is None
