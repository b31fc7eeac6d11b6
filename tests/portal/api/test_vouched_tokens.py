"""With SETUP_PASSKEY a token changes who gets in only if whoever runs the server, or a passkey, stood behind it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.models import AuditEvent, Scope, Token, User
from access.people import tokens
from portal.sign_in import touch
from tests.portal.api.test_auth import is_problem
from tests.portal.pages import words

TARGET = "/config/sym_target/prod"


@pytest.fixture
def touched(sign_in, olga, monkeypatch):
    """Olga's browser, in which she has just touched her passkey."""
    monkeypatch.setattr(touch, "is_fresh", lambda request, *, now: True)
    return sign_in(olga)


@pytest.fixture
def unvouched(caller, olga, flow):
    """A token of Olga's from before, that may keep the set-up."""
    made = caller(olga, Scope.CONFIGURE, Scope.READ)
    Token.objects.filter(pk=made.token.pk).update(vouched_at=None)
    return made


def test_one_behind_which_nobody_stood_reads_and_changes_nothing(unvouched, settings):
    assert unvouched.call("DELETE", "/config/sym_target/none").status_code == 404
    settings.SETUP_PASSKEY = True
    for method in ("PUT", "DELETE"):
        told = is_problem(unvouched.call(method, TARGET, {"arguments": {}}), 403)
        assert "issued without a passkey" in told["detail"]
    assert unvouched.get(TARGET).status_code == 200
    assert unvouched.post("/config/dry-run", {"steps": []}).status_code != 403


def test_it_counts_once_an_admin_confirms_it_with_a_passkey(unvouched, touched, settings):
    settings.SETUP_PASSKEY = True
    assert "Confirm it with your passkey" in words(touched.get("/account/tokens/"))
    touched.post(f"/account/tokens/{unvouched.token.ref}/confirm/")
    assert unvouched.call("DELETE", "/config/sym_target/none").status_code == 404
    assert "Confirm it with your passkey" not in words(touched.get("/account/tokens/"))
    assert AuditEvent.objects.latest("id").type == "token.vouched"
    assert touched.post(f"/account/tokens/{unvouched.token.ref}/confirm/").status_code == 409


@pytest.mark.parametrize("needed", [True, False])
def test_a_session_alone_stands_behind_nothing(unvouched, sign_in, olga, settings, needed):
    """Neither now nor in advance, while no touch is asked for yet."""
    settings.SETUP_PASSKEY = needed
    answer = sign_in(olga).post(f"/account/tokens/{unvouched.token.ref}/confirm/")
    assert answer.status_code == (302 if needed else 409)
    assert Token.objects.get(pk=unvouched.token.pk).vouched_at is None


def test_nobody_confirms_for_another_but_admins_for_bots(unvouched, caller, adam, touched, olga, sign_in):
    theirs = caller(adam, Scope.READ).token
    bot = User.objects.create_user("bot@example.com", is_bot=True)
    keeps = caller(bot, Scope.PROVISION).token
    Token.objects.update(vouched_at=None)
    assert touched.post(f"/account/tokens/{theirs.ref}/confirm/").status_code == 403
    assert touched.post(f"/account/tokens/{keeps.ref}/confirm/").status_code == 302
    assert sign_in(adam).post(f"/account/tokens/{theirs.ref}/confirm/").status_code == 403
    assert sign_in(adam).post(f"/account/tokens/{unvouched.token.ref}/confirm/").status_code == 404


@pytest.mark.parametrize("fresh", [True, False])
def test_one_that_is_issued_right_after_a_touch_counts_at_once(touched, olga, monkeypatch, fresh):
    monkeypatch.setattr(touch, "is_fresh", lambda request, *, now: fresh)
    sent = {"label": "Terraform", "scopes": ["read"], "days": "30", "person": olga.pk}
    page = touched.post("/account/tokens/", sent)
    assert page.status_code == 200, page.content
    assert (Token.objects.latest("pk").vouched_at is not None) is fresh


def test_one_of_the_command_counts_at_once_and_one_of_a_person_never(olga, adam):
    now = timezone.now()
    told: dict[str, Any] = {"label": "x", "scopes": ["read"], "expires_at": now + timedelta(days=1), "now": now}
    assert tokens.issue(person=olga, actor="cli", **told)[0].vouched_at == now
    own, _text = tokens.issue_own(person=adam, by=adam, own_scopes=["read"], vouched=True, **told)
    assert own.vouched_at is None


def test_a_directory_waits_for_it_too(caller, settings, client, db):
    bot = User.objects.create_user("bot@example.com", is_bot=True)
    keeps = caller(bot, Scope.PROVISION)
    Token.objects.update(vouched_at=None)
    settings.SETUP_PASSKEY = True
    headers = {"Authorization": f"Bearer {keeps.text}"}
    assert client.get("/scim/v2/Users", headers=headers).status_code == 200
    sent = '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "nora@example.com"}'
    answer = client.post("/scim/v2/Users", sent, content_type="application/scim+json", headers=headers)
    assert answer.status_code == 403
    assert not User.objects.filter(email="nora@example.com").exists()
