"""Who did it is a person for ever, and not whoever has their address later."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from access.audit import actors, digest, log
from access.config import record_changes
from access.models import AuditEvent, User
from access.people import people
from access.requests import decide, timeline
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_an_event_keeps_who_acted_by_id_and_what_they_were_called():
    adam = factories.person("adam")
    event = log.append("integration.synced", actor=adam, now=NOW, subject="integration:aptible")
    User.objects.filter(pk=adam.pk).update(name="Adam Other", email="other@example.com")
    kept = AuditEvent.objects.get(pk=event.pk)
    assert (kept.actor_id, kept.actor, kept.actor_name) == (adam.pk, "adam@example.com", "Adam Novak")


def test_an_event_is_told_with_what_they_were_called_then():
    adam = factories.person("adam")
    event = log.append("integration.synced", actor=adam, now=NOW, subject="integration:aptible")
    User.objects.filter(pk=adam.pk).update(name="Adam Other")
    assert actors.names([event]) == {event.pk: "Adam Novak"}


def test_an_approval_names_its_giver_and_the_one_who_asked():
    request, adam = factories.request_at(now=NOW), factories.person("adam")
    decide.approve(request=request, by=adam, comment="", now=NOW)
    event = AuditEvent.objects.get(type="request.approved")
    assert (event.actor_id, event.person_id) == (adam.pk, request.requester_id)


def test_what_is_told_of_a_person_names_them_by_id():
    mia = people.join(email="mia@example.com", name="Mia", now=NOW)
    mapping = factories.mapping(mia)
    record_changes.record_changed(mapping, before={**record_changes.facts(mapping), "account_id": ""}, by=mia, now=NOW)
    assert set(AuditEvent.objects.values_list("person_id", flat=True)) == {mia.pk}


def test_a_command_is_no_person():
    event = log.append("integration.synced", actor="cli:root", now=NOW, subject="integration:aptible")
    assert (event.actor, event.actor_id, event.actor_name) == ("cli:root", None, None)


def test_events_of_before_hash_as_they_did():
    """The digest is that of the code before people had ids."""
    event = AuditEvent(seq=1, at=NOW, actor="adam@example.com", type="request.denied", request_ref="R-AAAAA", data={})
    assert (
        digest.hash_of(1, 1, "", digest.facts_of(event))
        == "5ac90953fa64f2cbc14964a82be637ab5128116fcdbaa6afe2d9e738d086eafe"
    )


@pytest.mark.parametrize(("field", "value"), [("actor_id", 7), ("actor_name", "Eve"), ("person_id", 7)])
def test_who_it_was_is_part_of_the_hash(field, value):
    event = log.append("integration.synced", actor=factories.person("adam"), now=NOW, subject=factories.person("jon"))
    before = digest.of_facts(digest.facts_of(event))
    setattr(event, field, value)
    assert digest.of_facts(digest.facts_of(event)) != before
    setattr(event, field, None)
    assert digest.of_facts(digest.facts_of(event)) != before


def test_no_code_names_an_actor_by_address():
    rooms = [*Path("access").rglob("*.py"), *Path("portal").rglob("*.py")]
    assert not [path for path in rooms if re.search(r"actor=[\w.()]+\.email", path.read_text())]


# Events of before people had ids


def old(actor: str) -> AuditEvent:
    return log.append("request.denied", actor=actor, now=NOW)


def test_an_old_event_names_whoever_has_its_address_while_that_never_moved():
    adam = factories.person("adam")
    event = old("adam@example.com")
    assert actors.persons([event]) == {event.pk: adam}
    assert actors.names([event])[event.pk] == "Adam Novak"


def test_an_address_that_moved_names_nobody():
    adam, eve = factories.person("adam"), factories.person("eve")
    event, new = old("adam@example.com"), log.append("request.denied", actor=adam, now=NOW)
    for user, email in ((adam, "gone@example.com"), (eve, "adam@example.com")):
        before = record_changes.facts(user)
        User.objects.filter(pk=user.pk).update(email=email)
        record_changes.record_changed(User.objects.get(pk=user.pk), before=before, by=factories.admin(), now=NOW)
    assert actors.persons([event, new]) == {new.pk: User.objects.get(pk=adam.pk)}
    assert actors.names([event, new]) == {
        event.pk: "by the address adam@example.com at the time", new.pk: "Adam Novak",
    }  # fmt: skip


def test_commands_and_usher_itself_are_named_as_they_are():
    events = [old("cli:root"), old("usher")]
    assert list(actors.names(events).values()) == ["cli:root", ""]


def test_who_has_an_approvers_address_later_did_not_approve(now):
    request = factories.request_at(now=now, state="approved")
    adam, eve = factories.person("adam"), factories.person("eve")
    User.objects.filter(pk=adam.pk).update(email="gone@example.com")
    User.objects.filter(pk=eve.pk).update(email="adam@example.com")
    assert "Adam Novak" in [one.who for one in timeline.steps(request)]
    assert request.decisions.get().called == "Adam Novak <adam@example.com>"
