"""Who may set and end a delegation, what is refused with which sentence, and what the log tells of it."""

from datetime import timedelta

import pytest

from access.audit import log, sentences
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import AuditEvent, Delegation, User
from access.people import delegations
from access.requests import approval_queue, decide
from tests import chain, factories

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sami(db):
    return factories.person("sami")


def set_(away, to, now, **fields):
    return factories.delegation(away, to, now=now, **fields)


WRONG = [
    ({"ends_at": timedelta()}, "ends_at", "over already"),
    ({"starts_at": 2 * DAY, "ends_at": DAY}, "ends_at", "before the start"),
    ({"ends_at": 90 * DAY + MINUTE}, "ends_at", "At most 90 days"),
    ({"reason": "  "}, "reason", "Say why"),
    ({"reason": "x" * 201}, "reason", "At most 200"),
]


@pytest.mark.parametrize(("fields", "field", "text"), WRONG)
def test_what_is_wrong_is_said_next_to_its_field(adam, rita, now, fields, field, text):
    moved = {name: now + value if isinstance(value, timedelta) else value for name, value in fields.items()}
    with pytest.raises(Invalid) as refused:
        set_(adam, rita, now, **moved)
    assert text in refused.value.errors[field]
    assert not Delegation.objects.exists()


def test_nobody_delegates_to_themselves_or_to_somebody_who_left(adam, rita, now):
    with pytest.raises(Invalid, match="Name somebody else"):
        set_(adam, adam, now)
    User.objects.filter(pk=rita.pk).update(is_active=False)
    with pytest.raises(Invalid, match="Rita Moss decides nothing"):
        set_(adam, rita, now)


def test_loops_chains_and_a_second_one_are_refused_with_the_names(adam, rita, sami, now):
    set_(adam, rita, now)
    with pytest.raises(Invalid, match="That would be a loop: Rita Moss decides for Adam Novak"):
        set_(rita, adam, now)
    with pytest.raises(Invalid, match=r"Rita Moss decides for Adam Novak until .* nobody passes that on"):
        set_(rita, sami, now)
    with pytest.raises(Invalid, match="Adam Novak is away, too: Rita Moss decides for them"):
        set_(sami, adam, now)
    with pytest.raises(Invalid, match=r"Rita Moss decides for Adam Novak until .* already"):
        set_(adam, sami, now)
    assert set_(adam, sami, now, starts_at=now + DAY, ends_at=now + 2 * DAY)
    assert set_(sami, rita, now)


def test_a_start_that_is_over_means_now_and_is_written_so(adam, rita, now):
    assert set_(adam, rita, now, starts_at=now - DAY).starts_at == now


def test_only_who_is_away_and_admins_set_it_and_the_two_and_admins_end_it(adam, rita, sami, olga, now):
    with pytest.raises(NotAllowed):
        set_(adam, rita, now, by=rita)
    made = set_(adam, rita, now, by=olga)
    with pytest.raises(NotAllowed):
        delegations.end(delegation=made, by=sami, now=now)
    delegations.end(delegation=made, by=rita, now=now)
    with pytest.raises(Conflict, match="ended already"):
        delegations.end(delegation=made, by=adam, now=now)


def test_the_log_tells_of_set_begun_and_ended_each_once(adam, rita, now):
    made = set_(adam, rita, now, starts_at=now + DAY, ends_at=now + 2 * DAY)
    for moment in (now, now + DAY, now + DAY, now + 2 * DAY, now + 2 * DAY):
        delegations.look(made, now=moment)
    events = AuditEvent.objects.filter(type__startswith="delegation.").order_by("id")
    assert [(one.type, one.actor) for one in events] == [
        ("delegation.set", "adam@example.com"), ("delegation.accepted", "rita@example.com"),
        ("delegation.begun", log.SYSTEM), ("delegation.ended", log.SYSTEM),
    ]  # fmt: skip
    assert sentences.sentence(events[0]).startswith("adam@example.com set that rita@example.com decides for adam@")
    assert chain.first_bad() is None


# The delegate's own word


def asked_to(rita, adam, now):
    factories.stands_in(rita)
    return delegations.delegate(
        from_person=adam, to_person=rita, starts_at=None, ends_at=now + timedelta(days=1), reason="On holiday.",
        by=adam, now=now,
    )  # fmt: skip


def test_a_delegation_counts_once_the_delegate_accepts(flow, adam, rita, now):
    row, request = asked_to(rita, adam, now), factories.request_at(now=now)
    delegations.look(row, now=now)
    assert not AuditEvent.objects.filter(type="delegation.begun").exists()
    with pytest.raises(NotAllowed):
        decide.approve(request=request, by=rita, comment="", now=now)
    delegations.accept(delegation=row, by=rita, now=now)
    delegations.look(Delegation.objects.get(), now=now)
    assert AuditEvent.objects.filter(type="delegation.begun").count() == 1
    assert decide.approve(request=request, by=rita, comment="", now=now).on_behalf_of == adam


def test_one_that_is_accepted_opens_none_that_is_not(flow, adam, rita, olga, now):
    factories.delegation(olga, rita, now=now)
    row, request = asked_to(rita, adam, now), factories.request_at(now=now)
    assert not approval_queue.waiting_for(rita, now=now).filter(pk=request.pk).exists()
    delegations.accept(delegation=row, by=rita, now=now)
    assert approval_queue.waiting_for(rita, now=now).filter(pk=request.pk).exists()


@pytest.mark.parametrize("who", ["adam", "olga", "jon"])
def test_nobody_accepts_for_the_delegate(adam, rita, olga, jon, now, who):
    row = asked_to(rita, adam, now)
    with pytest.raises(NotAllowed):
        delegations.accept(delegation=row, by=User.objects.get(email=f"{who}@example.com"), now=now)


def test_what_is_declined_or_accepted_already_is_not_accepted(adam, rita, now):
    row = asked_to(rita, adam, now)
    delegations.accept(delegation=row, by=rita, now=now)
    with pytest.raises(Conflict):
        delegations.accept(delegation=row, by=rita, now=now)
    delegations.end(delegation=row, by=rita, now=now)
    again = asked_to(rita, adam, now)
    delegations.end(delegation=again, by=rita, now=now)
    with pytest.raises(Conflict):
        delegations.accept(delegation=again, by=rita, now=now)
