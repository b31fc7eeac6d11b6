"""Calls of the directory about one person or one group at the same moment, on PostgreSQL with real threads.

None of them asks for a version: each is about something else, and all of them count.
"""

import pytest

from access.models import Group, User
from tests.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
PEOPLE = 8


def statuses(answers):
    return [answer.status_code for answer in answers]


def test_whoever_leaves_has_left_whatever_else_is_said_of_them_at_once(directory):
    ref = directory.add_person("jon@example.com", active=True).json()["id"]

    def said(path, value):
        return lambda: directory.patch(f"/Users/{ref}", {"op": "replace", "path": path, "value": value})

    names = [said("displayName", f"Jon {number}") for number in range(PEOPLE)]
    assert set(statuses(at_once(said("active", False), *names))) == {204}
    assert not User.objects.get(email="jon@example.com").is_active


def test_each_member_is_taken_out_and_each_put_in(directory):
    refs = [directory.add_person(f"p{number}@example.com").json()["id"] for number in range(PEOPLE)]
    group = directory.add_group("Ops", *refs[:4]).json()["id"]

    def change(op, ref):
        operation = {"op": op, "path": "members", "value": [{"value": ref}]}
        return lambda: directory.patch(f"/Groups/{group}", operation)

    out, put_in = [change("remove", ref) for ref in refs[:4]], [change("add", ref) for ref in refs[4:]]
    assert set(statuses(at_once(*out, *put_in))) == {204}
    members = Group.objects.get(label="Ops").members.values_list("provisioned__ref", flat=True)
    assert set(members) == set(refs[4:])
