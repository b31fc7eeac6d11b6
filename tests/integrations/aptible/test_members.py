"""Who is in a role, adding and removing: what each of Aptible's answers means."""

import pytest
import requests

from integrations.base import AlreadyMember, Membership, NeedsAttention, ProviderError, ProviderUnavailable, RoleGone
from tests.integrations.conftest import (
    AUTH,
    JON,
    ORGANIZATION,
    OTHER_ROLE,
    ROLE,
    collection,
    make_provider,
    membership,
    role,
)

LIST = f"/roles/{ROLE}/memberships"
ROLES = f"/organizations/{ORGANIZATION}/roles"
HELD = Membership(id="m-1", role_id=ROLE, account_id=JON)


def test_members_are_listed(signed_in, provider):
    signed_in.get(LIST, collection("memberships", membership(), membership("m-2", user="7")))
    assert provider.members(ROLE) == (HELD, Membership(id="m-2", role_id=ROLE, account_id="7"))


def test_ids_are_compared_without_regard_to_case_and_numbers_become_text(signed_in, provider):
    row = membership(id=ROLE.upper(), user=JON.upper(), role=ROLE.upper())
    signed_in.get(LIST, collection("memberships", row, {**membership(user=9), "id": 8}))
    assert provider.members(ROLE.upper()) == (
        Membership(id=ROLE, role_id=ROLE, account_id=JON),
        Membership(id="8", role_id=ROLE, account_id="9"),
    )


def test_a_member_may_be_embedded_instead_of_linked_and_links_may_be_relative(signed_in, provider):
    embedded = {"id": "m-1", "_links": {}, "_embedded": {"user": {"id": JON.upper()}, "role": {"id": ROLE}}}
    relative = {"id": "m-2", "_links": {"user": {"href": f"/users/{JON}/"}}}
    signed_in.get(LIST, collection("memberships", embedded, relative))
    assert [one.account_id for one in provider.members(ROLE)] == [JON, JON]
    assert {one.role_id for one in provider.members(ROLE)} == {ROLE}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        [],
        None,
        {"_embedded": {}},
        {"_embedded": []},
        {"_embedded": {"memberships": None}},
        {"_embedded": {"memberships": ["m-1"]}},
        {"_embedded": {"users": []}},
        collection("memberships", {**membership(), "id": None}),
        collection("memberships", membership(role=OTHER_ROLE)),
        collection("memberships", membership(), total_count=2),
    ],
)
def test_a_malformed_list_is_never_read_as_an_empty_one(signed_in, provider, payload):
    signed_in.get(LIST, payload)
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


@pytest.mark.parametrize("odd", [{"id": "m-9"}, {"id": "m-9", "_links": {"user": {"href": "http://[::1"}}}])
def test_a_row_that_does_not_say_whose_it_is_is_told_and_hides_no_other(signed_in, provider, odd):
    signed_in.get(LIST, collection("memberships", odd, membership()))
    listing = provider.read_members(ROLE, seconds=10)
    assert (listing.members, listing.nameless, listing.rest) == ((HELD,), {"m-9"}, "")


@pytest.mark.parametrize(("status", "slug"), [(422, "unprocessable_entity"), (409, "already_in_role")])
def test_somebody_who_is_in_the_role_already_is_told_from_other_refusals(signed_in, provider, status, slug):
    body = {"code": status, "error": slug, "message": "Validation failed: User has already been taken"}
    signed_in.mock.post(AUTH + LIST, status=status, json=body)
    with pytest.raises(AlreadyMember):
        provider.add(role_id=ROLE, account_id=JON)


@pytest.mark.parametrize("body", ["", "<html>maintenance</html>", "null", "[]", "{" * 100])
def test_a_success_without_json_is_no_list(signed_in, provider, body):
    signed_in.mock.get(AUTH + LIST, body=body, status=200)
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


def test_a_role_is_gone_when_aptible_says_so_and_lists_the_others(signed_in, provider):
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.roles(role(OTHER_ROLE, type="owner"))
    with pytest.raises(RoleGone):
        provider.members(ROLE)


def test_a_bot_that_is_shown_a_part_of_the_roles_does_not_take_the_others_for_gone(signed_in, provider):
    """Nobody can delete the owners' roles, so a list without one is not all of it."""
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.roles(role(OTHER_ROLE))
    with pytest.raises(NeedsAttention):
        provider.members(ROLE)


@pytest.mark.parametrize("spelling", [ROLE, ROLE.upper()])
def test_a_role_that_is_still_listed_is_not_gone(signed_in, provider, spelling):
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.roles(role(spelling))
    with pytest.raises(ProviderUnavailable, match="lists the role"):
        provider.members(ROLE)


def test_a_404_that_is_not_aptible_s_own_does_not_make_a_role_gone(signed_in, provider):
    signed_in.mock.get(AUTH + LIST, status=404, body="<html>Not found</html>")
    signed_in.roles(role(OTHER_ROLE))
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


def test_an_empty_list_of_roles_proves_nothing(signed_in, provider):
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.roles()
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


def test_a_role_is_not_gone_while_its_organization_hides_behind_sso(signed_in, provider):
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.refuse("GET", ROLES, 404, "not_found")
    signed_in.get("/organizations", collection("organizations"))
    signed_in.get("/reauthenticate_organizations", collection("organizations", {"id": ORGANIZATION.upper()}))
    with pytest.raises(NeedsAttention, match="SSO allow list"):
        provider.members(ROLE)


@pytest.mark.parametrize("trouble", [500, 503, 429])
def test_a_role_is_not_gone_while_the_roles_cannot_be_listed(signed_in, provider, trouble):
    signed_in.refuse("GET", LIST, 404, "not_found")
    signed_in.refuse("GET", ROLES, trouble, "internal_server_error")
    with pytest.raises(ProviderUnavailable):
        provider.members(ROLE)


@pytest.mark.parametrize(("status", "slug"), [(403, "access_denied"), (403, "forbidden"), (401, "access_denied")])
@pytest.mark.parametrize("sso", [False, True])
def test_a_bot_without_rights_needs_attention(signed_in, provider, status, slug, sso):
    signed_in.refuse("GET", LIST, status, slug)
    signed_in.refuse("POST", LIST, status, slug)
    signed_in.refuse("DELETE", "/memberships/m-1", status, slug)
    own = {"id": ORGANIZATION, "name": "Acme"}
    signed_in.get("/organizations", collection("organizations", *([] if sso else [own])))
    signed_in.get("/reauthenticate_organizations", collection("organizations", own))
    for call in (
        lambda: provider.members(ROLE),
        lambda: provider.add(role_id=ROLE, account_id=JON),
        lambda: provider.remove(HELD),
    ):
        with pytest.raises(NeedsAttention, match="SSO allow list" if sso else "Deploy Owner"):
            call()


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 201, "json": membership()},
        {"status": 200, "json": membership()},
        {"status": 204, "body": ""},
        {"status": 201, "body": ""},
        {"status": 202, "body": "<html>"},
    ],
)
def test_adding_accepts_every_success(signed_in, provider, answer):
    signed_in.mock.post(AUTH + LIST, **answer)
    provider.add(role_id=ROLE.upper(), account_id=JON.upper())
    assert signed_in.sent(1) == {"user_url": f"{AUTH}/users/{JON}"}
    assert signed_in.calls[1:] == [f"POST {LIST}"]


def test_a_path_in_the_address_of_aptible_is_kept(signed_in):
    base = f"{AUTH}/prefix"
    signed_in.mock.post(f"{base}/tokens", json={"access_token": "t"}, status=201)
    signed_in.mock.post(base + LIST, status=201)
    make_provider(auth_url=f"{base}/").add(role_id=ROLE, account_id=JON)
    assert signed_in.sent(1) == {"user_url": f"{base}/users/{JON}"}


def test_adding_somebody_twice_is_a_no(signed_in, provider):
    signed_in.refuse("POST", LIST, 422, "unprocessable_entity")
    with pytest.raises(ProviderError, match="unprocessable_entity") as raised:
        provider.add(role_id=ROLE, account_id=JON)
    assert not isinstance(raised.value, ProviderUnavailable | NeedsAttention | RoleGone)
    assert signed_in.calls.count(f"POST {LIST}") == 1


def test_adding_to_a_role_that_is_gone_says_so(signed_in, provider):
    signed_in.refuse("POST", LIST, 404, "not_found")
    signed_in.roles(role(OTHER_ROLE, type="owner"))
    with pytest.raises(RoleGone):
        provider.add(role_id=ROLE, account_id=JON)


def test_adding_a_person_whom_aptible_does_not_know_is_a_no(signed_in, provider):
    signed_in.refuse("POST", LIST, 404, "not_found")
    signed_in.roles(role())
    with pytest.raises(ProviderError, match="not this person") as raised:
        provider.add(role_id=ROLE, account_id=JON)
    assert not isinstance(raised.value, ProviderUnavailable | RoleGone)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": ""},
        {"status": 502, "body": "<html>Bad gateway</html>"},
        {"status": 404, "body": "<html>Not found</html>"},
        {"status": 422, "json": {"error": "Not An Envelope", "message": "x"}},
        {"status": 307, "headers": {"Location": "https://evil.test/"}},
        {"body": requests.ReadTimeout("slow")},
        {"body": requests.ConnectionError("reset")},
    ],
)
def test_a_lost_answer_to_a_change_is_not_asked_for_again(signed_in, provider, answer):
    signed_in.mock.post(AUTH + LIST, **answer)
    signed_in.mock.delete(f"{AUTH}/memberships/m-1", **answer)
    with pytest.raises(ProviderUnavailable):
        provider.add(role_id=ROLE, account_id=JON)
    with pytest.raises(ProviderUnavailable):
        provider.remove(HELD)
    assert signed_in.calls[1:] == [f"POST {LIST}", "DELETE /memberships/m-1"]


def test_a_pause_that_aptible_asks_for_is_handed_on(signed_in, provider):
    signed_in.mock.post(AUTH + LIST, status=429, headers={"Retry-After": "17"})
    with pytest.raises(ProviderUnavailable) as raised:
        provider.add(role_id=ROLE, account_id=JON)
    assert raised.value.retry_after == 17


@pytest.mark.parametrize("answer", [{"status": 204, "body": ""}, {"status": 200, "json": {}}])
def test_removing_deletes_the_membership(signed_in, provider, answer):
    signed_in.mock.delete(f"{AUTH}/memberships/m-1", **answer)
    assert provider.remove(HELD)
    assert signed_in.calls[1:] == ["DELETE /memberships/m-1"]


def test_removing_what_is_gone_already_is_a_success_of_its_own_kind(signed_in, provider):
    signed_in.refuse("DELETE", "/memberships/m-1", 404, "not_found")
    assert not provider.remove(HELD)


def test_a_refused_removal_is_a_no(signed_in, provider):
    signed_in.refuse("DELETE", "/memberships/m-1", 422, "unprocessable_entity")
    with pytest.raises(ProviderError, match="unprocessable_entity") as raised:
        provider.remove(HELD)
    assert not isinstance(raised.value, ProviderUnavailable)


@pytest.mark.parametrize("bad", ["", "..", "../tokens", "a/b", "a?b", "a b", "é", "x" * 100])
def test_an_id_never_leads_to_another_path(signed_in, provider, bad):
    for call in (
        lambda: provider.members(bad),
        lambda: provider.add(role_id=bad, account_id=JON),
        lambda: provider.add(role_id=ROLE, account_id=bad),
        lambda: provider.remove(Membership(id=bad, role_id=ROLE, account_id=JON)),
    ):
        with pytest.raises(ProviderError, match="not in Aptible's form"):
            call()
    assert signed_in.calls == []
