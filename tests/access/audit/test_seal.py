"""Events are numbered and chained when they are sealed, and nothing comes in between."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from access.audit import append_only, digest, head, keys, log, seal, verify
from access.models import AuditEvent, AuditHead, AuditSeal
from tests import chain, factories
from tests.access.audit.tamper import bend, compute_anew, sql

pytestmark = pytest.mark.django_db


def append(now, *names: str) -> list[AuditEvent]:
    return [log.append(f"test.{one}", actor="x", now=now, data={"n": one}) for one in names]


@pytest.fixture
def three(now):
    append(now, "a", "b", "c")
    return chain.sealed()


@pytest.fixture
def guarded(db):
    append_only.install(connection)


def refused(statement: str, *values) -> None:
    before = list(AuditEvent.objects.order_by("id").values())
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(statement, *values)
    assert list(AuditEvent.objects.order_by("id").values()) == before


def test_the_end_is_signed_with_the_newest_key(three):
    end = AuditHead.objects.get()
    assert (end.seq, end.hash, end.key) == (3, three[-1].hash, keys.ring().newest.public)
    assert head.is_signed(end)


def test_a_written_event_is_whole_before_it_is_sealed(now):
    [event] = append(now, "a")
    assert (event.seq, event.hash, event.previous) == (None, None, "")
    assert seal.seal(now=now) == 1
    assert seal.seal(now=now) == 0


def test_an_event_that_was_slipped_in_is_left_out_and_told(three, now):
    copied = "at, actor, type, request_ref, grant_ref, subject, data, previous, format, mark"
    forged = copied.replace("actor", "'eve'")
    sql(f"INSERT INTO access_auditevent ({copied}) SELECT {forged} FROM access_auditevent WHERE seq = 2")  # noqa: S608
    sql("UPDATE access_auditevent SET previous = '' WHERE seq IS NULL")
    append(now, "d")
    chain.sealed()
    assert list(AuditEvent.objects.filter(seq=None).values_list("actor", flat=True)) == ["eve"]
    assert AuditHead.objects.get().seq == 4
    bad = verify.first_bad()
    assert (bad.seq, "was not written by the portal" in bad.why) == (5, True)


def test_an_event_that_was_changed_before_it_was_sealed_is_left_out(now):
    append(now, "a", "b")
    sql("UPDATE access_auditevent SET actor = 'eve' WHERE type = 'test.a'")
    assert [one.type for one in chain.sealed() if one.seq] == ["test.b"]
    assert "not written by the portal" in AuditHead.objects.get().trouble


def test_a_key_that_is_gone_is_told_in_the_log_of_the_process_once_and_when_it_is_back(settings, now, caplog):
    append(now, "a")
    assert seal.seal(now=now)
    settings.AUDIT_KEYS = [keys.new()]
    append(now, "b")
    seal.seal(now=now)
    seal.seal(now=now)
    told = [one.getMessage() for one in caplog.records if one.name == "access.audit.seal"]
    assert len(told) == 1
    assert told[0].endswith("The end of the log is sealed with a key that AUDIT_KEYS does not have.")
    settings.AUDIT_KEYS = [*settings.AUDIT_KEYS, factories.AUDIT_KEY]
    assert seal.seal(now=now) == 1
    assert "The audit log is sealed again." in caplog.text


def test_left_out_events_are_taken_in_once_their_key_is_known(settings, now):
    settings.AUDIT_KEYS = [keys.new()]
    append(now, "a")
    settings.AUDIT_KEYS = [factories.AUDIT_KEY]
    assert seal.seal(now=now) == 0
    settings.AUDIT_KEYS = [factories.AUDIT_KEY, *settings.AUDIT_KEYS]
    other = keys.new()
    settings.AUDIT_KEYS = [factories.AUDIT_KEY, other]
    append(now, "b")
    assert [one.type for one in chain.sealed() if one.seq] == ["test.b"]


def test_a_chain_that_was_computed_anew_is_not_signed(three, now):
    bend(2, actor="eve")
    compute_anew()
    append(now, "d")
    assert seal.seal(now=now) == 0
    assert AuditHead.objects.get().trouble == "The log does not end with what was sealed last."
    assert chain.first_bad() is not None


def test_nor_after_every_seal_was_taken_away(three, now):
    bend(2, actor="eve")
    compute_anew()
    AuditSeal.objects.all().delete()
    AuditHead.objects.update(sealed_at=None, sealed_seq=0, sealed_hash="", key="", signature="")
    append(now, "d")
    assert seal.seal(now=now) == 0
    assert chain.first_bad() == 3


def test_nor_with_a_key_of_somebody_else(three, settings, now):
    bend(2, actor="eve")
    compute_anew()
    AuditSeal.objects.all().delete()
    end, theirs = AuditHead.objects.get(), keys.read(keys.new())
    head.sign(end, theirs, now=now)
    end.save()
    append(now, "d")
    assert seal.seal(now=now) == 0
    assert chain.first_bad() == 3


def test_another_key_is_told_in_the_log_and_the_one_before_is_still_trusted(three, settings, now):
    before = keys.ring().newest.public
    settings.AUDIT_KEYS = [keys.new(), factories.AUDIT_KEY]
    append(now, "d")
    told = chain.sealed()[-2]
    assert (told.type, told.data) == ("audit.key_changed", {"from": before, "to": keys.ring().newest.public})
    settings.AUDIT_KEYS = settings.AUDIT_KEYS[:1]
    assert chain.first_bad() is None


def test_without_the_key_of_the_last_seal_an_admin_can_go_on_with_a_reason(three, settings, now):
    settings.AUDIT_KEYS = [keys.new()]
    append(now, "d")
    assert seal.seal(now=now) == 0
    assert "sealed with a key that AUDIT_KEYS does not have" in AuditHead.objects.get().trouble
    assert seal.adopt(actor="cli:olga", reason="the key was lost", now=now) == 3
    assert [one.type for one in chain.sealed()[-2:]] == ["test.d", "audit.adopted"]
    assert chain.first_bad() is None


def test_the_database_lets_through_nothing_but_the_seal(guarded, now):
    append(now, "a", "b")
    refused("UPDATE access_auditevent SET actor = 'eve'")
    refused("UPDATE access_auditevent SET seq = 1, hash = 'h', actor = 'eve' WHERE type = 'test.a'")
    assert len(chain.sealed()) == 2
    refused("UPDATE access_auditevent SET seq = 7, hash = 'h' WHERE seq = 1")
    refused("UPDATE access_auditevent SET seq = NULL WHERE seq = 1")
    refused("DELETE FROM access_auditevent WHERE seq = 2")
    refused("DELETE FROM access_auditseal")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's.")
def test_sqlite_does_not_replace_either(guarded, three, now):
    columns = "id, seq, at, actor, type, request_ref, grant_ref, subject, data, previous, hash"
    forged = columns.replace("actor", "'eve'")
    taken = [f"SELECT {forged} FROM access_auditevent WHERE seq = 2"]  # noqa: S608
    taken.append(taken[0].replace("SELECT id", "SELECT 99"))
    taken.append(taken[1].replace("99, seq", "99, 99"))
    for select in taken:
        refused(f"INSERT OR REPLACE INTO access_auditevent ({columns}) {select}")
    append(now, "d")
    refused("UPDATE OR REPLACE access_auditevent SET seq = 2, hash = 'h' WHERE seq IS NULL")
    refused("REPLACE INTO access_auditseal SELECT * FROM access_auditseal")


def test_a_clock_that_jumps_back_bends_nothing(three, now):
    before = now.replace(year=2020)
    append(before, "d")
    seal.seal(now=before)
    assert [one.seq for one in AuditEvent.objects.order_by("id")] == [1, 2, 3, 4]
    assert verify.first_bad() is None


@pytest.mark.parametrize(
    "value", [1e16, 0.1, -0.0, 1e-7, "\u2028 ü 😀", {"2": 1, "10": [None, True]}, 2**60, (1, 2), {7: 1}]
)
def test_what_a_database_may_give_back_in_another_form_has_the_same_digest(now, value):
    log.append("test.a", actor="x", now=now, data={"value": value})
    assert chain.sealed()[0].seq == 1, json.dumps(value)


def test_events_of_the_release_before_are_taken_up_for_a_day_after_the_upgrade(now):
    """They are chained by whoever wrote them, and move the head themselves."""
    log.append(head.BEGAN, actor="usher", now=now)
    seal.seal(now=now)
    old_way(now)
    append(now, "d")
    assert (seal.seal(now=now), verify.first_bad()) == (1, None)
    end = AuditHead.objects.get()
    head.sign(end, keys.ring().newest, now=now + head.OLD_WAY_FOR)
    end.save()
    old_way(now)
    assert chain.first_bad() == 4
    append(now, "e")
    assert seal.seal(now=now) == 0


def old_way(now) -> None:
    end = AuditHead.objects.get()
    event = AuditEvent(seq=end.seq + 1, at=now, actor="eve", type="test.old", previous=end.hash, format=1, mark="")
    event.hash = digest.hash_of(1, end.seq + 1, end.hash, digest.facts_of(event))
    event.save()
    AuditHead.objects.update(seq=event.seq, hash=event.hash)


def test_what_committed_earlier_is_numbered_earlier_though_its_id_was_passed(monkeypatch, now):
    def written(type_, id_):
        log.append(type_, actor=log.SYSTEM, now=now)
        sql("UPDATE access_auditevent SET id = %s WHERE type = %s", id_, type_)

    batches, seal_batch = [], seal._seal_batch

    def seal_a_batch(after, *, now):
        batches.append(seal_batch(after, now=now))
        if len(batches) == 1:
            # Both committed while the first batch was sealed, the one with the lower id first.
            written("test.earlier", 50)
            written("test.later", 101)
        return batches[-1]

    written("test.first", 100)
    monkeypatch.setattr(seal, "_seal_batch", seal_a_batch)
    seal.seal(now=now)
    in_turn = AuditEvent.objects.filter(type__startswith="test.").order_by("seq").values_list("type", flat=True)
    assert list(in_turn) == ["test.first", "test.earlier", "test.later"]
