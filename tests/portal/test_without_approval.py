"""More ways to get access without the people of the policy, each from the outside. See docs/security.md."""

import json

import pytest
from django.test import Client
from social_django.models import UserSocialAuth

from access.core.states import RequestState
from access.models import AccessRequest, Decision, DeviceLogin, Flow, Grant, Group, Token, User
from tests import factories
from tests.portal.api.conftest import Caller
from tests.portal.scim.conftest import Directory, bot
from tests.portal.test_malicious_colleague import asks, token_of

pytestmark = pytest.mark.django_db
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


# A command line that somebody is talked into


@pytest.fixture
def begun(settings):
    settings.PERSONAL_TOKEN_SCOPES = ["read", "ask", "approve"]
    sent = {"scope": "read ask", "machine": "adams-laptop"}
    return Client().post("/login/device/code/", sent).json()


def fetch(begun):
    DeviceLogin.objects.update(asked_at=None)
    return Client().post("/login/device/token/", {"grant_type": GRANT, "device_code": begun["device_code"]}).json()


def test_more_than_was_asked_for_is_given_to_no_machine(begun, client, adam):
    client.force_login(adam)
    typed = {"code": begun["user_code"], "answer": "confirm", "days": "7"}
    for scopes in (["read", "approve"], ["configure"], ["provision"], []):
        assert client.post("/login/device/", {**typed, "scopes": scopes}).status_code == 422
    for days in ("0", "-1", "100000", ""):
        assert client.post("/login/device/", {**typed, "scopes": ["read"], "days": days}).status_code == 422
    client.get("/login/device/", {**typed, "scopes": ["read"]})
    assert Client(enforce_csrf_checks=True).post("/login/device/", {**typed, "scopes": ["read"]}).status_code in (
        302,
        403,
    )
    assert fetch(begun) == {"error": "authorization_pending"}


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_auditor": True}])
def test_what_was_confirmed_is_worth_nothing_once_its_person_may_have_no_token(begun, client, adam, change):
    client.force_login(adam)
    client.post("/login/device/", {"code": begun["user_code"], "answer": "confirm", "days": "7", "scopes": ["read"]})
    User.objects.filter(pk=adam.pk).update(**change)
    assert fetch(begun) == {"error": "access_denied"}
    assert not Token.objects.exists()


def test_nor_once_people_may_not_give_it_any_more(begun, client, adam, settings):
    client.force_login(adam)
    client.post("/login/device/", {"code": begun["user_code"], "answer": "confirm", "days": "7", "scopes": ["ask"]})
    settings.PERSONAL_TOKEN_SCOPES = ["read"]
    assert fetch(begun) == {"error": "access_denied"}


# An assistant, and what it could do beyond asking


def test_an_assistant_of_an_approver_decides_and_takes_nothing(flow, mallory, rita, now):
    Flow.objects.update(break_glass=True, free_extension=3600)
    factories.also_decided_by(flow, rita)
    theirs, own = asks(mallory, flow, now), factories.request_at(requester=rita, now=now)
    held = factories.grant(state="active", person=rita, now=now)
    me = Caller(token_of(rita, rita, ["assist", "read"], now)["Authorization"].removeprefix("Bearer "))
    typed = {"flow": flow.name, "target": "prod", "duration": "1h", "reason": "to fix Ticket 123", "ticket": "INC-1"}
    calls = [
        (f"/requests/{theirs.ref}/approve", {}), (f"/requests/{theirs.ref}/deny", {"comment": "no"}),
        (f"/requests/{own.ref}/withdraw", {}), (f"/grants/{held.ref}/extend", {}), (f"/grants/{held.ref}/end", {}),
        ("/requests", {**typed, "break_glass": True}),
    ]  # fmt: skip
    for path, body in calls:
        assert me.post(path, body).status_code == 403, path
    for name in ("", " ", "\u200b"):
        made = me.post("/requests", {**typed, "assistant": name})
        assert made.status_code == 400 or made.json()["assistant"].strip(), name
    assert set(AccessRequest.objects.exclude(assistant="").values_list("state", flat=True)) == {RequestState.PENDING}
    assert not Decision.objects.filter(by=rita).exists()


# Several decided at once


def test_a_row_of_another_flow_and_ones_own_are_not_smuggled_in(flow, mallory, adam, client, now):
    other = factories.approval_flow()
    factories.decided_by(other, adam)
    rows = [asks(mallory, flow, now), factories.request_at(requester=mallory, in_flow=other, now=now)]
    client.force_login(adam)
    sent = {"ref": [one.ref for one in rows], "verdict": "approve", "comment": ""}
    assert client.post("/review/together/", sent).status_code == 409
    factories.mapping(adam, account_id="u-adam")
    rita = factories.person("rita")
    factories.also_decided_by(flow, rita)
    factories.mapping(rita, account_id="u-rita")
    own = asks(adam, flow, now)
    client.post("/review/together/", {**sent, "ref": [rows[0].ref, own.ref]})
    assert AccessRequest.objects.get(pk=own.pk).state == RequestState.PENDING
    Flow.objects.update(approve_with_passkey=True)
    signed = asks(rita, flow, now)
    client.post("/review/together/", {**sent, "ref": [signed.ref]})
    assert AccessRequest.objects.get(pk=signed.pk).state == RequestState.PENDING
    client.force_login(mallory)
    client.post("/review/together/", {**sent, "ref": [rows[1].ref]})
    assert AccessRequest.objects.get(pk=rows[1].pk).state == RequestState.PENDING


# The directory's token


@pytest.fixture
def directory(now):
    factories.admin()
    return Directory(token_of(bot(), "cli", ["provision"], now)["Authorization"].removeprefix("Bearer "))


PATHS = [
    {"op": "replace", "path": "userName", "value": "adam@example.com"},
    {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:userName", "value": "ADAM@example.com"},
    {"op": "replace", "value": {"userName": "adam@example.com"}},
    {"op": "replace", "value": {"USERNAME": "adam@example.com"}},
    {"op": "add", "path": "groups", "value": [{"value": "GROUP"}]},
    {"op": "replace", "path": "groups", "value": [{"value": "GROUP", "display": "Approvers"}]},
    {"op": "replace", "path": "emails[primary eq true].value", "value": "adam@example.com"},
    {"op": "replace", "path": "id", "value": "GROUP"},
    {"op": "add", "value": {"is_superuser": True, "person": {"is_superuser": True}, "manager": {"value": "GROUP"}}},
    {"op": "replace", "path": 'userName" or 1=1 --', "value": "adam@example.com"},
]


@pytest.mark.parametrize("operation", PATHS)
def test_no_path_of_the_directory_makes_somebody_an_approver(directory, flow, adam, operation):
    mallory = directory.add_person("mallory@example.com").json()["id"]
    UserSocialAuth.objects.create(user=User.objects.get(email="mallory@example.com"), provider="oidc", uid="m")
    group = factories.group("Approvers", adam)
    factories.decided_by(flow, adam)
    sent = json.loads(json.dumps(operation).replace("GROUP", str(group.pk)))
    directory.patch(f"/Users/{mallory}", sent)
    person = User.objects.get(provisioned__ref=mallory)
    assert (person.email, person.is_superuser, person.manager_id) == ("mallory@example.com", False, None)
    assert list(group.members.all()) == [adam]
    assert User.objects.get(email="adam@example.com").pk == adam.pk


@pytest.mark.parametrize("label", ["Approvers", "approvers", "  Approvers ", "APPROVERS"])
def test_no_group_of_the_directory_is_taken_for_one_here(directory, adam, label):
    group = factories.group("Approvers", adam)
    ref = directory.add_person("mallory@example.com").json()["id"]
    assert directory.add_group(label, ref).status_code == 409
    made = directory.add_group("Others", ref).json()
    answer = directory.patch(f"/Groups/{made['id']}", {"op": "replace", "path": "displayName", "value": label})
    assert answer.status_code == 409
    assert list(group.members.all()) == [adam]
    assert Group.objects.count() == 2


def test_a_key_of_another_token_gives_nobody_its_answer(flow, mallory, adam, now):
    asked = asks(mallory, flow, now)
    ours = Caller(token_of(adam, adam, ["approve"], now)["Authorization"].removeprefix("Bearer "))
    theirs = Caller(token_of(mallory, mallory, ["approve"], now)["Authorization"].removeprefix("Bearer "))
    key = {"Idempotency-Key": "one"}
    assert ours.post(f"/requests/{asked.ref}/approve", {}, **key).status_code == 200
    second = asks(mallory, flow, now)
    assert theirs.post(f"/requests/{second.ref}/approve", {}, **key).status_code == 403
    assert ours.post(f"/requests/{second.ref}/approve", {}, **key).status_code == 422
    assert Grant.objects.count() == 1
