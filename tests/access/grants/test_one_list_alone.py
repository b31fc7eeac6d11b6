"""One list that does not show somebody, for whatever reason, ends nothing that was not taken out."""

from urllib.parse import urlsplit

import pytest

from access.core.states import GrantState
from access.grants import end
from integrations.aptible.simulator import seed

pytestmark = pytest.mark.django_db

JON = "jon@example.com"
MEMBERS = f"/roles/{seed.PROD_ROLE_ID}/memberships"


@pytest.fixture
def lists(provider, monkeypatch):
    """Let what Aptible lists of Prod's members come in another form: `change` is given the page and its query."""

    def lists(change):
        read = provider._client._get

        def changed(url):
            page = read(url)
            parts = urlsplit(url)
            return change(page, parts.query) or page if parts.path.endswith(MEMBERS) else page

        monkeypatch.setattr(provider._client, "_get", changed)

    return lists


def without_names(page, _query):
    for row in page["_embedded"]["memberships"]:
        del row["_embedded"], row["_links"]["user"]


def with_links_of_their_own(page, _query):
    for row in page["_embedded"]["memberships"]:
        row["_links"]["user"]["href"] = f"{row['_links']['self']['href']}/user"


def empty(page, _query):
    page["_embedded"]["memberships"] = []


def empty_first(page, query):
    if not query:
        page["_links"]["next"] = {"href": "?page=1"}
        page["_embedded"]["memberships"] = []


def held_on_to(active, run, aptible):
    """End it, and see that it is not called ended while Jon is in."""
    seen = run(active, active.ends_at or active.starts_at)
    assert seen.state != GrantState.ENDED or JON not in aptible.members("Prod")
    return seen


@pytest.mark.parametrize("change", [without_names, with_links_of_their_own, empty, empty_first])
def test_a_list_in_another_form_ends_nobody(active, run, aptible, lists, change):
    lists(change)
    held_on_to(active, run, aptible)


@pytest.mark.parametrize("change", [without_names, with_links_of_their_own, empty_first])
def test_and_they_are_out_in_the_end(active, run, aptible, lists, change):
    lists(change)
    held_on_to(active, run, aptible)
    assert JON not in aptible.members("Prod")


def test_a_colleague_who_takes_somebody_out_while_pages_are_read_hides_nobody(active, run, aptible, lists):
    aptible.switch(auth_page_size=1)

    def moves_up(_page, query):
        if not query:
            aptible.remove_member("Prod", next(one for one in aptible.members("Prod") if one != JON))

    lists(moves_up)
    held_on_to(active, run, aptible)


@pytest.mark.parametrize("slug", ["access_denied", "not_found"])
def test_where_nothing_can_be_listed_who_is_known_is_told_to_go(active, run, aptible, slug):
    aptible.fail(403, method="GET", path=f"*{MEMBERS}", body="json", error=slug)
    seen = run(active, active.ends_at)
    assert JON not in aptible.members("Prod")
    assert seen.state == GrantState.REVOKING

    aptible.clear_faults()
    assert run(active, seen.due_at).state == GrantState.ENDED


def test_a_role_that_is_hidden_although_owners_are_shown_is_not_gone(active, run, aptible, provider, monkeypatch):
    shown = tuple(one for one in provider.roles() if one.id != seed.PROD_ROLE_ID)
    monkeypatch.setattr(provider, "roles", lambda: shown)
    aptible.fail(404, method="GET", path=f"*{MEMBERS}", body="json", error="not_found")
    seen = held_on_to(active, run, aptible)
    assert "their own roles do" in seen.last_error

    aptible.clear_faults()
    assert run(active, seen.due_at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_a_removal_that_hides_from_the_bot_is_not_taken_for_done(active, run, aptible, lists):
    lists(empty)
    aptible.fail(404, method="DELETE", path="*/memberships/*", body="json", error="not_found")
    seen = held_on_to(active, run, aptible)
    assert seen.last_error == "Aptible's list of the role does not show the person, but their own roles do."


def test_who_was_taken_out_by_hand_costs_one_more_look(active, run, aptible):
    aptible.remove_member("Prod", JON)
    before = len(aptible.calls)
    assert run(active, active.ends_at).state == GrantState.ENDED
    asked = [one["path"] for one in aptible.calls[before:]]
    assert len(asked) == 2
    assert asked[1].endswith("/roles")


@pytest.mark.parametrize("answer", [403, 404, 503])
def test_whose_own_roles_are_not_told_ends_by_the_list(active, run, aptible, answer):
    aptible.remove_member("Prod", JON)
    aptible.fail(answer, method="GET", path="*/users/*/roles")
    assert run(active, active.ends_at).state == GrantState.ENDED


def test_what_was_never_seen_to_begin_is_looked_for_among_their_own_roles(grant, run, aptible, lists, now, settings):
    lists(empty)
    run(grant, now)
    assert JON in aptible.members("Prod")
    end.end(grant=grant, by=grant.person, now=now)
    seen = held_on_to(grant, lambda one, at: run(one, now + settings.SETTLING * 2), aptible)
    assert "their own roles do" in seen.last_error
