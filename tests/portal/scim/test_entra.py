"""What Microsoft Entra sends by its documentation: operations in capitals, truth as a text, paths with a filter."""

import uuid

import pytest

from access.models import Group, User
from tests.portal.scim.conftest import USER

pytestmark = pytest.mark.django_db
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def jon(directory):
    body = {
        "schemas": [USER, ENTERPRISE], "externalId": "0a21f0f2", "userName": "jon@example.com", "active": True,
        "emails": [{"primary": True, "type": "work", "value": "jon@example.com"}],
        "meta": {"resourceType": "User"}, "name": {"formatted": "Jon Reyes", "familyName": "Reyes", "givenName": "Jon"},
        "roles": [], ENTERPRISE: {"department": "Platform", "employeeNumber": "7"},
    }  # fmt: skip
    answer = directory.call("POST", "/Users", body)
    assert answer.status_code == 201, answer.content
    return f"/Users/{answer.json()['id']}"


def test_it_tries_the_connection_with_somebody_who_is_not_there(directory):
    answer = directory.get("/Users", filter=f'userName eq "{uuid.uuid4()}"')
    assert answer["totalResults"] == 0


def test_it_finds_by_its_own_id(directory, jon):
    assert directory.get("/Users", filter='externalId eq "0a21f0f2"')["totalResults"] == 1
    assert directory.get("/Users", filter='externalId eq "0A21F0F2"')["totalResults"] == 0


@pytest.mark.parametrize("off", ["False", "false", False])
def test_it_disables_with_a_capital_and_a_text(directory, jon, off):
    assert directory.patch(jon, {"op": "Replace", "path": "active", "value": off}).status_code == 204
    assert not User.objects.get(email="jon@example.com").is_active
    assert directory.patch(jon, {"op": "Replace", "path": "active", "value": "True"}).status_code == 204
    assert User.objects.get(email="jon@example.com").is_active


def test_it_changes_several_attributes_some_of_which_are_not_kept(directory, jon):
    answer = directory.patch(
        jon,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "reyes@example.com"},
        {"op": "Add", "path": "name.familyName", "value": "Reyes-Moss"},
        {"op": "Replace", "path": "displayName", "value": "Jon R."},
        {"op": "Add", "path": "title", "value": "Engineer"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Security"},
        {"op": "Add", "value": {"name.givenName": "Jonathan", f"{ENTERPRISE}:costCenter": "12"}},
    )
    assert answer.status_code == 204, answer.content
    shown = directory.get(jon)
    assert (shown["displayName"], shown["name"]["familyName"], shown["name"]["givenName"]) == (
        "Jon R.", "Reyes-Moss", "Jonathan",
    )  # fmt: skip
    assert shown["emails"][0]["value"] == "reyes@example.com"
    assert User.objects.get(email="jon@example.com").name == "Jon R."


def test_it_fills_a_group_and_leaves_its_members_out_of_the_answer(directory, jon):
    ref = jon.rpartition("/")[2]
    made = directory.call(
        "POST", "/Groups",
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "externalId": "8aa1a0c0", "displayName": "Ops",
         "meta": {"resourceType": "Group"}},
    ).json()  # fmt: skip
    path = f"/Groups/{made['id']}"
    directory.patch(path, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ref}]})
    assert "members" not in directory.get(path, excludedAttributes="members")
    assert directory.get("/Groups", excludedAttributes="members", filter='displayName eq "Ops"')["totalResults"] == 1
    assert directory.get("/Groups", filter=f'id eq "{made["id"]}" and members[value eq "{ref}"]')["totalResults"] == 1
    assert [one["value"] for one in directory.get(path)["members"]] == [ref]
    directory.patch(path, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": ref}]})
    assert Group.objects.get(label="Ops").members.count() == 0


def test_whoever_is_taken_out_by_their_address_alone_is_out(directory, jon):
    path = f"/Groups/{directory.add_group('Ops', jon.rpartition('/')[2]).json()['id']}"
    value = [{"$ref": f"https://usher.example.com/scim/v2{jon}"}]
    assert directory.patch(path, {"op": "Remove", "path": "members", "value": value}).status_code == 204
    assert Group.objects.get(label="Ops").members.count() == 0


@pytest.mark.parametrize(
    "extra", [{}, {"$ref": None}, {"display": "Jon Reyes"}, {"type": "User", "$ref": "../Users/1"}]
)
def test_whoever_is_taken_out_by_their_id_is_out_whatever_stands_beside_it(directory, jon, extra):
    ref = jon.rpartition("/")[2]
    path = f"/Groups/{directory.add_group('Ops', ref).json()['id']}"
    value = {"value": ref, **extra}
    for form in ([value], value):
        directory.patch(path, {"op": "Add", "path": "members", "value": [{"value": ref}]})
        assert directory.patch(path, {"op": "Remove", "path": "members", "value": form}).status_code == 204
        assert Group.objects.get(label="Ops").members.count() == 0


def test_it_deletes_for_good(directory, jon):
    assert directory.call("DELETE", jon).status_code == 204
    assert directory.call("GET", jon).status_code == 404
    assert not User.objects.get(email="jon@example.com").is_active
    assert directory.call("DELETE", jon).status_code == 404
