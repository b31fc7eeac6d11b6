"""What was tried between two requests and by what is another's, and gives nothing. See docs/security.md."""

from datetime import timedelta

import pytest

from access.config import deactivate
from access.core.errors import NotAllowed, Refusal
from access.core.states import RequestState
from access.models import AccessRequest, Decision, Grant, Token, User
from access.people import delegations
from tests import factories
from tests.portal.api.conftest import Caller
from tests.portal.test_malicious_colleague import approve, asks, token_of

pytestmark = pytest.mark.django_db


def state(request) -> str:
    return AccessRequest.objects.get(pk=request.pk).state


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
def test_another_method_decides_nothing_whatever_header_says_that_a_post_is_meant(
    flow, adam, mallory, client, now, method
):
    request = asks(mallory, flow, now)
    client.force_login(adam)
    meant = {
        "X-HTTP-Method-Override": "POST", "X-Method-Override": "POST", "HX-Request": "true", "HX-Current-URL": "//x",
        **token_of(adam, adam, ["approve", "read"], now),
    }  # fmt: skip
    for path in ("/requests/{}/approve/", "/api/v1/requests/{}/approve", "/api/v1/requests/{}/deny"):
        address = f"{path.format(request.ref)}?_method=POST&comment=x"
        getattr(client, method)(address, headers=meant)
    assert (state(request), Decision.objects.count()) == (RequestState.PENDING, 0)


def test_a_token_that_reads_decides_nothing_by_a_browser_that_is_signed_in_beside_it(flow, adam, mallory, client, now):
    """The cookie of an approver lends a token no scope, and a token no cookie its form."""
    request = asks(mallory, flow, now)
    client.force_login(adam)
    answer = client.post(
        f"/api/v1/requests/{request.ref}/approve", {}, content_type="application/json",
        headers=token_of(adam, adam, ["read"], now),
    )  # fmt: skip
    assert answer.status_code == 403
    assert (
        client.post(f"/api/v1/requests/{request.ref}/approve", {}, content_type="application/json").status_code == 401
    )
    assert state(request) == RequestState.PENDING


def test_a_cursor_of_somebody_else_shows_what_is_ones_own_and_nothing_else(flow, adam, mallory, rita, now):
    factories.mapping(rita, account_id="u-rita")
    mine = asks(rita, flow, now)
    for _each in range(2):
        asks(mallory, flow, now)
    theirs = Caller(token_of(adam, adam, ["read"], now)["Authorization"].removeprefix("Bearer "))
    cursor = theirs.get("/requests?limit=1").json()["next_cursor"]
    own = Caller(token_of(rita, rita, ["read"], now)["Authorization"].removeprefix("Bearer "))
    assert [one["ref"] for one in own.get(f"/requests?cursor={cursor}").json()["items"]] == [mine.ref]
    assert own.get(f"/grants?cursor={cursor}").status_code == 400


def test_who_was_switched_off_and_on_again_has_nothing_of_before(flow, adam, olga, rita, mallory, client, now):
    """No session, no token, no delegation, no request."""
    factories.also_decided_by(flow, rita)
    asked, token = asks(mallory, flow, now), token_of(mallory, mallory, ["read"], now)
    row = factories.delegation(rita, adam, now=now)
    client.force_login(mallory)
    for person in (mallory, rita):
        deactivate.deactivate(User.objects.get(pk=person.pk), by=olga, now=now)
        deactivate.reactivate(User.objects.get(pk=person.pk), by=olga, now=now)
    assert state(asked) == RequestState.WITHDRAWN
    assert client.get("/").status_code == 302
    assert client.get("/api/v1/me", headers=token).status_code == 401
    assert not Token.objects.filter(revoked_at=None).exists()
    with pytest.raises(Refusal):
        delegations.accept(delegation=row, by=adam, now=now)
    with pytest.raises(Refusal):
        approve(asked, adam, now)


def test_a_manager_of_before_is_none_for_what_was_half_approved(flow, jon, adam, rita, now):
    flow.stages.all().delete()
    factories.stage(flow, managers=True, label="Manager")
    factories.stage(flow, adam, label="Security")
    User.objects.filter(pk=jon.pk).update(manager=rita)
    request = factories.request_at(now=now)
    approve(request, rita, now)
    User.objects.filter(pk=jon.pk).update(manager=factories.person("stella"))
    with pytest.raises(NotAllowed, match="Manager comes before Security"):
        approve(request, adam, now + timedelta(seconds=1))
    with pytest.raises(NotAllowed):
        approve(request, rita, now + timedelta(seconds=1))
    assert not Grant.objects.exists()


@pytest.mark.parametrize("email", ["mallory@example.com.", "mallory@example.com ", "MALLORY@EXAMPLE.COM"])
def test_an_account_that_is_written_otherwise_is_the_same_one(flow, mallory, email):
    with pytest.raises(Exception, match=r"already exists|valid|e-mail|UNIQUE"):
        User.objects.create_user(email)
    assert User.objects.filter(email__istartswith="mallory").count() == 1
