"""One list that does not show somebody, for whatever reason, ends nothing that was not taken out."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from access.core.states import GrantState
from access.grants import end_early, own_roles
from integrations import http
from integrations.aptible.simulator import seed

pytestmark = pytest.mark.django_db

JON = "jon@example.com"
SECOND = timedelta(seconds=1)
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


@pytest.mark.parametrize("answer", [403, 404])
def test_whose_own_roles_are_not_told_ends_by_the_list(active, run, aptible, answer):
    aptible.remove_member("Prod", JON)
    aptible.fail(answer, method="GET", path="*/users/*/roles", body="json", error="not_found")
    assert run(active, active.ends_at).state == GrantState.ENDED


@pytest.mark.parametrize("answer", [403, 404, 429, 503])
def test_where_the_question_fails_it_is_asked_again_for_about_a_minute(active, run, aptible, answer):
    aptible.remove_member("Prod", JON)
    aptible.fail(answer, method="GET", path="*/users/*/roles")
    seen, passes = run(active, active.ends_at), 1
    while seen.state != GrantState.ENDED:
        seen, passes = run(seen, seen.due_at), passes + 1
    assert passes == own_roles.PATIENCE + 1
    assert seen.ended_at - active.ends_at < 90 * SECOND


def test_a_list_that_hides_them_while_the_question_fails_ends_nothing(active, run, aptible, lists):
    lists(empty)
    aptible.fail(503, times=1, method="GET", path="*/users/*/roles")
    # Told to go all the same: what is known from the start is removed.
    held_on_to(active, run, aptible)
    assert JON not in aptible.members("Prod")


def test_what_was_never_seen_to_begin_is_looked_for_among_their_own_roles(grant, run, aptible, lists, now, settings):
    lists(empty)
    run(grant, now)
    assert JON in aptible.members("Prod")
    end_early.end(grant=grant, by=grant.person, now=now)
    seen = held_on_to(grant, lambda one, at: run(one, now + settings.SETTLING * 2), aptible)
    assert "their own roles do" in seen.last_error


EMPTY: dict[str, Any] = {"_embedded": {"memberships": []}, "_links": {}}
NO = {"code": 404, "error": "not_found", "message": "Not Found"}


ODD: list[tuple[int, Any]] = [
    *[(status, EMPTY) for status in (201, 202, 203, 206, 207, 300, 304)],
    (200, NO),
    (200, {"_embedded": {}}),
    (200, {"_embedded": {"memberships": {}}}),
    (200, {"memberships": []}),
    *[(200, {**EMPTY, "total_count": count}) for count in (7, "7", True, -1, None, 1e300)],
    *[(200, {**EMPTY, "_links": {"next": {"href": href}}}) for href in ("", "?page=2", "//evil.test/", "\x00")],
    (200, {**EMPTY, "_links": {"next": None}}),
    (200, {"_embedded": {"memberships": [{"id": "m-1", "_links": {"user": {"href": "/users/"}}}]}}),
    (200, {"_embedded": {"memberships": [{"id": "m-1", "_links": {"role": {"href": "/roles/another"}}}]}}),
]


@pytest.mark.parametrize(("status", "answer"), ODD)
def test_no_odd_list_ends_anybody_and_all_are_out_once_it_is_right(
    active, run, aptible, provider, monkeypatch, status, answer
):
    send = provider._client._http.send

    def odd(method, url, **sent):
        is_list = method == "GET" and urlsplit(url).path.endswith(MEMBERS)
        return http.Answer(status, body=json.dumps(answer).encode()) if is_list else send(method, url, **sent)

    with monkeypatch.context() as patch:
        patch.setattr(provider._client._http, "send", odd)
        at, seen = active.ends_at, active
        for _pass in range(3):
            seen = held_on_to(seen, lambda one, _at: run(one, at), aptible)  # noqa: B023
            at = max(seen.due_at or at, at + SECOND)
    assert seen.state == GrantState.ENDED or run(seen, at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")


def test_a_role_that_is_made_anew_under_its_name_ends_who_was_in_the_old_one(active, run, aptible):
    aptible.delete_role("Prod")
    assert run(active, active.ends_at).state == GrantState.ENDED


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_removal_that_is_answered_and_does_nothing_ends_nothing(active, run, provider, aptible, monkeypatch, status):
    send = provider._client._http.send

    def no_effect(method, url, **sent):
        return http.Answer(status) if method == "DELETE" else send(method, url, **sent)

    with monkeypatch.context() as patch:
        patch.setattr(provider._client._http, "send", no_effect)
        seen = held_on_to(active, run, aptible)
    assert seen.is_overdue(active.ends_at + SECOND)
    assert run(seen, seen.due_at).state == GrantState.ENDED
    assert JON not in aptible.members("Prod")
