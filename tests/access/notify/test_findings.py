"""Who is told of what was found at Aptible, and in which words."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import resolve

from access.audit import log
from access.core.states import GrantState
from access.evidence import findings, take_out
from access.evidence.compare import Drift
from access.models import Finding, Kind, Notification, Target
from access.notify import letters
from integrations.base import Membership
from tests import factories

BASE_URL = "https://usher.example.com"
# Kind, topic: then the subject, and a sentence of the text.
OF_FINDINGS = [
    ("found", "", "Found at Aptible: added outside, Prod", "Mia, Prod: added outside."),
    (
        "take_out", "own", "You will be taken out of Prod",
        "Usher takes that membership out after Tue 6 Jan 2026, 12:00 UTC.",
    ),
    ("take_out", "", "Mia will be taken out of Prod", "If it is right, accept it before that."),
    ("taken_out", "own", "You were taken out of Prod", "nobody had approved it."),
    ("taken_out", "", "Mia was taken out of Prod", "Usher took Mia out of Prod at Aptible"),
]  # fmt: skip


@pytest.fixture
def mia(db):
    return factories.person("mia")


@pytest.fixture
def found(target, mia, olga, now):
    """Mia is found in Prod."""

    def found(kind=Finding.Kind.OUTSIDE, key="k", person=mia, **more):
        seen = Membership("m-1", target.role_id, "a-1")
        drift = Drift(
            kind, key, target=target, person=person, account_id="a-1", email="mia@example.com", membership=seen, **more
        )
        findings.keep(target.integration, [drift], now=now)
        return Finding.objects.get(key=key)

    return found


def test_admins_are_told_of_whom_nobody_approved(found, told):
    found()
    assert told() == {("olga", "found")}


def test_of_one_kind_at_one_target_they_are_told_once_an_hour(found, told):
    found()
    assert told() == {("olga", "found")}
    found(key="another")
    assert told() == set()


def test_of_who_was_in_before_nobody_is_told(found, told):
    found(Finding.Kind.STANDING)
    assert told() == set()


def test_what_was_active_or_had_ended_is_told_by_its_own_events(found, flow, told, jon, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    told()
    found(Finding.Kind.GONE, person=jon, grant=grant)
    assert told() == set()


def test_the_person_and_the_admins_are_told_before_somebody_is_taken_out(found, told):
    Target.objects.update(outsiders=Target.Outsiders.TAKE_OUT)
    found()
    assert told() == {("olga", "found"), ("olga", "take_out"), ("mia", "take_out")}


def test_an_admin_who_decides_it_is_not_told_of_it(found, told, olga, now):
    finding = found()
    told()
    take_out.decide(finding, by=olga, now=now)
    assert told() == {("mia", "take_out")}


@pytest.mark.parametrize(("kind", "topic", "subject", "sentence"), OF_FINDINGS)
def test_what_each_says(settings, found, olga, now, kind, topic, subject, sentence):
    settings.BASE_URL = BASE_URL
    facts = {"finding": str(found().pk), "at": now.isoformat(), "take_out_at": (now + timedelta(days=1)).isoformat()}
    message = letters.message(
        Notification(pk=7, recipient=olga, kind=kind, topic=topic, key="k", created_at=now, due_at=now, facts=facts)
    )
    assert message.subject == subject
    assert sentence in message.text
    assert message.text.count("You are told because") == 1
    links = re.findall(r"https?://\S+", message.text)
    assert links == re.findall(r'href="([^"]+)"', message.html)
    assert [resolve(link.removeprefix(BASE_URL)) for link in links]


def test_each_kind_is_here():
    assert {kind for kind, *_rest in OF_FINDINGS} == {Kind.FOUND, Kind.TAKE_OUT, Kind.TAKEN_OUT}


def test_a_session_that_outlives_access_is_told_to_the_holder_the_approvers_and_the_admins(flow, told, olga, now):
    grant = factories.grant(state=GrantState.ENDED, now=now)
    told()
    with transaction.atomic():
        data = {"operation": "9001", "resource": "app api", "environment": "prod"}
        log.append("grant.session_outlived", actor=log.SYSTEM, now=now, grant=grant, data=data)
    assert told() == {("jon", "session"), ("adam", "session"), ("olga", "session")}
