"""Contact data of somebody who has left: gone from every table, and the log verifies as before."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import CommandError, call_command

from access.audit import seal, verify
from access.core.errors import Conflict, NotAllowed
from access.core.states import EndReason, GrantState
from access.grants import end_early
from access.models import (
    AccessRequest,
    AuditEvent,
    Decision,
    Finding,
    Grant,
    Integration,
    Notification,
    ProvisionedPerson,
    User,
    UserMapping,
)
from access.people import contact
from tests import factories

pytestmark = pytest.mark.django_db

EMAIL, SLACK = "jon@example.com", "U012JON345"
LOG = {"auditevent", "audithead", "auditseal", "auditcheck"}


@pytest.fixture
def gone(flow, jon, adam, now):
    """Jon held Prod, was found, told and mapped, and has left."""
    grant = factories.grant(state=GrantState.ENDED, now=now, reason="Write to jon@example.com, not mojo@example.com.")
    Finding.objects.create(
        integration=grant.target.integration, target=grant.target, kind="standing", key="k", first_seen_at=now,
        email="Jon@Example.com", account_id="a-1", person=jon, accepted_by="jon@example.com",
    )  # fmt: skip
    slack = Integration.objects.create(type="slack", name="slack", external_id="T1")
    UserMapping.objects.create(user=jon, integration=slack, account_id=SLACK, matched_at=now, email_at_match=EMAIL)
    AccessRequest.objects.update(path_facts={"told": [{"email": EMAIL, "id": jon.pk}], "slack": SLACK})
    Notification.objects.create(
        recipient=adam, channel="email", kind="settled", key="k", facts={"by": "Jon", "comment": f"from {EMAIL}"},
        created_at=now, sent_at=now,
    )  # fmt: skip
    ProvisionedPerson.objects.create(
        person=jon, external_id="okta-1", said={"phoneNumbers": [{"value": "+420 555"}]}, created_at=now, changed_at=now
    )  # fmt: skip
    Notification.objects.create(recipient=jon, channel="email", kind="settled", key="k2", created_at=now, due_at=now)
    User.objects.filter(pk=jon.pk).update(is_active=False, zone="Europe/Prague")
    seal.catch_up(now=now)
    return User.objects.get(pk=jon.pk)


def test_the_address_in_pagerduty_goes_too(gone, olga, now):
    User.objects.filter(pk=gone.pk).update(on_call_email="jr@pager.example")
    contact.erase(gone, by=olga, now=now)
    assert User.objects.get(pk=gone.pk).on_call_email == ""


def everything():
    """Each row of each table but the log, as text."""
    for model in apps.get_app_config("access").get_models():
        if model._meta.model_name not in LOG:
            for row in model._default_manager.all():
                yield model.__name__, serializers.serialize("jsonl", [row], ensure_ascii=False)


def test_it_is_gone_from_every_table_and_the_name_stays(gone, olga, now):
    done = contact.erase(gone, by=olga, now=now)
    rows = [(name, text.replace("mojo@example.com", "")) for name, text in everything()]
    assert [name for name, text in rows if EMAIL in text.lower() or SLACK in text] == []
    person = User.objects.get(pk=gone.pk)
    assert (person.email, person.name) == (f"person-{gone.pk}@erased.invalid", "Jon Reyes")
    assert not person.mappings.exists()
    assert (person.provisioned.said, person.provisioned.external_id) == ({}, "")
    assert "mojo@example.com" in AccessRequest.objects.first().reason  # somebody else's
    assert not Notification.objects.filter(recipient=gone).exists()
    assert done.rows >= 3


def test_the_log_verifies_before_and_after_and_still_names_them(gone, olga, now):
    assert verify.run().bad is None
    hashes = list(AuditEvent.objects.order_by("id").values_list("hash", flat=True))
    done = contact.erase(gone, by=olga, now=now)
    seal.catch_up(now=now)
    assert verify.run().bad is None
    after = list(AuditEvent.objects.order_by("id").values_list("hash", flat=True))
    assert after[: len(hashes)] == hashes
    assert done.in_log > 0
    event = AuditEvent.objects.get(type="person.contact_erased")
    assert (event.actor_id, event.person_id, event.data["who"]) == (olga.pk, gone.pk, "Jon Reyes")
    assert EMAIL not in json.dumps(event.data) + event.subject


def test_a_person_without_a_name_is_called_by_a_number(gone, olga, now):
    User.objects.filter(pk=gone.pk).update(name="")
    contact.erase(gone, by=olga, now=now)
    assert User.objects.get(pk=gone.pk).name == f"Person {gone.pk}"


def test_what_a_device_signed_stays_as_it_was_signed(gone, adam, olga, now):
    signed = {"statement": {"policy": {"people": [EMAIL]}}}
    Decision.objects.update(signature=signed, comment=f"For {EMAIL}.")
    contact.erase(gone, by=olga, now=now)
    decision = Decision.objects.first()
    assert decision.signature == signed
    assert EMAIL not in decision.comment


def test_it_is_refused_while_they_can_sign_in_or_hold_something(gone, olga, jon, rita, now):
    with pytest.raises(NotAllowed):
        contact.erase(gone, by=rita, now=now)
    User.objects.filter(pk=gone.pk).update(is_active=True)
    with pytest.raises(Conflict, match="Switch Jon Reyes off first"):
        contact.erase(gone, by=olga, now=now)
    grant = factories.grant(now=now, state=GrantState.ACTIVE, seconds=3600)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Conflict, match="has not ended yet"):
        contact.erase(gone, by=olga, now=now)
    end_early.end_as(grant, actor=olga, why=EndReason.REVOKED, now=now, comment="")
    Grant.objects.filter(pk=grant.pk).update(state=GrantState.ENDED, due_at=None, ended_at=now + timedelta(hours=1))
    contact.erase(gone, by=olga, now=now)
    with pytest.raises(Conflict, match="erased already"):
        contact.erase(gone, by=olga, now=now)


def test_the_command_says_what_the_log_keeps(gone):
    out = StringIO()
    call_command("erase_contact", "JON@example.com", stdout=out)
    assert "1 event of the log keeps the address" in out.getvalue()
    with pytest.raises(CommandError) as nobody:
        call_command("erase_contact", EMAIL)
    assert nobody.value.returncode == 2


def test_the_command_refuses_in_words(jon):
    with pytest.raises(CommandError, match="Switch Jon Reyes off") as refused:
        call_command("erase_contact", EMAIL)
    assert refused.value.returncode == 1
