"""The flows and requests that were there before there were stages."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from access.audit import seal
from access.core.states import RequestState
from access.models import AccessRequest, Flow
from access.policy import approvers, policy
from access.requests import approval_queue, decide
from tests import factories, scratch_database

BEFORE = ("access", "0006_notifications")


def migrate(to):
    executor = MigrationExecutor(connection)
    executor.migrate([to])
    return MigrationExecutor(connection).loader.project_state([to]).apps


def migrate_to_the_newest():
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture(scope="module")
def template(tmp_path_factory, django_db_blocker):
    with django_db_blocker.unblock(), scratch_database.template(tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture(autouse=True)
def a_database_of_its_own(template, tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), scratch_database.copy(template, tmp_path):
        yield


def test_old_rows_are_kept_and_can_be_decided(now):
    adam, rita = factories.person("adam"), factories.person("rita")
    factories.decided_by(factories.flow(), adam, rita, needed=2)
    request = factories.request_at(now=now)
    seal.catch_up(now=now)  # the older tables have no place for an event without its number
    old = migrate(BEFORE)
    was = old.get_model("access", "AccessRequest").objects.get()
    assert was.policy["version"] == 1
    assert set(was.approvers.values_list("pk", flat=True)) == {adam.pk, rita.pk}
    assert old.get_model("access", "Flow").objects.get().approvals_needed == 2

    migrate_to_the_newest()
    in_force = approvers.of_flow(Flow.objects.get())
    assert in_force == policy.read(AccessRequest.objects.get().policy)
    assert [approval_queue.waiting_for(one, now=now).count() for one in (adam, rita)] == [1, 1]
    for by in (adam, rita):
        decide.approve(request=request, by=by, comment="", now=now)
    assert AccessRequest.objects.get().state == RequestState.APPROVED


def test_what_the_older_tables_cannot_hold_is_not_weakened_silently(now):
    flow = factories.flow()
    factories.stage(flow, factories.group("Security", factories.person("rita")), label="Security")
    with pytest.raises(RuntimeError, match="cannot hold the approval policy of flow production-access"):
        migrate(BEFORE)
