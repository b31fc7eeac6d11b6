"""What Okta sends by its documentation: it looks by userName, makes, replaces, and switches off by PATCH."""

import pytest

from access.models import Group, User
from tests.portal.scim.conftest import GROUP, USER

pytestmark = pytest.mark.django_db
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def okta_user(**more):
    return {
        "schemas": [USER], "userName": "jon.reyes@example.com", "name": {"givenName": "Jon", "familyName": "Reyes"},
        "emails": [{"primary": True, "value": "jon.reyes@example.com", "type": "work"}], "displayName": "Jon Reyes",
        "locale": "en-US", "externalId": "00u1abcd", "groups": [], "password": "1mz050nq", "active": True, **more,
    }  # fmt: skip


def test_it_looks_first_and_finds_nobody(directory):
    answer = directory.get("/Users", filter='userName eq "jon.reyes@example.com"', startIndex="1", count="100")
    assert (answer["totalResults"], answer.get("Resources", []), answer["schemas"]) == (0, [], [LIST])


def test_it_makes_a_person_and_gets_them_back_without_the_password(directory):
    answer = directory.call("POST", "/Users", okta_user())
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/scim/v2/Users/{made['id']}")
    assert made["name"] == {"givenName": "Jon", "familyName": "Reyes"}
    assert made["emails"][0]["value"] == "jon.reyes@example.com"
    assert "password" not in made
    jon = User.objects.get(email="jon.reyes@example.com")
    assert (jon.name, jon.has_usable_password(), jon.is_staff) == ("Jon Reyes", False, False)
    found = directory.get("/Users", filter='userName eq "Jon.Reyes@Example.com"')
    assert [one["id"] for one in found["Resources"]] == [made["id"]]


def test_a_second_one_of_the_name_is_refused(directory):
    directory.call("POST", "/Users", okta_user())
    answer = directory.call("POST", "/Users", okta_user())
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


def test_it_replaces_the_whole_person(directory):
    made = directory.call("POST", "/Users", okta_user()).json()
    renamed = okta_user(displayName="Jonathan Reyes", id=made["id"], meta=made["meta"])
    assert directory.call("PUT", f"/Users/{made['id']}", renamed).status_code == 200
    assert User.objects.get(email="jon.reyes@example.com").name == "Jonathan Reyes"


def test_it_switches_off_and_on_by_a_patch_without_a_path(directory):
    made = directory.call("POST", "/Users", okta_user()).json()
    for active in (False, True):
        answer = directory.patch(f"/Users/{made['id']}", {"op": "replace", "value": {"active": active}})
        assert answer.status_code in (200, 204)
        assert User.objects.get(email="jon.reyes@example.com").is_active is active
        assert directory.get(f"/Users/{made['id']}")["active"] is active


def test_people_come_in_pages(directory):
    for number in range(5):
        assert directory.add_person(f"p{number}@example.com").status_code == 201
    page = directory.get("/Users", startIndex="3", count="2")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 3, 2)
    assert [one["userName"] for one in page["Resources"]] == ["p2@example.com", "p3@example.com"]
    assert directory.get("/Users", startIndex="1", count="100000")["itemsPerPage"] == 5


def test_it_pushes_a_group_and_fills_it(directory):
    jon, rita = (directory.add_person(f"{name}@example.com").json()["id"] for name in ("jon", "rita"))
    made = directory.add_group("Security Team", jon).json()
    path = f"/Groups/{made['id']}"
    assert directory.get("/Groups", filter='displayName eq "Security Team"')["totalResults"] == 1
    directory.patch(path, {"op": "add", "path": "members", "value": [{"value": rita, "display": "rita@example.com"}]})
    group = Group.objects.get(label="Security Team")
    assert (group.name, group.members.count()) == ("security-team", 2)
    directory.patch(path, {"op": "remove", "path": f'members[value eq "{jon}"]'})
    assert [one.email for one in group.members.all()] == ["rita@example.com"]
    directory.patch(path, {"op": "replace", "value": {"id": made["id"], "displayName": "Security"}})
    group.refresh_from_db()
    assert (group.name, group.label) == ("security-team", "Security")
    directory.call("PUT", path, {"schemas": [GROUP], "displayName": "Security", "members": [{"value": jon}]})
    assert [one.email for one in group.members.all()] == ["jon@example.com"]
    assert directory.call("DELETE", path).status_code == 204
    assert not Group.objects.exists()
