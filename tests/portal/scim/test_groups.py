"""Groups of the directory: nobody edits them here, none is open to everybody by leaving, and changes are told."""

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from access.core.states import RequestState
from access.models import (
    AccessRequest,
    AuditEvent,
    Group,
    Notification,
    Proposal,
    ProvisionedGroup,
    ProvisionedPerson,
    User,
)
from access.notify import read_log
from access.requests import decide
from tests import factories
from tests.portal.scim.conftest import GROUP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def by_mail(settings):
    settings.EMAIL_IS_SET = True


@pytest.fixture
def jon(directory):
    return directory.add_person("jon@example.com", displayName="Jon Reyes", active=True).json()["id"]


def told_of(text: str) -> set[str]:
    """Who gets a letter that says this."""
    read_log.read(now=timezone.now())
    rows = Notification.objects.filter(kind="concerned").select_related("recipient")
    return {one.recipient.email for one in rows if text in one.facts["said"]}


def test_a_group_of_the_directory_is_nobodys_to_edit_here(directory, jon, client):
    directory.add_group("Security", jon)
    group = Group.objects.get()
    client.force_login(factories.admin())
    page = client.get(f"/admin/access/group/{group.pk}/change/")
    assert "The company&#x27;s directory keeps this group" in page.content.decode()
    client.post(f"/admin/access/group/{group.pk}/change/", {"label": "Mine", "name": "mine", "members": []})
    client.post(f"/admin/access/group/{group.pk}/delete/", {"post": "yes"})
    group.refresh_from_db()
    assert (group.label, group.members.count()) == ("Security", 1)


def test_a_group_of_by_hand_is_not_filled_by_one_of_its_name(directory, jon):
    group = Group.objects.create(name="security", label="Security")
    answer = directory.add_group("security", jon)
    assert answer.status_code == 409
    assert group.members.count() == 0


def test_a_group_that_a_flow_names_stays_and_is_empty_when_the_directory_deletes_it(directory, jon, flow):
    made = directory.add_group("Engineering", jon).json()
    group = Group.objects.get()
    flow.requesters.add(group)
    assert directory.call("DELETE", f"/Groups/{made['id']}").status_code == 204
    assert list(flow.requesters.all()) == [group], "without a group the flow would be open to everybody"
    assert group.members.count() == 0
    assert directory.get("/Groups")["totalResults"] == 0
    again = directory.add_group("Engineering", jon)
    assert (again.status_code, group.members.count(), ProvisionedGroup.objects.count()) == (201, 1, 1)


def test_an_admin_takes_a_group_out_of_the_directorys_hands(directory, jon, client):
    made = directory.add_group("Engineering", jon).json()
    group = Group.objects.get()
    client.force_login(factories.admin())
    client.post("/admin/access/group/", {"action": "let_go", "_selected_action": [group.pk]})
    assert directory.call("GET", f"/Groups/{made['id']}").status_code == 404
    assert AuditEvent.objects.filter(type="group.let_go").exists()
    assert group.members.count() == 1


def test_groups_within_groups_and_strangers_are_refused_and_nothing_of_the_call_is_kept(directory, jon):
    inner = directory.add_group("Inner", jon).json()["id"]
    answer = directory.add_group("Outer", jon, inner)
    assert (answer.status_code, Group.objects.filter(label="Outer").exists()) == (400, False)


def test_whom_the_directory_has_deleted_holds_up_no_removal(directory, jon):
    sam, rita = (directory.add_person(f"{name}@example.com").json()["id"] for name in ("sam", "rita"))
    path = f"/Groups/{directory.add_group('Ops', jon, sam, rita).json()['id']}"
    directory.call("DELETE", f"/Users/{jon}")
    whole = {"schemas": [GROUP], "displayName": "Ops", "members": [{"value": jon}, {"value": sam}]}
    assert directory.call("PUT", path, whole).status_code == 200
    assert [one.email for one in Group.objects.get(label="Ops").members.all()] == ["sam@example.com"]


@pytest.mark.parametrize("named", [False, True])
def test_a_change_of_a_group_is_told_once_a_flow_goes_by_it(directory, jon, flow, named):
    made = directory.add_group("Engineering").json()
    if named:
        flow.requesters.add(Group.objects.get())
    directory.patch(f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"value": jon}]})
    told = told_of("changed who is in the group engineering")
    assert told == ({"jon@example.com", "olga@example.com"} if named else set())


def test_who_is_in_a_group_is_told_in_one_sentence_with_the_first_names(directory):
    refs = [directory.add_person(f"p{number}@example.com").json()["id"] for number in range(8)]
    directory.add_group("Everybody", *refs)
    event = AuditEvent.objects.get(type="group.members_changed")
    assert event.data["names"].endswith("p4@example.com, and 3 more")
    assert len(event.data["joined"]) == 8


@pytest.mark.parametrize("action", ["let_go", "hand_over"])
def test_who_keeps_what_is_a_change_that_a_second_admin_confirms(directory, jon, client, settings, action):
    settings.SETUP_SECOND_ADMIN = True
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    directory.add_group("Engineering", jon)
    client.force_login(factories.admin())
    rows = {"let_go": ("group", Group.objects.get()), "hand_over": ("user", factories.person("rita"))}
    table, row = rows[action]
    client.post(f"/admin/access/{table}/", {"action": action, "_selected_action": [row.pk]})
    assert Proposal.objects.count() == 1
    assert (ProvisionedGroup.objects.count(), ProvisionedPerson.objects.count()) == (1, 1)


def test_a_push_of_a_member_is_no_set_up_that_waits(directory, jon, settings):
    settings.SETUP_SECOND_ADMIN = True
    made = directory.add_group("Engineering").json()
    directory.patch(f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"value": jon}]})
    assert Group.objects.get().members.count() == 1
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("leaves", ["the company", "the group"])
def test_the_vote_of_who_leaves_counts_no_longer(directory, flow, leaves):
    now = timezone.now()
    refs = {
        name: directory.add_person(f"{name}@example.com", active=True).json()["id"] for name in ("vera", "walt", "xena")
    }
    path = f"/Groups/{directory.add_group('Security', *refs.values()).json()['id']}"
    flow.stages.all().delete()
    factories.stage(flow, Group.objects.get(), needed=2)
    request = factories.request_at(now=now)
    approve(request, "vera", now)
    if leaves == "the group":
        directory.patch(path, {"op": "remove", "path": f'members[value eq "{refs["vera"]}"]'})
    else:
        directory.patch(f"/Users/{refs['vera']}", {"op": "replace", "path": "active", "value": False})
    assert approve(request, "walt", now) == RequestState.PENDING
    assert approve(request, "xena", now) == RequestState.APPROVED


def approve(request, name, now):
    by = User.objects.get(email=f"{name}@example.com")
    decide.approve(request=AccessRequest.objects.get(pk=request.pk), by=by, comment="", now=now)
    return AccessRequest.objects.get(pk=request.pk).state
