"""The release before this one on today's database, this one on the database of then, and the way back."""

import re
import socket
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from access.audit import log, seal, verify
from access.core.states import GrantState
from access.models import Flow, Grant
from access.people import tokens
from tests import factories
from tests.faults import release
from tests.worker_process import until


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="session")
def old_code(tmp_path_factory):
    return release.unpack(release.before(), tmp_path_factory.mktemp("before"))


@pytest.fixture
def run(stage, tmp_path):
    """Start the web server of a tree of code on the stage's database; all of them are stopped at the end."""
    started = []

    def start(root):
        one = release.Release(root, stage.environment, port=free_port())
        started.append(one)
        one.start_web(tmp_path / f"web-{len(started)}.log")
        return one

    yield start
    for one in started:
        one.stop_web()


def token_of(name):
    now = timezone.now()
    _row, text = tokens.issue(
        person=factories.person(name), actor="cli", label="Upgrade", scopes=["read", "ask", "approve", "end"],
        expires_at=now + timedelta(days=1), now=now,
    )  # fmt: skip
    return text


def asked_and_approved(web):
    """Ask and approve over HTTP; return the grant."""
    # Longer than the other release may take to start.
    Flow.objects.update(allowed_durations=[3600])
    body = {"flow": "production-access", "target": "prod", "duration": 3600, "reason": "To see both releases at work."}
    ref = web.call(token_of("jon"), "POST", "/requests", body)["ref"]
    web.call(token_of("adam"), "POST", f"/requests/{ref}/approve", {"comment": "Fine."})
    return Grant.objects.get(requests__ref=ref)


def as_after_migrating() -> None:
    """The log of a portal in use, whose end the migration sealed: from then on the old way is taken up for a day."""
    now = timezone.now()
    log.append("audit.sealing_began", actor=log.SYSTEM, now=now, subject="audit:log", data={"events": 0})
    seal.catch_up(now=now)


def ended_by_its_holder(web, grant):
    web.call(token_of("jon"), "POST", f"/grants/{grant.ref}/end", {})


def test_the_release_before_asks_approves_grants_and_ends_on_todays_database(stage, run, old_code):
    as_after_migrating()
    web = run(old_code)
    stage.worker(root=old_code)
    grant = asked_and_approved(web)
    stage.wait(grant, GrantState.ACTIVE)
    ended_by_its_holder(web, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)
    seal.catch_up(now=timezone.now())  # as the first worker of this release does
    assert verify.first_bad() is None


def test_what_this_release_gave_is_ended_by_the_one_before_after_going_back(stage, run, old_code):
    worker = stage.worker()
    grant = asked_and_approved(run(settings.BASE_DIR))
    stage.wait(grant, GrantState.ACTIVE)
    assert worker.stop() == 0
    web = run(old_code)
    stage.worker(root=old_code)
    ended_by_its_holder(web, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)


def test_workers_of_both_releases_side_by_side_do_nothing_twice(stage, run, old_code):
    web = run(settings.BASE_DIR)
    old, _new = stage.worker(root=old_code), stage.worker()
    grant = asked_and_approved(web)
    stage.wait(grant, GrantState.ACTIVE)
    old.kill()
    ended_by_its_holder(web, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)


def test_this_release_on_the_database_of_before_says_in_one_sentence_what_to_do(stage, run, old_code):
    last = sorted(one.stem for one in (old_code / "access" / "migrations").glob("[0-9]*.py"))[-1]
    call_command("migrate", "access", last, verbosity=0)
    told = run(settings.BASE_DIR).get("/readyz")
    reasons = told.json()["reasons"]
    assert told.status_code == 503
    assert re.fullmatch(
        r"The database lacks \d+ migrations, first access\.\w+: run “manage\.py migrate”\.", reasons["migrations"]
    )
    call_command("migrate", verbosity=0)
    until(lambda: "migrations" not in run(settings.BASE_DIR).get("/readyz").json()["reasons"], what="it is migrated")
