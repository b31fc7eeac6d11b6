"""User mappings by a file: all of it or nothing, each change in the log, a second time nothing."""

import hashlib

import pytest
from django.db import IntegrityError

from access.audit import log
from access.core import slices
from access.core.errors import Conflict
from access.models import AuditEvent, DirectoryPerson, User, UserMapping
from access.people import mappings, mappings_csv
from tests import chain, factories
from tests.access.people.mapping_files import MAIN, SECOND, account, current, everything, file, second_integration

pytestmark = pytest.mark.django_db

BY = "olga@example.com"


@pytest.fixture
def apply(now):
    def apply(data: bytes, **more):
        return mappings_csv.apply(data, actor=BY, now=now, **more)

    return apply


def test_an_account_is_given_by_its_id_or_by_its_email(jon, adam, integration, apply):
    account("u-1", "jon@old.example.com")
    account("u-2", "adam@old.example.com")

    done = apply(file(f"{MAIN},jon@example.com,u-1,", f"{MAIN},ADAM@example.com,,Adam@Old.example.com"))

    assert current() == {(MAIN, jon.email): "u-1", (MAIN, adam.email): "u-2"}
    assert len(done.changes) == 2
    assert set(UserMapping.objects.values_list("method", "problem", "email_at_match")) == {
        ("imported", "", "jon@old.example.com"),
        ("imported", "", "adam@old.example.com"),
    }


def test_each_change_is_an_event_with_the_files_hash_and_who_did_it(jon, adam, integration, apply):
    before = factories.mapping(jon).account_id
    account("u-1", "other@example.com")
    data = file(f"{MAIN},jon@example.com,u-1,", f"{MAIN},adam@example.com,,adam@example.com")

    apply(data)

    first, second = AuditEvent.objects.filter(type="mapping.set").order_by("id")
    assert (first.actor, first.subject) == (BY, "person:jon@example.com")
    assert first.data == {
        "integration": MAIN,
        "account_id": "u-1",
        "before": before,
        "method": "imported",
        "file": hashlib.sha256(data).hexdigest(),
    }
    assert (second.subject, second.data["before"]) == ("person:adam@example.com", "")
    assert chain.first_bad() is None


def test_a_second_import_of_the_same_file_changes_nothing(jon, integration, apply):
    data = file(f"{MAIN},jon@example.com,,jon@example.com")
    apply(data)
    rows, events = everything(), AuditEvent.objects.count()

    again = apply(data)

    assert (again.changes, again.wrong, again.unchanged) == ((), (), 1)
    assert (everything(), AuditEvent.objects.count()) == (rows, events)


def test_a_row_that_is_missing_or_has_no_account_changes_nothing(jon, adam, integration, apply):
    kept = {
        (MAIN, jon.email): factories.mapping(jon).account_id,
        (MAIN, adam.email): factories.mapping(adam).account_id,
    }
    assert apply(file(f"{MAIN},jon@example.com,,")).changes == ()
    assert current() == kept


def test_one_file_serves_several_organizations(jon, integration, apply):
    second = second_integration()
    account("u-1", "jon@example.com", integration=second)
    account("u-2", "jon@home.example.com")

    apply(file(f"{SECOND},jon@example.com,u-1,", f"{MAIN},jon@example.com,,jon@home.example.com"))

    assert current() == {(SECOND, jon.email): "u-1", (MAIN, jon.email): "u-2"}


def test_people_may_change_places(jon, adam, rita, integration, apply):
    first, second, third = (factories.mapping(one).account_id for one in (jon, adam, rita))
    apply(
        file(
            f"{MAIN},jon@example.com,{second},",
            f"{MAIN},adam@example.com,{third},",
            f"{MAIN},rita@example.com,{first},",
        )
    )
    assert current() == {(MAIN, jon.email): second, (MAIN, adam.email): third, (MAIN, rita.email): first}
    assert chain.first_bad() is None


def test_a_dry_run_says_each_change_and_writes_nothing(jon, integration, django_assert_num_queries):
    factories.mapping(jon, account_id="u-old")
    account("u-old", "old@example.com")
    account("u-1", "new@example.com")
    rows, events = everything(), AuditEvent.objects.count()

    with django_assert_num_queries(4):
        [change] = mappings_csv.plan(file(f"{MAIN},jon@example.com,u-1,")).changes

    assert (change.line, change.user, change.integration) == (2, jon, integration)
    assert (change.before, change.before_email) == ("u-old", "old@example.com")
    assert (change.after, change.after_email) == ("u-1", "new@example.com")
    assert (everything(), AuditEvent.objects.count()) == (rows, events)


def test_what_was_seen_is_done_and_nothing_else(jon, adam, integration, apply):
    account("u-1", "shared@example.com")
    data = file(f"{MAIN},jon@example.com,u-1,")
    seen = mappings_csv.plan(data).seen
    factories.mapping(jon)

    with pytest.raises(Conflict, match="have changed since you looked"):
        apply(data, seen=seen)
    assert len(apply(data, seen=mappings_csv.plan(data).seen).changes) == 1


def test_nothing_is_changed_when_the_last_step_breaks(jon, adam, integration, apply, monkeypatch):
    rows = everything()
    monkeypatch.setattr(log, "append_each", factories.breaks)
    with pytest.raises(RuntimeError):
        apply(file(f"{MAIN},jon@example.com,,jon@example.com", f"{MAIN},adam@example.com,,adam@example.com"))
    assert everything() == rows


def test_an_account_that_somebody_else_took_meanwhile_is_a_conflict(jon, adam, integration, apply, monkeypatch):
    def taken(*_args, **_kwargs):
        raise IntegrityError

    monkeypatch.setattr(mappings, "_put", taken)
    with pytest.raises(Conflict, match="Someone else"):
        apply(file(f"{MAIN},jon@example.com,,jon@example.com"))


def test_a_grant_keeps_the_account_that_it_was_made_with(jon, flow, apply, now):
    grant = factories.grant(now=now)
    account("u-1", "other@example.com")
    apply(file(f"{MAIN},jon@example.com,u-1,"))
    assert grant.refreshed().account_id == factories.account_id(jon)


def test_an_account_that_left_stays_where_it_is_but_is_given_to_nobody(jon, adam, integration, apply, now):
    mapping = factories.mapping(jon)
    DirectoryPerson.objects.filter(external_id=mapping.account_id).update(gone_at=now)
    told = apply(file(f"{MAIN},jon@example.com,{mapping.account_id},jon@example.com"))
    assert (told.wrong, told.changes) == ((), ())
    assert apply(file(f"{MAIN},jon@example.com,,jon@example.com")).wrong == ()
    assert apply(file(f"{MAIN},adam@example.com,{mapping.account_id},")).wrong


def test_thousands_of_rows_need_few_queries(integration, apply, django_assert_max_num_queries):
    count = 3000
    User.objects.bulk_create(User(email=f"person{at}@example.com") for at in range(count))
    DirectoryPerson.objects.bulk_create(
        DirectoryPerson(integration=integration, external_id=f"u-{at}", email=f"account{at}@example.com")
        for at in range(count)
    )
    data = file(*(f"{MAIN},person{at}@example.com,,account{at}@example.com" for at in range(count)))

    with django_assert_max_num_queries(120):
        assert len(apply(data).changes) == count
    with django_assert_max_num_queries(10):
        assert len(apply(data).changes) == 0
    with django_assert_max_num_queries(1 + count // slices.SIZE):
        assert len(list(mappings_csv.lines())) == count + 1
    assert AuditEvent.objects.filter(type="mapping.set").count() == count
    assert chain.first_bad() is None
