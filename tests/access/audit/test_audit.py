"""The log is appended to, sealed, and never changed."""

import pytest
from django.db import DatabaseError, connection, transaction

from access.audit import append_only, log, sentences
from access.models import AuditEvent, AuditHead
from access.models.audit import AppendOnly
from tests import chain
from tests.access.audit.tamper import bend, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(now):
    for name in ("a", "b", "c"):
        log.append(f"test.{name}", actor="x", now=now, data={"n": name})
    return chain.sealed()


def test_events_are_numbered_and_chained(three):
    assert [one.seq for one in three] == [1, 2, 3]
    assert (three[0].previous, three[1].previous) == ("", three[0].hash)
    assert chain.first_bad() is None


def test_a_bent_fact_is_found(three):
    bend(2, actor="mallory")
    assert chain.first_bad() == 2


def test_a_missing_event_is_found(three):
    sql("DELETE FROM access_auditevent WHERE seq = 2")
    assert chain.first_bad() == 2


def test_a_tail_that_was_cut_off_is_found(three):
    sql("DELETE FROM access_auditevent WHERE seq = 3")
    assert chain.first_bad() == 3


def test_the_models_refuse_to_change_or_delete(three):
    event = three[0]
    event.actor = "mallory"
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(AppendOnly):
        AuditEvent.objects.update(actor="mallory")
    with pytest.raises(AppendOnly):
        AuditEvent.objects.all().delete()


@pytest.mark.parametrize("statement", ["UPDATE access_auditevent SET actor = 'm'", "DELETE FROM access_auditevent"])
def test_the_database_refuses_too(three, statement):
    append_only.install(connection)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(actor="x").count() == 3


def test_an_event_disappears_with_the_transaction_it_was_written_in(now):
    with transaction.atomic():
        log.append("test.a", actor="x", now=now)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()
    log.append("test.b", actor="x", now=now)
    assert [one.seq for one in chain.sealed()] == [1]
    assert AuditHead.objects.get().seq == 1


def test_appending_is_one_insert(now, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        log.append("test.a", actor="x", now=now)


def test_every_event_type_in_the_code_has_a_sentence(now):
    for type_ in sentences.SENTENCES:
        kind = type_.removesuffix(".standing").removesuffix(".not_verified")
        event = AuditEvent(type=kind, actor="Adam", subject="target:prod", data={"reason": "expired"}, at=now)
        assert sentences.sentence(event).endswith((".", ":"))


def test_a_type_without_a_sentence_is_named_as_it_is(now):
    event = AuditEvent(type="flow.painted", actor="olga@example.com", subject="flow:production")
    assert sentences.sentence(event) == "olga@example.com: flow.painted, production."


def test_a_change_of_the_set_up_names_the_fields_and_no_values(now):
    changes = {"approvals_needed": {"from": 1, "to": 2}, "approvers": {"from": [], "to": ["adam@example.com"]}}
    event = AuditEvent(
        type="flow.changed", actor="olga@example.com", subject="flow:production", data={"changes": changes}
    )
    assert sentences.sentence(event) == "olga@example.com changed the flow production: approvals needed, approvers."


def test_a_person_who_is_added_is_named_by_the_email():
    event = AuditEvent(type="person.added", actor="olga@example.com", subject="person:jon@example.com")
    assert sentences.sentence(event) == "olga@example.com added the account of jon@example.com."
