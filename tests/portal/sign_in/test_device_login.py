"""A command line gets a token of its person: by a code that they confirm, and by nothing else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.config import deactivate
from access.core.errors import Conflict
from access.models import AuditEvent, DeviceLogin, Token, User
from access.people import device_logins
from portal.api import anonymous_limits
from tests.portal.api.conftest import Caller
from tests.portal.pages import words

pytestmark = pytest.mark.django_db
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Machine:
    """A terminal somewhere."""

    def __init__(self, scope="read ask end", name="jons-laptop", address="192.0.2.7"):
        self.client = Client(REMOTE_ADDR=address)
        told = self.client.post("/login/device/code/", {"scope": scope, "machine": name})
        assert told.status_code == 200, told.content
        self.told = told.json()

    def fetch(self, **changes):
        sent = {"grant_type": GRANT, "device_code": self.told["device_code"], **changes}
        DeviceLogin.objects.update(asked_at=None)  # nobody has to wait in a test
        answer = self.client.post("/login/device/token/", sent)
        return answer.status_code, answer.json()


@pytest.fixture
def machine(settings, db):
    settings.PERSONAL_TOKEN_SCOPES = ["read", "ask", "assist", "end"]
    return Machine()


def test_a_long_name_and_a_long_address_make_a_token_all_the_same(settings, client, jon, db):
    settings.PERSONAL_TOKEN_SCOPES = ["read", "ask", "end"]
    address = "2001:db8:1111:2222:3333:4444:5555:6666"
    machine = Machine(name="m" * 60, address=address)
    client.force_login(jon)
    confirm(client, machine)
    assert machine.fetch()[0] == 200
    label = Token.objects.get().label
    assert len(label) == 100
    assert label.endswith(f"m ({address})")


def confirm(browser, machine, **changes):
    sent = {"code": machine.told["user_code"], "answer": "confirm", "scopes": ["read", "ask"], "days": "7"}
    return browser.post("/login/device/", {**sent, **changes})


def test_the_whole_story(machine, client, jon):
    assert machine.fetch() == (400, {"error": "authorization_pending"})
    client.force_login(jon)
    page = words(client.get(machine.told["verification_uri_complete"].removeprefix("http://localhost:8000")))
    for told in (machine.told["user_code"], "jons-laptop", "192.0.2.7", "Confirm only what you started yourself"):
        assert told in page
    assert "Your browser has another address, 127.0.0.1." in page
    confirm(client, machine)
    assert "Confirmed. Go back to the machine “jons-laptop”" in words(client.get("/account/tokens/"))
    status, told = machine.fetch()
    assert (status, told["token_type"], told["scope"], told["person"]) == (200, "Bearer", "read ask", jon.email)
    assert Caller(told["access_token"]).get("/me").json()["email"] == jon.email
    token = Token.objects.get()
    assert (token.person, token.created_by_id, token.label) == (jon, jon.pk, "jons-laptop (192.0.2.7)")
    assert token.expires_at - token.created_at == timedelta(days=7)
    assert told["access_token"] not in str(list(AuditEvent.objects.values()) + list(DeviceLogin.objects.values()))
    # It was fetched, so it is over; and it is revoked as any other.
    assert machine.fetch() == (400, {"error": "expired_token"})
    client.post(f"/account/tokens/{token.ref}/revoke/")
    assert Caller(told["access_token"]).get("/me").status_code == 401


def test_who_says_no_gives_nothing_and_leaves_a_trace(machine, client, jon):
    client.force_login(jon)
    confirm(client, machine, answer="deny")
    assert machine.fetch() == (400, {"error": "access_denied"})
    [event] = AuditEvent.objects.filter(type="token.refused")
    assert (event.actor, event.data) == (jon.email, {"machine": "jons-laptop", "address": "192.0.2.7"})
    assert confirm(client, machine).status_code == 404
    assert not Token.objects.exists()


def test_nobody_confirms_without_signing_in(machine, client):
    answer = client.get(f"/login/device/?code={machine.told['user_code']}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=/login/device/")
    assert confirm(client, machine).status_code == 302
    assert machine.fetch() == (400, {"error": "authorization_pending"})


def test_only_what_was_asked_for_and_what_people_may_give_is_offered(machine, client, jon):
    client.force_login(jon)
    other = Machine("read ask approve configure nonsense")
    page = client.get(f"/login/device/?code={other.told['user_code']}").content.decode()
    assert 'value="ask"' in page
    assert 'value="approve"' not in page
    assert 'value="end"' not in page
    assert confirm(client, other, scopes=["read", "approve"]).status_code == 422
    assert confirm(client, other, scopes=[]).status_code == 422
    assert other.fetch()[1] == {"error": "authorization_pending"}
    nothing = Machine("configure")
    assert "People issue no tokens here that may do" in words(
        client.get(f"/login/device/?code={nothing.told['user_code']}")
    )


def test_what_people_may_give_is_asked_again_when_it_is_fetched(machine, client, jon, settings):
    client.force_login(jon)
    confirm(client, machine)
    settings.PERSONAL_TOKEN_SCOPES = ["read"]
    assert machine.fetch() == (400, {"error": "access_denied"})


def test_who_is_deactivated_before_it_is_fetched_gives_nothing(machine, client, jon):
    client.force_login(jon)
    confirm(client, machine)
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert machine.fetch() == (400, {"error": "access_denied"})
    assert not Token.objects.exists()


def test_what_was_confirmed_before_somebody_left_gives_nothing_once_they_are_back(machine, client, jon, olga, now):
    client.force_login(jon)
    confirm(client, machine)
    deactivate.deactivate(jon, by=olga, now=now)
    deactivate.reactivate(jon, by=olga, now=now)
    assert machine.fetch() == (400, {"error": "expired_token"})
    assert not Token.objects.exists()


def test_an_auditor_has_no_token_this_way(machine, client, jon):
    User.objects.filter(pk=jon.pk).update(is_auditor=True)
    client.force_login(User.objects.get(pk=jon.pk))
    assert confirm(client, machine).status_code == 403
    assert machine.fetch() == (400, {"error": "authorization_pending"})


def test_time_is_up_after_ten_minutes(machine, client, jon):
    DeviceLogin.objects.update(expires_at=timezone.now())
    client.force_login(jon)
    assert confirm(client, machine).status_code == 404
    assert machine.fetch() == (400, {"error": "expired_token"})
    assert "Nothing waits under this code" in words(client.get("/login/device/?code=BCDF-GHJK"))


def test_a_token_is_fetched_within_the_ten_minutes(machine, client, jon):
    client.force_login(jon)
    confirm(client, machine)
    DeviceLogin.objects.update(expires_at=timezone.now())
    assert machine.fetch() == (400, {"error": "expired_token"})


def test_the_first_answer_counts(machine, client, jon, adam):
    asked = DeviceLogin.objects.get()
    client.force_login(jon)
    confirm(client, machine)
    with pytest.raises(Conflict):
        device_logins.deny(asked, by=adam, now=timezone.now())


def test_who_asks_too_often_is_slowed_down(machine):
    sent = {"grant_type": GRANT, "device_code": machine.told["device_code"]}
    first, second = (machine.client.post("/login/device/token/", sent).json() for _each in range(2))
    assert (first, second) == ({"error": "authorization_pending"}, {"error": "slow_down"})


def test_one_address_begins_only_so_many(machine, monkeypatch):
    monkeypatch.setattr(device_logins, "MOST_OF_ONE_ADDRESS", 2)
    Machine()
    told = machine.client.post("/login/device/code/", {"scope": "read"})
    assert (told.status_code, told.json()) == (429, {"error": "slow_down"})
    Machine(address="192.0.2.8")
    monkeypatch.setattr(anonymous_limits, "LIMIT", 0)
    assert machine.client.post("/login/device/code/", {"scope": "read"}).status_code == 429


def test_a_machine_is_called_by_what_can_be_read(machine, client, jon):
    other = Machine(name="\x1b[31m<b>evil\u202e\n" + "x" * 200)
    client.force_login(jon)
    page = client.get(f"/login/device/?code={other.told['user_code'].lower()}").content.decode()
    assert "<bdi>[31m&lt;b&gt;evil" in page
    assert len(DeviceLogin.objects.latest("pk").machine) == 60


def test_old_tries_do_not_pile_up(machine):
    DeviceLogin.objects.update(expires_at=timezone.now() - timedelta(days=2))
    Machine()
    assert DeviceLogin.objects.count() == 1


def test_other_grants_and_unknown_proofs_get_nothing(machine):
    assert machine.fetch(grant_type="password") == (400, {"error": "unsupported_grant_type"})
    assert machine.fetch(device_code="made-up") == (400, {"error": "expired_token"})
    assert machine.fetch(device_code="") == (400, {"error": "expired_token"})


@pytest.mark.parametrize("scopes", [["assist", "ask"], ["assist", "read", "end", "ask"]])
def test_a_token_of_an_assistant_can_do_nothing_else(machine, client, jon, scopes):
    client.force_login(jon)
    other = Machine("read ask assist end")
    assert confirm(client, other, scopes=scopes).status_code == 422
    confirm(client, other, scopes=["read", "assist", "end"])
    assert other.fetch()[1]["scope"] == "read assist end"
