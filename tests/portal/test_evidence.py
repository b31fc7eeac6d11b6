"""The evidence of one request, as a download."""

import pytest
from django.urls import reverse

from access.audit import seal
from access.core.states import GrantState, RequestState
from access.models import AccessRequest
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(sign_in, jon, flow):
    """Jon's browser."""
    return sign_in(jon)


def address(request, action=""):
    return f"{reverse('request', args=[request.ref])}{action}"


def test_the_evidence_can_be_downloaded_with_the_hashes_of_its_events(web, sign_in, adam, now):
    held = factories.grant(state=GrantState.ENDED, now=now)
    asked = AccessRequest.objects.get(grant=held)
    seal.catch_up(now=now)

    page = sign_in(adam).get(address(asked, "evidence/"))

    facts = page.json()
    assert page["Content-Disposition"] == f'attachment; filename="{asked.ref}-evidence.json"'
    assert facts["request"]["ref"] == asked.ref
    assert [one["type"] for one in facts["events"]][-1] == "grant.ended"
    assert all(len(one["hash"]) == 64 for one in facts["events"])


def test_the_evidence_is_not_for_the_holder_nor_for_strangers(web, sign_in, client, rita, now):
    held = factories.grant(state=GrantState.ENDED, now=now)
    there = address(AccessRequest.objects.get(grant=held), "evidence/")
    assert web.get(there).status_code == 403
    assert sign_in(rita).get(there).status_code == 404
    client.logout()
    assert client.get(there).status_code == 302


def test_the_evidence_is_only_read(web, sign_in, adam, now):
    assert sign_in(adam).post(address(factories.request_at(now=now), "evidence/")).status_code == 405


def test_the_evidence_tells_nothing_of_another_request_behind_the_same_access(web, sign_in, adam, now):
    held = factories.grant(state=GrantState.ACTIVE, now=now)
    other = factories.request_at(state=RequestState.APPROVED, now=now)
    AccessRequest.objects.filter(pk=other.pk).update(grant=held)

    events = sign_in(adam).get(address(other, "evidence/")).json()["events"]

    assert [one["type"] for one in events if one["type"].startswith("request.")] == [
        "request.asked",
        "request.approved",
    ]
