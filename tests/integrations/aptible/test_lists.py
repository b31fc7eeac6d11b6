"""Whole lists or none: paging, grouping, and what belongs to the organization."""

import pytest

from integrations.aptible import client
from integrations.base import (
    Environment,
    Membership,
    NeedsAttention,
    Permission,
    Person,
    ProviderError,
    ProviderUnavailable,
    Role,
)
from tests.integrations.conftest import (
    API,
    AUTH,
    BOT,
    JON,
    ORGANIZATION,
    OTHER_ROLE,
    ROLE,
    Aptible,
    account,
    collection,
    make_provider,
    membership,
    permission,
    role,
    user,
)

LIST = f"/roles/{ROLE}/memberships"
GROUPED = f"/organizations/{ORGANIZATION}/roles/memberships"
ACCOUNTS = "/accounts?page=1&per_page=500&no_embed=true"
PERMISSIONS = "/permissions?page=1&per_page=500"


def grouped(*groups: object) -> dict[str, object]:
    return {"_links": {}, "_embedded": {f"key-{number}": group for number, group in enumerate(groups)}}


def with_next(payload: dict[str, object], href: str) -> dict[str, object]:
    return {**payload, "_links": {"next": {"href": href}}}


def answer_directory(aptible: Aptible) -> None:
    aptible.roles(role(ROLE.upper()), role(OTHER_ROLE, "Owners", "owner"))
    aptible.get(
        f"/organizations/{ORGANIZATION}/users",
        collection("users", user(), user(BOT, "bot@example.com", verified=False)),
    )
    aptible.get(GROUPED, grouped({"memberships": [membership()]}))
    aptible.get(ACCOUNTS, collection("accounts", account(1, "prod"), account(2, "foreign", OTHER_ROLE)), base=API)
    rows = [
        permission(10, 1),
        permission(11, 1, "tunnel", ROLE.upper()),
        permission(12, 2),
        permission(13, 1, role=JON),
    ]
    aptible.get(PERMISSIONS, collection("permissions", *rows), base=API)


def test_the_directory_holds_what_belongs_to_the_organization(signed_in, provider):
    answer_directory(signed_in)
    directory = provider.directory()
    assert directory.roles == (
        Role(id=ROLE, name="Prod", type="platform_user", scim_created=False),
        Role(id=OTHER_ROLE, name="Owners", type="owner", scim_created=False),
    )
    assert directory.people == (
        Person(id=JON, email="jon@example.com", name="Jon", verified=True),
        Person(id=BOT, email="bot@example.com", name="Jon", verified=False),
    )
    assert directory.memberships == (Membership(id="m-1", role_id=ROLE, account_id=JON),)
    assert directory.environments == (Environment(id="1", name="prod"),)
    assert directory.permissions == (
        Permission(role_id=ROLE, environment_id="1", scope="deploy"),
        Permission(role_id=ROLE, environment_id="1", scope="tunnel"),
    )


def test_an_organization_set_up_in_upper_case_is_the_same(signed_in):
    answer_directory(signed_in)
    assert make_provider(organization_id=ORGANIZATION.upper()).directory().environments


def test_an_environment_may_name_its_organization_in_a_field(signed_in, provider):
    answer_directory(signed_in)
    rows = [
        {"id": 1, "handle": "prod", "organization_id": ORGANIZATION.upper()},
        {"id": 2, "handle": "foreign", "organization_id": OTHER_ROLE},
        {"id": 3, "handle": "nobody's"},
    ]
    signed_in.mock.replace("GET", API + ACCOUNTS, json=collection("accounts", *rows))
    assert provider.directory().environments == (Environment(id="1", name="prod"),)


@pytest.mark.parametrize(
    "groups",
    [
        [{"memberships": [membership()]}, {"memberships": [membership("m-2", role=OTHER_ROLE)]}],
        [{"_embedded": {"memberships": [membership(), membership("m-2", role=OTHER_ROLE)]}}],
        [[membership()], [membership("m-2", role=OTHER_ROLE.upper())], []],
    ],
)
def test_roles_are_grouped_by_account_whatever_the_keys(signed_in, provider, groups):
    signed_in.get(GROUPED, grouped(*groups))
    assert provider.roles_by_account() == {JON: frozenset({ROLE, OTHER_ROLE})}


def test_the_count_of_a_grouped_list_may_count_anything(signed_in, provider):
    signed_in.get(GROUPED, {**grouped({"memberships": [membership()]}), "total_count": 7})
    assert provider.roles_by_account() == {JON: frozenset({ROLE})}


def test_a_role_may_be_embedded_in_its_membership(signed_in, provider):
    row = {"id": "m-1", "_embedded": {"role": {"id": ROLE}, "user": {"id": JON.upper()}}}
    signed_in.get(GROUPED, grouped({"memberships": [row]}))
    assert provider.roles_by_account() == {JON: frozenset({ROLE})}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"_embedded": []},
        grouped("m-1"),
        grouped({}),
        grouped({"memberships": [{"id": "m-1", "_links": {"user": {"href": f"/users/{JON}"}}}]}),
    ],
)
def test_a_malformed_grouped_list_is_no_list(signed_in, provider, payload):
    signed_in.get(GROUPED, payload)
    with pytest.raises(ProviderUnavailable):
        provider.roles_by_account()


@pytest.mark.parametrize("href", [f"{AUTH}{LIST}?page=2", f"{LIST}?page=2", "?page=2"])
def test_the_link_to_the_next_page_is_followed(signed_in, provider, href):
    signed_in.get(f"{LIST}?page=2", collection("memberships", membership("m-2")))
    signed_in.get(LIST, with_next(collection("memberships", membership(), total_count=2), href), match_querystring=None)
    assert [one.id for one in provider.members(ROLE)] == ["m-1", "m-2"]


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.test/roles",
        "//evil.test/roles",
        "http://auth.aptible.test/roles",
        "https://auth.aptible.test:444/roles",
        "https://auth.aptible.test@evil.test/roles",
        "https://someone:else@auth.aptible.test/roles",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_the_token_never_follows_a_link_to_another_origin(signed_in, provider, href):
    signed_in.get(LIST, with_next(collection("memberships", membership()), href))
    with pytest.raises(ProviderError):
        provider.members(ROLE)
    assert signed_in.calls == ["POST /tokens", f"GET {LIST}"]


def test_pages_that_go_round_in_a_circle_are_left(signed_in, provider):
    signed_in.get(LIST, with_next(collection("memberships", membership()), LIST))
    with pytest.raises(ProviderError, match="more pages"):
        provider.members(ROLE)
    assert signed_in.calls.count(f"GET {LIST}") == 1


def test_pages_without_end_are_left(signed_in, provider, monkeypatch):
    monkeypatch.setattr(client, "MAX_PAGES", 3)
    for page in range(5):
        path = f"{LIST}?page={page}" if page else LIST
        signed_in.get(path, with_next(collection("memberships", membership()), f"{LIST}?page={page + 1}"))
    with pytest.raises(ProviderError, match="more pages"):
        provider.members(ROLE)
    assert len(signed_in.calls) == 4


def test_a_next_link_on_an_empty_page_ends_the_list(signed_in, provider):
    signed_in.get(LIST, with_next(collection("memberships"), f"{LIST}?page=2"))
    assert provider.members(ROLE) == ()


def test_an_empty_page_before_others_does_not(signed_in, provider):
    signed_in.get(f"{LIST}?page=2", collection("memberships", membership()))
    signed_in.get(LIST, with_next(collection("memberships"), f"{LIST}?page=2"), match_querystring=None)
    assert [one.id for one in provider.members(ROLE)] == ["m-1"]


def test_a_count_that_was_given_once_has_to_be_reached(signed_in, provider):
    """Somebody is taken out between two pages: whoever was first on the second is on neither."""
    signed_in.get(f"{LIST}?page=2", collection("memberships", membership("m-3"), total_count=2))
    first = collection("memberships", membership(), total_count=3)
    signed_in.get(LIST, with_next(first, f"{LIST}?page=2"), match_querystring=None)
    with pytest.raises(ProviderUnavailable, match="ended before the count"):
        provider.members(ROLE)


@pytest.mark.parametrize("status", [201, 202, 203, 206])
def test_another_success_than_the_whole_is_no_list(signed_in, provider, status):
    signed_in.mock.get(AUTH + LIST, json=collection("memberships"), status=status)
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


@pytest.mark.parametrize(("age", "is_read"), [("", True), ("30", True), ("31", False), ("9" * 30, False), ("x", True)])
def test_a_list_out_of_a_cache_is_no_list(signed_in, provider, age, is_read):
    signed_in.mock.get(AUTH + LIST, json=collection("memberships", membership()), headers={"Age": age})
    if is_read:
        assert provider.members(ROLE)
    else:
        with pytest.raises(ProviderUnavailable, match="out of a cache"):
            provider.members(ROLE)
    assert signed_in.header(-1, "Cache-Control") == "no-cache"


@pytest.mark.parametrize("href", [f"{AUTH}/memberships/m-1/user", f"{AUTH}/memberships/{JON}", "http://[::1", "/users"])
def test_a_link_that_leads_to_no_user_names_nobody(signed_in, provider, href):
    odd = membership()
    odd["_links"]["user"]["href"] = href
    signed_in.get(LIST, collection("memberships", odd))
    listing = provider.read_members(ROLE, seconds=1)
    assert (listing.members, listing.nameless) == ((), {"m-1"})


def test_deploy_lists_are_paged_by_number_when_no_link_is_given(signed_in, provider):
    answer_directory(signed_in)
    pages = {
        n: collection("permissions", permission(n, 1, f"scope-{n}"), current_page=n, per_page=1, total_count=3)
        for n in (1, 2, 3)
    }
    signed_in.mock.replace("GET", API + PERMISSIONS, json=pages[1])
    for number in (2, 3):
        signed_in.get(f"/permissions?page={number}&per_page=500", pages[number], base=API)
    assert [one.scope for one in provider.directory().permissions] == ["scope-1", "scope-2", "scope-3"]


def test_each_numbered_page_of_environments_is_asked_for_without_what_they_hold(signed_in, provider):
    answer_directory(signed_in)
    first, second = (collection("accounts", account(n, f"env-{n}"), total_count=2) for n in (1, 2))
    signed_in.mock.replace("GET", API + ACCOUNTS, json=first)
    signed_in.get("/accounts?page=2&per_page=500&no_embed=true", second, base=API)
    assert [one.name for one in provider.directory().environments] == ["env-1", "env-2"]


def test_a_list_shorter_than_its_own_count_is_no_list(signed_in, provider):
    answer_directory(signed_in)
    signed_in.mock.replace("GET", API + PERMISSIONS, json=collection("permissions", permission(1, 1), total_count=2))
    signed_in.get("/permissions?page=2&per_page=500", collection("permissions", total_count=2), base=API)
    with pytest.raises(ProviderUnavailable, match="ended before the count"):
        provider.directory()


@pytest.mark.parametrize(("status", "slug"), [(403, "access_denied"), (404, "not_found"), (403, "forbidden")])
@pytest.mark.parametrize(
    "path", [GROUPED, f"/organizations/{ORGANIZATION}/roles", f"/organizations/{ORGANIZATION}/users"]
)
def test_a_list_that_the_bot_may_not_read_needs_attention(aptible, signed_in, provider, path, status, slug):
    aptible.refuse("GET", path, status, slug)
    answer_directory(aptible)
    aptible.get("/organizations", collection("organizations", {"id": ORGANIZATION, "name": "Acme"}))
    with pytest.raises(NeedsAttention, match="may not read the people and roles"):
        provider.directory()


def test_a_wrong_organization_id_is_told_with_the_right_ones(signed_in, provider):
    signed_in.refuse("GET", GROUPED, 404, "not_found")
    signed_in.get("/organizations", collection("organizations", {"id": OTHER_ROLE, "name": "Acme"}))
    signed_in.get("/reauthenticate_organizations", collection("organizations"))
    with pytest.raises(NeedsAttention, match=rf"The bot is in: Acme \({OTHER_ROLE}\)\."):
        provider.roles_by_account()


def test_a_bot_without_any_organization_is_told(signed_in, provider):
    signed_in.refuse("GET", GROUPED, 403, "forbidden")
    signed_in.get("/organizations", collection("organizations"))
    signed_in.refuse("GET", "/reauthenticate_organizations", 404, "not_found")
    with pytest.raises(NeedsAttention, match="no organization that it may use"):
        provider.roles_by_account()


@pytest.mark.parametrize("path", [ACCOUNTS, PERMISSIONS])
def test_environments_that_the_bot_may_not_read_need_attention(aptible, signed_in, provider, path):
    aptible.refuse("GET", path, 403, "access_denied", base=API)
    answer_directory(aptible)
    with pytest.raises(NeedsAttention, match="environments and permissions"):
        provider.directory()
