"""What an event looks like to the outside: stable, whole, and nothing secret in it."""

import hashlib
import json

import pytest

from access.audit import event_schema, log
from access.config import record_changes
from access.models import AuditEvent, Secret
from tests import chain, factories

pytestmark = pytest.mark.django_db


def test_an_event_is_told_in_full(now):
    factories.request_at(now=now, state="approved")
    chain.sealed()
    event = AuditEvent.objects.filter(type="request.approved").get()
    told = event_schema.of(event)
    assert list(told) == [
        "schema", "id", "seq", "at", "type", "actor", "actor_id", "actor_name", "person_id", "subject",
        "request", "grant", "text", "data", "hash", "previous", "format",
    ]  # fmt: skip
    assert (told["schema"], told["at"], told["request"]) == (1, "2026-01-05T12:00:00.000000Z", event.request_ref)
    assert (told["id"], told["hash"]) == (f"evt_{event.hash[:32]}", event.hash)
    assert told["text"] == "adam@example.com approved."


def test_it_is_one_line_whatever_people_typed(now):
    event = log.append("request.asked", actor="jon@example.com", now=now, data={"reason": "a\nb\u2028c\x1b[31m"})
    line = event_schema.body(event_schema.of(event))
    assert b"\n" not in line
    assert json.loads(line)["data"] == {"reason": "a\nb\u2028c\x1b[31m"}


def test_a_sealed_value_is_never_told(now, olga):
    row = Secret.objects.create(name="bot", source="stored", sealed="gAAAA-sealed")
    before = record_changes.facts(row)
    row.sealed = "gAAAA-another"
    record_changes.record_added(row, by=olga, now=now)
    record_changes.record_changed(row, before=before, by=olga, now=now)
    record_changes.record_removed(row, by=olga, now=now)
    told = b"".join(event_schema.body(event_schema.of(one)) for one in AuditEvent.objects.all())
    assert b"gAAAA" not in told


def test_the_chain_can_be_verified_by_whoever_has_the_events(now):
    factories.grant(now=now)
    told = [json.loads(event_schema.body(event_schema.of(one))) for one in chain.sealed()]
    previous = ""
    for one in told:
        assert one["previous"] == previous
        names = "at actor actor_id actor_name person_id type request grant subject data"
        facts = [one[name] for name in names.split()]
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert hashlib.sha256(f"{one['seq']}:{previous}:{digest}".encode()).hexdigest() == one["hash"]
        previous = one["hash"]
