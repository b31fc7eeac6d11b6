"""All access that a person may see, in parts: what the plain rule says, and as little read where there is more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.states import EndReason, GrantState, RequestState
from access.grants import active, whole_list
from access.grants.active import Narrowing
from access.models import AccessRequest, Asked, Grant, User
from bench import looks, touched
from tests import factories
from tests.access.requests.test_pagination import History
from tests.portal.test_flat import DEEPER, MORE, grow, people  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
SIZE = 4
LITTLE = (0, 3, whole_list.LITTLE)
NARROWINGS = (
    Narrowing(), Narrowing(state="ended"), Narrowing(state="scheduled"), Narrowing(person="p1@example.com"),
    Narrowing(target="staging"), Narrowing(person="nobody@example.com"),
)  # fmt: skip


def give(history, now):
    """Make access of much that was asked for, some of it of two requests at once."""
    pick = history.chance.choice
    settled = AccessRequest.objects.exclude(state=RequestState.PENDING).exclude(target=None).select_related("target")
    for number, one in enumerate(settled.order_by("?")):
        assert one.target is not None
        same = Grant.objects.filter(person=one.requester_id, target=one.target).first()
        state = pick([GrantState.ENDED, GrantState.ENDED, GrantState.SCHEDULED])
        ended = state == GrantState.ENDED
        grant = same if same and pick([True, False]) else Grant.objects.create(
            ref=f"G-{number:05}", person_id=one.requester_id, target=one.target, role_id="r", account_id="a",
            seconds=60, created_at=now, starts_at=now, state=state, due_at=None if ended else now,
            ended_at=now if ended else None, end_reason=EndReason.EXPIRED if ended else "",
        )  # fmt: skip
        AccessRequest.objects.filter(pk=one.pk).update(grant=grant, state=RequestState.APPROVED)


def turned(person, by, now):
    """Turn all parts of the list."""
    found, older_than = [], ""
    while part := whole_list.newest(person, by, older_than=older_than, most=SIZE, now=now):
        found += [one.ref for one in part]
        older_than = found[-1]
    return found


def turned_each_way(person, by, now, monkeypatch):
    """By how much is little: found by what leads to the grants, or by a look at all of them, or at most of them."""
    for little in LITTLE:
        monkeypatch.setattr(whole_list, "LITTLE", little)
        yield little, turned(person, by, now)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_a_person_finds_what_the_rule_says(seed, db, now, monkeypatch):
    history = History(seed, now)
    give(history, now)
    for _turn in range(2):
        history.change()
        for person in [*history.people, factories.admin()]:
            for by in NARROWINGS:
                rule = active.narrowed(active.ever_visible_to(person, now=now), by, now=now).order_by("-pk")
                refs = [one.ref for one in rule]
                for little, found in turned_each_way(person, by, now, monkeypatch):
                    assert found == refs, (person, by, little)


def test_what_is_behind_them_is_read_at_once(db, now, django_assert_num_queries):
    history = History(5, now)
    give(history, now)
    grants = list(Grant.objects.all())
    with django_assert_num_queries(1):
        behind = whole_list.references(grants)
    for one in grants:
        assert sorted(behind[one.pk]) == sorted(one.requests.values_list("ref", flat=True))


def read(person, now):
    """Statements, and how much they touch."""
    with CaptureQueriesContext(connection) as seen:
        found = []
        steps = touched.instructions(
            lambda: found.extend(whole_list.newest(person, Narrowing(), older_than="", most=51, now=now))
        )
    assert found
    asked = [one["sql"] for one in seen.captured_queries]
    return len(asked), steps if connection.vendor == "sqlite" else touched.buffers(asked)


def test_a_hundred_times_the_past_costs_no_more_whether_one_sees_much_of_it_or_little(people, now):  # noqa: F811
    much, little = people[looks.APPROVER], User.objects.create(email="little@example.com", name="Asked Little")
    newest = AccessRequest.objects.exclude(grant=None).order_by("-pk")[:20]
    Asked.objects.bulk_create(Asked(request=one, stage=0, person=little) for one in newest)
    short = [read(one, now) for one in (much, little)]
    grow()
    Asked.objects.filter(person=little, request__lt=0).delete()
    assert active.ever_visible_to(much, now=now).count() > 50 * active.ever_visible_to(little, now=now).count()
    for before, after in zip(short, (read(one, now) for one in (much, little)), strict=True):
        assert after[0] <= before[0]
        # So many entries are counted to know whether it is much, and no more. PostgreSQL looks up each that is new.
        assert after[1] <= before[1] * MORE + DEEPER[connection.vendor] + whole_list.LITTLE
