"""A list after the changes that hides somebody ends nobody whose removal went wrong, nor whom there was no time for."""

import pytest

from access.core.states import OPEN, GrantState
from access.models import Grant
from tests import factories
from tests.access.grants.test_one_list_alone import empty, lists  # noqa: F401  a fixture
from tests.access.grants.test_removing import slow  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db

JON = "jon@example.com"
REMOVAL = {"method": "DELETE", "path": "*/memberships/*"}
OWN_ROLES = {"method": "GET", "path": "*/users/*/roles"}
NAMES = ("rita", "ben", "eva", "tom", "kim")
WRONG = {
    "trouble of its own": lambda aptible: aptible.fail(503, times=1, **REMOVAL),
    "not found": lambda aptible: aptible.fail(404, times=1, **REMOVAL, body="json", error="not_found"),
    "refused": lambda aptible: aptible.fail(422, times=1, **REMOVAL, body="json", error="unprocessable_entity"),
    "denied": lambda aptible: aptible.fail(403, times=1, **REMOVAL, body="json", error="forbidden"),
    "lost": lambda aptible: aptible.drop_calls(1, **REMOVAL),
}


@pytest.fixture
def hide(lists):  # noqa: F811
    """Let each list but the first hide everybody."""

    def hide():
        shown: list[object] = []

        def second(page, _query):
            if shown:
                empty(page, _query)
            shown.append(page)

        lists(second)

    return hide


@pytest.mark.parametrize("wrong", WRONG)
def test_a_removal_that_goes_wrong_and_a_list_that_hides_them_end_nothing(active, run, aptible, hide, wrong):
    hide()
    WRONG[wrong](aptible)
    seen = run(active, active.ends_at)
    assert JON in aptible.members("Prod")
    assert seen.state == GrantState.REVOKING
    assert seen.is_overdue(seen.due_at)

    assert run(seen, seen.due_at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_nor_where_nobody_says_which_roles_are_theirs(active, run, aptible, hide):
    hide()
    WRONG["trouble of its own"](aptible)
    aptible.fail(503, **OWN_ROLES)
    seen = run(active, active.ends_at)
    assert seen.state == GrantState.REVOKING
    assert "trouble of its own" in seen.last_error


def test_a_removal_whose_answer_is_lost_ends_at_once_where_their_own_roles_agree(active, run, aptible):
    aptible.drop_answers(1, **REMOVAL)
    assert run(active, active.ends_at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_who_can_not_be_asked_about_in_time_is_told_to_go(grant, run, aptible, now, lists, slow):  # noqa: F811
    people = [factories.person(name) for name in NAMES]
    for person in people:
        aptible.add_person(person.email, person.name, ["Everyone"])
        factories.grant(state=GrantState.SCHEDULED, now=now, seconds=3600, person=person)
    run(grant, now)
    lists(empty)
    slow(13, only="/users/")
    run(grant, grant.refreshed().ends_at)
    ended = Grant.objects.filter(state=GrantState.ENDED).values_list("person__email", flat=True)
    assert aptible.members("Prod").isdisjoint(ended)
    assert aptible.members("Prod").isdisjoint(person.email for person in people)


def test_where_the_role_seems_gone_who_can_not_be_asked_about_stays_in_doubt(
    active,
    run,
    aptible,
    provider,
    monkeypatch,
    slow,  # noqa: F811
):
    shown = tuple(one for one in provider.roles() if one.id != active.role_id)
    monkeypatch.setattr(provider, "roles", lambda: shown)
    aptible.fail(404, method="GET", path=f"*/roles/{active.role_id}/memberships", body="json", error="not_found")
    slow(40, only=f"/roles/{active.role_id}/")
    assert run(active, active.ends_at).state in OPEN
    assert JON in aptible.members("Prod")
