"""A flow keeps its name while what a passkey signs has to name it as its request did."""

import json

import pytest

from access.audit import export, seal, verify_audit
from access.models import AccessRequest, Flow
from access.requests import ask, decide
from tests import factories
from tests.access.admin import pages
from tests.authenticator import device_of, sign

pytestmark = pytest.mark.django_db

SENTENCE = "A flow keeps its name while a request waits in it whose approval a passkey has to sign."


def rename(admin, flow, name="prod-2"):
    flow = Flow.objects.get(pk=flow.pk)
    signed = {"approve_with_passkey": "on"} if flow.approve_with_passkey else {}
    return admin.post(pages.of(flow), pages.typed(flow, name=name, **signed))


def check_log(*, now):
    seal.sign(now=now)
    check = verify_audit.Check([], [])
    for line in export.whole():
        check.line(json.loads(line))
    check.end()


def test_while_an_approval_has_to_be_signed_it_stays_and_the_log_holds(admin, flow, adam, now):
    Flow.objects.update(approve_with_passkey=True)
    asked = factories.request_at(now=now)
    assert SENTENCE in pages.text(rename(admin, flow))
    assert Flow.objects.get().name == "production-access"
    asked = AccessRequest.objects.get(pk=asked.pk)
    signed = sign(asked, adam, device_of(adam, now=now), now=now)
    decide.approve(request=asked, by=adam, comment="", now=now, signed=signed)
    assert rename(admin, flow).status_code == 302
    check_log(now=now)


def test_whatever_else_is_changed_meanwhile_is_saved(admin, flow, now):
    Flow.objects.update(approve_with_passkey=True)
    factories.request_at(now=now)
    assert rename(admin, flow, "production-access").status_code == 302


def test_where_nothing_is_signed_or_waits_it_is_renamed(admin, flow, jon, now):
    asked = factories.request_at(now=now)
    assert rename(admin, flow).status_code == 302
    ask.withdraw(request=asked, by=jon, now=now)
    Flow.objects.update(approve_with_passkey=True)
    assert rename(admin, flow, "prod-3").status_code == 302
    assert Flow.objects.get().name == "prod-3"
