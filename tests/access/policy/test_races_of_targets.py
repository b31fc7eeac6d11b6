"""A target's role, changed in the moment in which somebody gets access by it: on PostgreSQL, with real threads."""

import threading

import pytest
from django.db import connection, transaction

from access.models import AccessRequest, Grant
from access.policy import target_in_use
from access.requests import decide
from tests import factories

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def beside():
    """Start what has to happen at the same time, on a connection of its own; it is waited for at the end."""
    threads = []

    def start(call):
        def run():
            try:
                call()
            finally:
                connection.close()

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        return threads[-1]

    yield start
    for one in threads:
        one.join(timeout=20)
        assert not one.is_alive()


def test_access_that_is_just_being_given_keeps_the_role(flow, target, adam, now, beside):
    given, found = threading.Event(), threading.Event()

    def give():
        with transaction.atomic():
            factories.grant(state="scheduled", now=now)
            given.set()
            found.wait(timeout=0.5)  # the answer, which may come too early

    beside(give)
    assert given.wait(timeout=20)
    with transaction.atomic():
        why = target_in_use.why_it_keeps_its_role(target)
    found.set()
    assert why == "A target keeps its role once somebody has held it."


@pytest.mark.parametrize("ask", [factories.request_at, factories.grant, factories.broken_glass])
def test_whoever_asks_while_the_role_changes_waits_and_gets_the_new_one(flow, target, adam, now, beside, ask):
    factories.mapping(factories.person("jon"))
    with transaction.atomic():
        assert target_in_use.why_it_keeps_its_role(target) == ""
        asking = beside(lambda: ask(now=now))
        asking.join(timeout=0.5)
        assert asking.is_alive()
        target.role_id = "r-other"
        target.save()
    asking.join(timeout=20)
    assert AccessRequest.objects.get().target.role_id == "r-other"
    assert set(Grant.objects.values_list("role_id", flat=True)) <= {"r-other"}


def test_an_approval_while_the_role_changes_gives_the_new_one_or_none(flow, target, adam, now, beside):
    """As if the change had found nothing that waits."""
    request = factories.request_at(now=now)
    with transaction.atomic():
        target_in_use.why_it_keeps_its_role(target)
        approving = beside(lambda: decide.approve(request=request, by=adam, comment="", now=now))
        approving.join(timeout=0.5)
        assert approving.is_alive()
        target.role_id = "r-other"
        target.save()
    approving.join(timeout=20)
    assert Grant.objects.get().role_id == "r-other"
