"""Three webs and three workers on one PostgreSQL under load: a worker freezes, one dies, the clock of one is wrong."""

import os
import signal
import threading
from collections import Counter
from datetime import timedelta

import pytest
import requests
from django.conf import settings
from django.db import connection, connections

from access.core.states import GrantState
from access.models import AccessRequest, AuditEvent, Grant
from integrations.aptible.simulator.state import lasting_id
from tests import chain, factories
from tests.faults.test_time_and_lag import freeze
from tests.faults.test_wrong_clock import clock, with_it  # noqa: F401  the file that says how wrong
from tests.web_process import Caller, WebProcess
from tests.worker_process import until

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="One database for many machines.")

IS_SOAK = bool(os.environ.get("SOAK_MINUTES"))
FROZEN = 60 if IS_SOAK else 5  # seconds
PEOPLE = ("jon", "rita", "ben", "eva")
ROLES = 24 if IS_SOAK else 4
# What was taken by a worker that froze or died is taken up by another when its lease ends, and done a moment later.
BOUND = settings.LEASE + timedelta(seconds=30)
STANDING = "stan@example.com"


@pytest.fixture(autouse=True)
def settles_soon(monkeypatch):
    """Lists do not lag here, and nobody waits for two minutes to be sure of it."""
    monkeypatch.setenv("SETTLING_SECONDS", "4")


@pytest.fixture
def webs(stage, tmp_path):
    started = [WebProcess(stage.environment, log=tmp_path / f"web-{number}.log") for number in range(3)]
    try:
        for one in started:
            one.until_it_answers()
        yield started
    finally:
        for one in started:
            one.kill()


@pytest.fixture
def roles(stage):
    """Targets of a flow of short access, each with somebody who was there before."""
    stage.aptible.add_person(STANDING, "Stan", [])
    targets = [stage.target(f"Role {number}") for number in range(ROLES)]
    for target in targets:
        stage.aptible.add_member(target.label, STANDING)
    factories.strategy().targets.add(*targets)
    return targets


class Load(threading.Thread):
    """One person asks for one role after the other, each request at another web server than its approval."""

    def __init__(self, number, person, adam, webs, targets):
        super().__init__(daemon=True)
        self._number, self._person, self._adam = number, Caller(person), adam
        self._webs, self._targets = webs, targets
        self.refused = []

    def run(self):
        for step, target in enumerate(self._targets):
            here, there = (self._webs[(self._number + step + more) % len(self._webs)] for more in (0, 1))
            body = {"flow": "production-access", "target": target.name, "duration": 2, "reason": "to see"}
            try:
                asked = self._person.post(here, "/requests", body)
                self._adam.post(there, f"/requests/{asked['ref']}/approve", {})
            except requests.RequestException as error:
                self.refused.append(error)
        connections.close_all()


def test_nothing_is_done_twice_lost_or_late(stage, webs, roles, clock):  # noqa: F811
    people = [factories.person(name) for name in PEOPLE]
    for person in people:
        stage.aptible.add_person(person.email, person.name, ["Everyone"])
        factories.mapping(person, account_id=lasting_id("person", person.email))
    clock.write_text("2700")
    wrong, frozen, dying = with_it(stage, clock), stage.start(), stage.start()
    stage.until_at_work(wrong, frozen, dying)
    stage.aptible.delay(100)
    everybody = [
        Load(number, person, Caller(factories.person("adam")), webs, roles) for number, person in enumerate(people)
    ]
    for one in everybody:
        one.start()
    until(lambda: stage.aptible.posts >= len(people), what="they are at work")
    freeze(frozen)
    until(lambda: stage.aptible.deletes >= len(people), what="the others go on")
    dying.kill()
    stage.worker()
    threading.Event().wait(FROZEN)
    for pid in frozen.pids():
        os.kill(pid, signal.SIGCONT)
    for one in everybody:
        one.join()
    assert [error for one in everybody for error in one.refused] == []

    wanted = len(people) * len(roles)
    ended = Grant.objects.filter(state=GrantState.ENDED)
    until(lambda: ended.count() == wanted, what="all access is over")
    assert AccessRequest.objects.count() == Grant.objects.count() == wanted
    # Who dies between a removal and its record leaves the next one to ask for it again: what is gone is gone.
    assert stage.aptible.posts == wanted <= stage.aptible.deletes
    assert_each_came_and_went_once(stage, people, wanted)
    assert_each_ended_on_time(stage)
    assert chain.first_bad() is None
    assert "nothing is granted here until it is right" in wrong.log


def assert_each_came_and_went_once(stage, people, wanted):
    emails = {person.email for person in people}
    steps = Counter(
        (one["role"], one["email"], one["what"])
        for one in stage.aptible.changes
        if one["email"] in emails and one["what"] in ("entered", "left") and one["role"] != "Everyone"
    )
    assert len(steps) == 2 * wanted
    assert set(steps.values()) == {1}
    told = AuditEvent.objects.filter(type__in=("grant.active", "grant.ended")).values_list("grant_ref", "type")
    assert len(set(told)) == len(told) == 2 * wanted
    assert not [one for one in stage.aptible.changes if one["email"] == STANDING and one["what"] == "left"]


def assert_each_ended_on_time(stage):
    left = {(one["role_id"], one["email"]): one["at"] for one in stage.aptible.changes if one["what"] == "left"}
    for grant in Grant.objects.select_related("person"):
        late = left[grant.role_id, grant.person.email] - grant.ends_at.timestamp()
        assert 0 <= late < BOUND.total_seconds(), f"{grant.ref} ended {late:.1f} s after its time."
