"""A log as the release before had chained it, and what becomes of it when events are sealed."""

from datetime import timedelta

import pytest

from access.audit import digest, log, seal, verify
from access.models import AuditEvent, AuditHead
from tests import scratch_database
from tests.access.policy.test_migration_stages import migrate, migrate_to_the_newest

BEFORE = ("access", "0030_findings")


@pytest.fixture(scope="module")
def template(tmp_path_factory, django_db_blocker):
    with django_db_blocker.unblock(), scratch_database.template(tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture(autouse=True)
def a_database_of_its_own(template, tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), scratch_database.copy(template, tmp_path):
        yield


def write_as_before(old, number, now):
    """So many events, chained as they were appended."""
    event, head = old.get_model("access", "AuditEvent"), old.get_model("access", "AuditHead")
    previous = ""
    for seq in range(1, number + 1):
        row = event(seq=seq, at=now, actor="usher", type="person.changed", subject="person:x", data={"n": seq})
        row.previous, row.hash = previous, digest.hash_of(1, seq, previous, digest.facts_of(row))
        row.save(force_insert=True)
        previous = row.hash
    head.objects.update_or_create(pk=1, defaults={"seq": number, "hash": previous})
    return previous


def test_events_of_before_keep_their_numbers_and_the_log_goes_on_after_them(now):
    old = migrate(BEFORE)
    end = write_as_before(old, 3, now)
    migrate_to_the_newest()

    kept = AuditEvent.objects.order_by("id")[:3]
    assert [(one.id, one.seq, one.data["n"], one.format) for one in kept] == [(n, n, n, 1) for n in (1, 2, 3)]
    head = AuditHead.objects.get()
    assert (head.seq, head.hash, head.sealed_seq, head.sealed_hash) == (3, end, 3, end)

    appended = log.append("person.changed", actor="usher", now=now, subject="person:y")
    assert appended.pk > AuditEvent.objects.get(type="audit.sealing_began").pk > 3
    seal.catch_up(now=now + timedelta(seconds=1))
    assert list(AuditEvent.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    found = verify.run()
    assert (found.events, found.bad) == (5, None)
