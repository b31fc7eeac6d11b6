"""Approvals that a passkey signs: nobody gives one without the device, and no other way leads around it."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from access.core.errors import NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, FastTrackRule, Flow
from access.people import passkeys
from access.people.challenges import Signed
from access.requests import ask, break_glass, decide, signed_approvals
from access.requests.decide_each import decide_each
from tests import factories
from tests.authenticator import PRESENT, SITE, device_of, sign

HOUR = 3600
DAY = timedelta(days=1)


@pytest.fixture
def signed_flow(flow):
    Flow.objects.update(approve_with_passkey=True)
    flow.refresh_from_db()
    return flow


@pytest.fixture
def asked(signed_flow, now):
    return factories.request_at(now=now, in_flow=signed_flow)


def approve(request, by, signed, *, now, **more):
    return decide.approve(request=request, by=by, comment="", now=now, signed=signed, **more)


def state(request):
    return AccessRequest.objects.get(pk=request.pk).state


def test_a_signed_approval_keeps_all_that_proves_it(asked, adam, now):
    approve(asked, adam, sign(asked, adam, device_of(adam, now=now), now=now), now=now)
    kept = Decision.objects.get().signature
    assert kept["statement"]["request"] == asked.ref
    assert kept["statement"]["reason"] == asked.reason
    assert kept["statement"]["policy"] == asked.policy
    assert {"public_key", "attestation", "client_data", "authenticator_data", "signature"} <= set(kept)
    event = AuditEvent.objects.get(type="request.approved")
    assert event.data["signature"]["statement"] == kept["statement"]
    assert state(asked) == RequestState.APPROVED


@pytest.mark.parametrize("place", Decision.Place.values)
def test_without_a_signature_it_is_refused_with_the_address(asked, adam, now, place):
    with pytest.raises(NotAllowed, match=rf"/requests/{asked.ref}/ .*signed with a passkey"):
        approve(asked, adam, None, now=now, place=place)
    assert state(asked) == RequestState.PENDING


def test_several_at_once_are_refused_in_words(asked, adam, now):
    told = decide_each([asked], verdict=Decision.Verdict.APPROVE, by=adam, comment="", now=now)
    assert "one by one" in str(told[0].refusal)


def test_a_denial_needs_no_passkey(asked, adam, now):
    decide.deny(request=asked, by=adam, comment="No.", now=now)
    assert state(asked) == RequestState.DENIED


@pytest.mark.parametrize(
    "lies", [{"flags": PRESENT}, {"origin": "https://evil.example"}, {"site": "evil.example"}, {"signature": b"no"}]
)
def test_a_signature_that_lies_approves_nothing(asked, adam, now, lies):
    signed = sign(asked, adam, device_of(adam, now=now), now=now, **lies)
    with pytest.raises(NotAllowed):
        approve(asked, adam, signed, now=now)
    assert state(asked) == RequestState.PENDING


def test_a_signature_for_another_request_approves_nothing(asked, signed_flow, adam, rita, now):
    device = device_of(adam, now=now)
    factories.mapping(rita)
    other = factories.request_at(now=now, in_flow=signed_flow, requester=rita)
    with pytest.raises(NotAllowed, match="not what this is by now"):
        approve(asked, adam, sign(other, adam, device, now=now), now=now)
    assert state(asked) == RequestState.PENDING


def test_a_signature_for_another_duration_approves_nothing(asked, adam, now):
    signed = sign(asked, adam, device_of(adam, now=now), now=now, seconds=60)
    with pytest.raises(NotAllowed, match="not what this is by now"):
        approve(asked, adam, signed, now=now)
    signed = sign(asked, adam, device_of(adam, now=now), now=now, seconds=60)
    approve(asked, adam, signed, now=now, seconds=60)
    assert Decision.objects.get().signature["statement"]["seconds"] == 60


def test_a_replayed_signature_approves_nothing(asked, adam, rita, now):
    factories.also_decided_by(asked.flow, rita)
    device = device_of(adam, now=now)
    signed = sign(asked, adam, device, now=now)
    approve(asked, adam, signed, now=now)
    Decision.objects.update(void_at=now)
    AccessRequest.objects.filter(pk=asked.pk).update(
        state=RequestState.PENDING, settled_at=None, grant=None, due_at=now + DAY
    )
    with pytest.raises(NotAllowed, match="before"):
        approve(AccessRequest.objects.get(pk=asked.pk), adam, signed, now=now)


def test_the_signature_of_another_approver_approves_nothing(asked, adam, rita, now):
    factories.also_decided_by(asked.flow, rita)
    asked = factories.request_at(now=now, in_flow=asked.flow, requester=factories.person("jon"))
    signed = sign(asked, rita, device_of(rita, now=now), now=now)
    with pytest.raises(NotAllowed):
        approve(asked, adam, signed, now=now)


def test_a_new_passkey_signs_nothing_until_it_counts(asked, adam, olga, now):
    device_of(adam, now=now, wait=DAY)
    with pytest.raises(NotAllowed, match="It counts from"):
        signed_approvals.ask(adam, signed_approvals.APPROVE, {}, site=SITE, now=now)
    passkeys.confirm(passkey=adam.passkeys.get(), by=olga, now=now)
    signed_approvals.ask(adam, signed_approvals.APPROVE, {}, site=SITE, now=now)


def test_a_new_passkey_beside_an_old_one_signs_nothing(asked, adam, now):
    device_of(adam, now=now)
    new = device_of(adam, now=now, wait=DAY)
    with pytest.raises(NotAllowed, match="It counts from"):
        approve(asked, adam, sign(asked, adam, new, now=now), now=now)
    assert state(asked) == RequestState.PENDING


def test_no_rule_approves_what_has_to_be_signed(signed_flow, now):
    FastTrackRule.objects.create(flow=signed_flow, reason="Always", risk_at_most="high")
    made = factories.request_at(now=now, in_flow=signed_flow)
    assert (made.state, made.path) == (RequestState.PENDING, AccessRequest.Path.PEOPLE)


def test_nothing_is_extended_without_a_signature(signed_flow):
    with pytest.raises(IntegrityError), transaction.atomic():
        Flow.objects.update(free_extension=HOUR)


def typed_of(flow):
    return {
        "flow": flow, "target": factories.target(), "duration": HOUR, "reason": "It is down.", "ticket": "INC-1",
    }  # fmt: skip


def take(flow, person, signed, *, now):
    typed = typed_of(flow)
    seconds = typed.pop("duration")
    return ask.ask(
        **typed, seconds=seconds, requester=person, starts_at=None, submission=uuid.uuid4(), now=now, break_glass=True,
        signed=signed,
    )  # fmt: skip


def sign_emergency(flow, person, device, *, now, **other):
    said = break_glass.to_sign({**typed_of(flow), **other}, by=person)
    challenge = signed_approvals.ask(person, signed_approvals.BREAK_GLASS, said, site=SITE, now=now)
    return Signed(device.get(passkeys.to_sign(person, challenge, site=SITE)), SITE)


@pytest.mark.parametrize("option", ["approve_with_passkey", "break_glass_passkey"])
def test_break_glass_is_signed_by_whoever_uses_it(flow, jon, now, option):
    Flow.objects.update(**{option: True, "break_glass": True})
    flow.refresh_from_db()
    factories.mapping(jon)
    with pytest.raises(NotAllowed, match=r"/ask/break-glass/.*signed with a passkey"):
        take(flow, jon, None, now=now)
    device = device_of(jon, now=now)
    with pytest.raises(NotAllowed, match="not what this is by now"):
        take(flow, jon, sign_emergency(flow, jon, device, now=now, reason="Another."), now=now)
    assert not AccessRequest.objects.exists()
    made = take(flow, jon, sign_emergency(flow, jon, device, now=now), now=now)
    assert made.path_facts["signature"]["statement"]["verdict"] == "break_glass"


def test_where_nothing_is_demanded_nothing_is_signed(flow, adam, now):
    made = factories.request_at(now=now, in_flow=flow)
    approve(made, adam, None, now=now)
    assert Decision.objects.get().signature is None
    assert "passkey" not in made.policy
