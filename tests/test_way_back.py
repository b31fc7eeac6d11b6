"""The tables undone step by step to those of the first days, and made anew: what becomes of the rows in them.

One way back and one forward for all that is asked: each takes as long as hundreds of other tests.
"""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from access.audit import append_only, digest, log, seal, verify
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, AuditHead, Flow
from access.policy import approvers, policy
from access.requests import approval_queue, decide
from tests import factories, scratch_database

BEFORE_STAGES = "0006_notifications"
WITH_STAGES = "0008_fill_policy_stages"
BEFORE_SEALS = "0030_findings"


@pytest.fixture(autouse=True)
def a_database_of_its_own(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), scratch_database.database(tmp_path):
        yield


def migrate(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("access", name)] if name else executor.loader.graph.leaf_nodes())
    return executor.loader.project_state([("access", name)]).apps if name else None


def test_what_was_there_before_stages_and_seals_is_kept(now):
    adam, rita = factories.person("adam"), factories.person("rita")
    factories.decided_by(factories.flow(), adam, rita, needed=2)
    request = factories.request_at(now=now)
    seal.catch_up(now=now)  # the older tables have no place for an event without its number
    assert_plain(migrate(BEFORE_STAGES), adam, rita)
    assert_not_weakened_silently(migrate(WITH_STAGES))
    last = log_of_before(migrate(BEFORE_SEALS), 3, now)
    migrate(None)
    assert_the_log_goes_on(last, now)
    assert_decided_by_both(request, adam, rita, now)


def assert_plain(old, adam, rita):
    was = old.get_model("access", "AccessRequest").objects.get()
    assert was.policy["version"] == 1
    assert set(was.approvers.values_list("pk", flat=True)) == {adam.pk, rita.pk}
    assert old.get_model("access", "Flow").objects.get().approvals_needed == 2


def assert_not_weakened_silently(old):
    """A second stage has no place in the tables before it, and stops the way back."""
    flow = old.get_model("access", "Flow").objects.get()
    second = old.get_model("access", "Stage").objects.create(flow=flow, position=2, approvals_needed=1)
    with pytest.raises(RuntimeError, match="cannot hold the approval policy of flow production-access"):
        migrate(BEFORE_STAGES)
    second.delete()


def log_of_before(old, number, now):
    """So many events and no other, chained as the release before seals appended them; return the hash of the last."""
    event, head = old.get_model("access", "AuditEvent"), old.get_model("access", "AuditHead")
    append_only.remove(connection)  # nothing but these may be in it
    event.objects.all().delete()
    previous = ""
    for seq in range(1, number + 1):
        row = event(seq=seq, at=now, actor="usher", type="person.changed", subject="person:x", data={"n": seq})
        row.previous, row.hash = previous, digest.hash_of(1, seq, previous, digest.facts_of(row))
        row.save(force_insert=True)
        previous = row.hash
    head.objects.update_or_create(pk=1, defaults={"seq": number, "hash": previous})
    return previous


def assert_the_log_goes_on(last, now):
    kept = AuditEvent.objects.order_by("id")[:3]
    assert [(one.seq, one.data["n"], one.format) for one in kept] == [(n, n, 1) for n in (1, 2, 3)]
    head = AuditHead.objects.get()
    assert (head.seq, head.hash, head.sealed_seq, head.sealed_hash) == (3, last, 3, last)

    appended = log.append("person.changed", actor="usher", now=now, subject="person:y")
    assert appended.pk > AuditEvent.objects.get(type="audit.sealing_began").pk > kept[2].pk
    seal.catch_up(now=now)
    assert list(AuditEvent.objects.order_by("id").values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
    found = verify.run()
    assert (found.events, found.bad) == (5, None)


def assert_decided_by_both(request, adam, rita, now):
    in_force = approvers.of_flow(Flow.objects.get())
    assert in_force == policy.read(AccessRequest.objects.get().policy)
    assert [approval_queue.waiting_for(one, now=now).count() for one in (adam, rita)] == [1, 1]
    for by in (adam, rita):
        decide.approve(request=request, by=by, comment="", now=now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED
