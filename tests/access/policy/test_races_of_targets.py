"""A target's role, changed in the moment in which somebody gets access by it: on PostgreSQL, with real threads."""

import threading

import pytest
from django.db import connection, transaction

from access.core.errors import Conflict
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


def test_access_that_is_just_being_given_at_once_keeps_the_role(flow, target, now, beside):
    given, found = threading.Event(), threading.Event()

    def give():
        with transaction.atomic():
            factories.broken_glass(now=now)
            given.set()
            found.wait(timeout=0.5)  # the answer, which may come too early

    beside(give)
    assert given.wait(timeout=20)
    with transaction.atomic():
        why = target_in_use.why_it_keeps_its_role(target)
    found.set()
    assert why == "A target keeps its role once somebody has held it."


def change(target, meanwhile):
    """Give it another role, as somebody who has looked, while `meanwhile` waits for that."""
    with transaction.atomic():
        assert target_in_use.why_it_keeps_its_role(target) == ""
        waiting = meanwhile()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
        target.role_id = "r-other"
        target.save()
    waiting.join(timeout=20)


@pytest.mark.parametrize("ask", [factories.request_at, factories.grant])
def test_whoever_asks_while_the_role_changes_waits_and_gets_the_new_one(flow, target, adam, now, beside, ask):
    factories.mapping(factories.person("jon"))
    change(target, lambda: beside(lambda: ask(now=now)))
    assert AccessRequest.objects.get().target.role_id == "r-other"
    assert set(Grant.objects.values_list("role_id", flat=True)) <= {"r-other"}


def test_whoever_would_get_it_at_once_while_the_role_changes_is_refused(flow, target, now, beside):
    factories.mapping(factories.person("jon"))
    refused = []

    def ask():
        try:
            factories.broken_glass(now=now)
        except Conflict as refusal:
            refused.append(str(refusal))

    change(target, lambda: beside(ask))
    assert refused == ["Prod has just become another role. Look at it, and ask again."]
    assert not AccessRequest.objects.exists()


def test_an_approval_that_is_not_done_yet_keeps_the_role(flow, target, adam, now, beside):
    request = factories.request_at(now=now)
    approved, found = threading.Event(), threading.Event()

    def approve():
        with transaction.atomic():
            decide.approve(request=request, by=adam, comment="", now=now)
            approved.set()
            found.wait(timeout=0.5)

    beside(approve)
    assert approved.wait(timeout=20)
    with transaction.atomic():
        assert target_in_use.why_it_keeps_its_role(target) == "A target keeps its role while a request for it waits."
    found.set()
