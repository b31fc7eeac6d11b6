"""People and accounts: matched by e-mail, set by hand, never guessed."""

import pytest
from django.db import IntegrityError, transaction

from access.core.errors import Conflict
from access.models import AuditEvent, DirectoryPerson, User, UserMapping
from access.people import mappings

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_mapped(integration):
    UserMapping.objects.all().delete()
    DirectoryPerson.objects.filter(integration=integration).delete()


def account(integration, external_id, email, **fields):
    return DirectoryPerson.objects.create(
        integration=integration, external_id=external_id, email=email, name="", verified=True, **fields
    )


def test_an_account_is_matched_by_email_without_regard_to_case(nobody_mapped, jon, integration, now):
    account(integration, "u-1", "JON@Example.com")

    mapping = mappings.match(user=jon, integration=integration, now=now)

    assert (mapping.account_id, mapping.method, mapping.problem) == ("u-1", "email", "")
    assert AuditEvent.objects.latest("id").type == "mapping.set"


def test_a_missing_account_is_said_and_not_guessed(nobody_mapped, jon, integration, now):
    account(integration, "u-1", "jonathan@example.com")
    assert mappings.match(user=jon, integration=integration, now=now).problem == "missing"


def test_an_ambiguous_account_is_said_and_not_guessed(nobody_mapped, jon, integration, now):
    account(integration, "u-1", "jon@example.com")
    account(integration, "u-2", "Jon@example.com")
    assert mappings.match(user=jon, integration=integration, now=now).problem == "ambiguous"


@pytest.mark.parametrize("alike", ["\u212aate@example.com", "kate@\u212aa.example"])
def test_letters_that_the_database_takes_for_others_match_nobody(nobody_mapped, integration, now, alike):
    kate = User.objects.create_user(alike.lower())
    account(integration, "u-1", alike)
    assert mappings.match(user=kate, integration=integration, now=now).problem == "missing"


def test_an_account_that_left_is_not_matched(nobody_mapped, jon, integration, now):
    account(integration, "u-1", "jon@example.com", gone_at=now)
    assert mappings.match(user=jon, integration=integration, now=now).problem == "missing"


def test_an_account_of_another_person_is_not_taken_away(nobody_mapped, jon, adam, integration, now):
    account(integration, "u-1", "jon@example.com")
    UserMapping.objects.create(user=adam, integration=integration, account_id="u-1", matched_at=now)
    assert mappings.match(user=jon, integration=integration, now=now).problem == "taken"


def test_a_match_is_pinned_when_emails_change(nobody_mapped, jon, integration, now):
    account(integration, "u-1", "jon@example.com")
    mappings.match(user=jon, integration=integration, now=now)
    DirectoryPerson.objects.update(email="other@example.com")
    account(integration, "u-2", "jon@example.com")

    assert mappings.match(user=jon, integration=integration, now=now).account_id == "u-1"


def test_a_problem_goes_away_once_the_account_appears(nobody_mapped, jon, integration, now):
    mappings.match(user=jon, integration=integration, now=now)
    account(integration, "u-1", "jon@example.com")
    assert mappings.match(user=jon, integration=integration, now=now).account_id == "u-1"


def test_an_admin_sets_a_mapping_by_hand(nobody_mapped, jon, olga, integration, now):
    mapping = mappings.set_by_hand(user=jon, integration=integration, account_id=" U-9 ", by=olga, now=now)
    assert (mapping.account_id, mapping.method) == ("u-9", "manual")
    assert AuditEvent.objects.latest("id").actor == olga.email


def test_two_people_on_one_account_are_refused(nobody_mapped, jon, adam, olga, integration, now):
    mappings.set_by_hand(user=adam, integration=integration, account_id="u-9", by=olga, now=now)
    with pytest.raises(Conflict, match="belongs to"):
        mappings.set_by_hand(user=jon, integration=integration, account_id="u-9", by=olga, now=now)


def test_the_database_refuses_two_people_on_one_account(nobody_mapped, jon, adam, integration, now):
    UserMapping.objects.create(user=adam, integration=integration, account_id="u-1", matched_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        UserMapping.objects.create(user=jon, integration=integration, account_id="u-1", matched_at=now)


def test_a_mapping_that_was_removed_is_matched_anew(nobody_mapped, jon, olga, integration, now):
    account(integration, "u-1", "jon@example.com")
    mapping = mappings.set_by_hand(user=jon, integration=integration, account_id="u-9", by=olga, now=now)
    mappings.unset(mapping=mapping, by=olga, now=now)
    assert mappings.match(user=jon, integration=integration, now=now).account_id == "u-1"


def test_everybody_without_an_account_is_matched(nobody_mapped, jon, adam, rita, integration, now):
    for name in ("jon", "adam", "rita"):
        account(integration, f"u-{name}", f"{name}@example.com")
    User.objects.filter(pk=rita.pk).update(is_active=False)

    mappings.match_everyone(integration=integration, now=now)

    assert set(UserMapping.objects.values_list("account_id", flat=True)) == {"u-jon", "u-adam"}
