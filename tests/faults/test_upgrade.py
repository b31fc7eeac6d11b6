"""The release before this one on today's database, this one on the database of then, and the way back."""

import re
import socket
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
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
    return Grant.objects.get(requests__ref=asked(web, token_of("jon"), token_of("adam")))


def asked(web, jon, adam):
    """With these tokens, where the models of this release can't read what is there; return the reference."""
    # Longer than the other release may take to start.
    Flow.objects.update(allowed_durations=[3600])
    body = {"flow": "production-access", "target": "prod", "duration": 3600, "reason": "To see both releases at work."}
    ref = web.call(jon, "POST", "/requests", body)["ref"]
    web.call(adam, "POST", f"/requests/{ref}/approve", {"comment": "Fine."})
    return ref


def as_after_migrating() -> None:
    """The log of a portal in use, whose end the migration sealed: from then on the old way is taken up for a day."""
    now = timezone.now()
    log.append("audit.sealing_began", actor=log.SYSTEM, now=now, subject="audit:log", data={"events": 0})
    seal.catch_up(now=now)


def to_the_database_of(code):
    last = sorted(one.stem for one in (code / "access" / "migrations").glob("[0-9]*.py"))[-1]
    call_command("migrate", "access", last, verbosity=0)


def migrated(*, times=5):
    """The server may end a migration that waits for a job: it is run again, as the document says."""
    for left in reversed(range(times)):
        try:
            call_command("migrate", verbosity=0)
        except OperationalError:
            if not left:
                raise
            connection.close()
        else:
            return


def ended_by_its_holder(web, grant):
    web.call(token_of("jon"), "POST", f"/grants/{grant.ref}/end", {})


def test_the_release_before_on_todays_database_ends_what_this_one_gave_and_gives_and_ends_its_own(stage, run, old_code):
    as_after_migrating()
    worker = stage.start()
    grant = asked_and_approved(run(settings.BASE_DIR))
    stage.wait(grant, GrantState.ACTIVE)
    assert worker.stop() == 0
    stage.start(old_code)
    web = run(old_code)
    ended_by_its_holder(web, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)
    its_own = asked_and_approved(web)
    stage.wait(its_own, GrantState.ACTIVE)
    ended_by_its_holder(web, its_own)
    stage.wait(its_own, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (2, 2)
    seal.catch_up(now=timezone.now())  # as the first worker of this release does
    assert verify.first_bad() is None


def test_access_that_the_release_before_gave_outlives_the_migration_and_is_ended_by_this_one(stage, run, old_code):
    """With one way back to the tables of before for all that is asked: it takes as long as hundreds of other tests."""
    with mock.patch.object(log, "append"):  # the log begins with the release before
        jon, adam = token_of("jon"), token_of("adam")
    to_the_database_of(old_code)
    old, web = stage.start(old_code), run(old_code)
    stage.until_at_work(old)
    ref = asked(web, jon, adam)
    active = Grant.objects.filter(requests__ref=ref, state=GrantState.ACTIVE)
    until(active.exists, what="the release before has given the access")
    new = run(settings.BASE_DIR)
    assert_it_says_in_one_sentence_what_to_do(new)
    migrated()
    until(lambda: "migrations" not in new.get("/readyz").json()["reasons"], what="it is migrated")
    grant = active.get()
    stage.worker()
    assert old.stop() == 0
    ended_by_its_holder(new, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)
    seal.catch_up(now=timezone.now())
    assert verify.first_bad() is None


def assert_it_says_in_one_sentence_what_to_do(web):
    told = web.get("/readyz")
    reasons = told.json()["reasons"]
    assert told.status_code == 503
    assert re.fullmatch(
        r"The database lacks \d+ migrations, first access\.\w+: run “manage\.py migrate”\.", reasons["migrations"]
    )


def test_workers_of_both_releases_side_by_side_do_nothing_twice(stage, run, old_code):
    old, new = stage.start(old_code), stage.start()
    web = run(settings.BASE_DIR)
    stage.until_at_work(old, new)
    grant = asked_and_approved(web)
    stage.wait(grant, GrantState.ACTIVE)
    old.kill()
    ended_by_its_holder(web, grant)
    stage.wait(grant, GrantState.ENDED)
    assert (stage.aptible.posts, stage.aptible.deletes) == (1, 1)
