"""How a mapping stands: people who left or were renamed at Aptible are flagged, and can't ask."""

import pytest

from access.core.errors import Invalid
from access.models import DirectoryPerson, UserMapping
from access.people import mappings
from access.people.mapping_status import Status, listed
from access.requests import preview
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(integration, jon):
    """Jon's account at Aptible."""
    return DirectoryPerson.objects.get(integration=integration, email=jon.email)


@pytest.fixture
def mapped(account, jon, integration, now):
    return mappings.match(user=jon, integration=integration, now=now)


def status_of(user) -> str:
    return next(one.status for one in listed() if one.email == user.email)


def test_a_match_that_still_holds_is_not_flagged(mapped, jon):
    assert status_of(jon) == Status.MAPPED


def test_a_mapping_without_an_account_says_why(jon, integration, now):
    DirectoryPerson.objects.all().delete()
    mappings.match(user=jon, integration=integration, now=now)
    assert status_of(jon) == Status.MISSING


def test_an_account_that_left_is_flagged(mapped, account, jon, now):
    DirectoryPerson.objects.filter(pk=account.pk).update(gone_at=now, email="other@example.com")
    assert status_of(jon) == Status.LEFT


def test_an_account_that_comes_back_is_no_longer_flagged(mapped, account, jon, now):
    DirectoryPerson.objects.filter(pk=account.pk).update(gone_at=now)
    DirectoryPerson.objects.filter(pk=account.pk).update(gone_at=None)
    assert status_of(jon) == Status.MAPPED


def test_an_account_that_was_matched_by_email_and_renamed_is_flagged(mapped, account, jon):
    DirectoryPerson.objects.filter(pk=account.pk).update(email="other@example.com")
    assert status_of(jon) == Status.RENAMED


def test_a_person_who_was_renamed_here_is_flagged_when_matched_by_email(mapped, jon):
    jon.email = "jonathan@example.com"
    jon.save()
    assert status_of(jon) == Status.RENAMED


def test_capital_letters_are_no_new_name(mapped, account, jon):
    DirectoryPerson.objects.filter(pk=account.pk).update(email="JON@Example.com")
    assert status_of(jon) == Status.MAPPED


def test_an_account_set_by_hand_may_have_another_email_until_that_changes(jon, integration, olga, now):
    other = DirectoryPerson.objects.create(
        integration=integration, external_id="u-9", email="jon@home.example.com", name="Jon", verified=True
    )
    mappings.set_by_hand(user=jon, integration=integration, account_id="u-9", by=olga, now=now)
    assert status_of(jon) == Status.MAPPED

    DirectoryPerson.objects.filter(pk=other.pk).update(email="rita@example.com")
    assert status_of(jon) == Status.RENAMED


def test_an_account_that_no_sync_has_seen_is_flagged(jon, integration, olga, now):
    mappings.set_by_hand(user=jon, integration=integration, account_id="u-unseen", by=olga, now=now)
    assert status_of(jon) == Status.UNKNOWN


def test_mappings_are_listed_by_status_and_integration(mapped, account, adam, integration, now):
    mappings.match(user=adam, integration=integration, now=now)
    DirectoryPerson.objects.filter(pk=account.pk).update(gone_at=now)
    assert [one.email for one in listed(statuses=[Status.LEFT])] == ["jon@example.com"]
    assert [one.email for one in listed(integration=integration)] == ["adam@example.com", "jon@example.com"]


def test_who_has_an_account_that_left_cannot_ask_and_is_told_why(mapped, account, flow, target, jon, now):
    DirectoryPerson.objects.filter(pk=account.pk).update(gone_at=now)
    told = "Your account jon@example.com has left Aptible. Ask an admin to set your user mapping."

    with pytest.raises(Invalid) as refused:
        factories.request_at(now=now, requester=jon)
    assert refused.value.errors == {"target": told}
    assert preview.preview(flow=flow, target=target, requester=jon, now=now).blocked == {"target": told}


def test_who_was_renamed_can_ask_since_the_account_is_pinned_by_its_id(mapped, account, flow, jon, now):
    DirectoryPerson.objects.filter(pk=account.pk).update(email="other@example.com")
    assert factories.request_at(now=now, requester=jon).account_id == UserMapping.objects.get(user=jon).account_id
