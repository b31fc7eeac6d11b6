"""Whomever the directory switches off is off, whatever else it says of them in the same call."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.core.errors import NotAllowed
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Decision, Token, User
from access.people import device_logins, invitations
from access.requests import decide
from tests import factories
from tests.portal.scim.conftest import USER

pytestmark = pytest.mark.django_db


@pytest.fixture
def jon(directory, settings):
    """Somebody whom their e-mail alone knows: nobody but an admin gives them another."""
    settings.ALLOWED_EMAIL_DOMAINS = ["example.com"]
    factories.person("rita")
    ref = directory.add_person("jon@example.com", displayName="Jon Reyes", externalId="7", active=True).json()["id"]
    User.objects.filter(email="jon@example.com").update(last_login=timezone.now())
    return ref


REFUSED = {
    "an address that marks who has left": {"userName": "0a21f0f2jon@example.com"},
    "an address of another domain": {"userName": "jon@left.example.org"},
    "no address": {"userName": "jon-has-left"},
    "somebody else's address": {"userName": "rita@example.com"},
    "a name that is too long": {"displayName": "Jon" * 100},
    "an id that can't be kept": {"externalId": "7\0"},
    "more addresses than are kept": {"emails": [{"value": "x" * 20_000}]},
}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_keeps_nobody_here(directory, jon, method, said):
    said = {"userName": "jon@example.com", **said, "active": False}
    if method == "PUT":
        answer = directory.call("PUT", f"/Users/{jon}", {"schemas": [USER], **said})
        assert (answer.status_code, answer.json()["userName"]) == (200, "jon@example.com")
    else:
        operations = [{"op": "replace", "path": path, "value": value} for path, value in said.items()]
        assert directory.patch(f"/Users/{jon}", *operations).status_code == 204
    person = User.objects.get(email="jon@example.com")
    assert (person.is_active, person.name) == (False, "Jon Reyes")
    shown = directory.get(f"/Users/{jon}")
    assert (shown["active"], shown["displayName"], shown["externalId"]) == (False, "Jon Reyes", "7")
    assert list(AuditEvent.objects.get(type="person.changed").data["changes"]) == ["is_active"]


@pytest.mark.parametrize("active", [True, None])
def test_who_does_not_leave_is_refused_as_a_whole(directory, jon, active):
    said = {"userName": "rita@example.com", "displayName": "J", **({} if active is None else {"active": active})}
    assert directory.call("PUT", f"/Users/{jon}", {"schemas": [USER], **said}).status_code == 409
    assert User.objects.get(email="jon@example.com").name == "Jon Reyes"


def test_an_admin_whom_it_keeps_is_switched_off_and_not_renamed(directory, client):
    olaf = factories.person("olaf", is_superuser=True, is_staff=True)
    client.force_login(factories.admin())
    client.post("/admin/access/user/", {"action": "hand_over", "_selected_action": [olaf.pk]})
    [row] = directory.get("/Users", filter='userName eq "olaf@example.com"')["Resources"]
    said = {"schemas": [USER], "userName": "left-olaf@example.com", "active": False}
    assert directory.call("PUT", f"/Users/{row['id']}", said).status_code == 200
    olaf.refresh_from_db()
    assert (olaf.is_active, olaf.email) == (False, "olaf@example.com")


# Of what was given out before, nothing comes back with who does.


@pytest.fixture
def off_and_on(directory, jon):
    def off_and_on():
        for active in (False, False, True):
            answer = directory.patch(f"/Users/{jon}", {"op": "replace", "path": "active", "value": active})
            assert answer.status_code == 204
        return User.objects.get(email="jon@example.com")

    return off_and_on


def test_a_command_line_that_was_confirmed_before_fetches_nothing(off_and_on):
    """Whoever had the session could have confirmed one of theirs; its token would outlive the session by a year."""
    now, person = timezone.now(), User.objects.get(email="jon@example.com")
    asked, proof = device_logins.begin(machine="m", address="192.0.2.1", scopes=["read"], now=now)
    device_logins.confirm(asked, by=person, scopes=["read"], own_scopes=["read"], lasts=timedelta(days=365), now=now)
    off_and_on()
    with pytest.raises(device_logins.Over):
        device_logins.fetch(proof, own_scopes=["read"], now=now)
    assert not Token.objects.filter(person=person).exists()


def test_a_link_of_before_invites_nobody(off_and_on):
    person = User.objects.get(email="jon@example.com")
    token = invitations.invite(person=person, by=factories.admin(), now=timezone.now())
    assert invitations.find(person.pk, token) == person
    off_and_on()
    assert invitations.find(person.pk, token) is None
    anew = invitations.invite(person=person, by=factories.admin(), now=timezone.now())
    assert invitations.find(person.pk, anew) == person


def test_a_password_of_before_is_still_theirs(off_and_on):
    person = User.objects.get(email="jon@example.com")
    person.set_password("a-long-passphrase-for-tests")
    person.save()
    assert off_and_on().check_password("a-long-passphrase-for-tests")


@pytest.mark.parametrize("as_delegate", [False, True])
def test_an_approval_of_before_counts_no_more(off_and_on, flow, adam, as_delegate):
    """Whoever had the session could have given it."""
    now, person = timezone.now(), User.objects.get(email="jon@example.com")
    sami, rita = factories.person("sami"), User.objects.get(email="rita@example.com")
    factories.decided_by(flow, sami if as_delegate else person, adam, needed=2)
    if as_delegate:
        factories.delegation(sami, person, now=now)
    request = factories.request_at(requester=rita, now=now)
    approve(request, person)
    off_and_on()
    assert Decision.objects.get(by=person).void_at
    assert AuditEvent.objects.get(type="request.approval_void").data["whose_id"] == person.pk
    assert approve(request, adam) == RequestState.PENDING
    if as_delegate:
        with pytest.raises(NotAllowed):
            approve(request, person)
        assert approve(request, sami) == RequestState.APPROVED
    else:
        assert approve(request, person) == RequestState.APPROVED


def approve(request, by):
    request = AccessRequest.objects.get(pk=request.pk)
    decide.approve(request=request, by=User.objects.get(pk=by.pk), comment="", now=timezone.now())
    return AccessRequest.objects.get(pk=request.pk).state
