"""A colleague with one right alone, who tries to get access without the people of the policy. See docs/security.md."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from access.core.errors import Conflict, Invalid, NotAllowed, Refusal
from access.core.states import RequestState
from access.models import AccessRequest, AuditEvent, Delegation, Grant, Scope, Secret, User, UserMapping
from access.people import delegations, invitations, mappings, tokens
from access.requests import ask, decide
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


def asks(person, flow, now) -> AccessRequest:
    return ask.ask(
        flow=flow, target=factories.target(), requester=person, seconds=3600, reason="down", ticket="INC-1",
        starts_at=None, submission=uuid.uuid4(), now=now,
    )  # fmt: skip


def token_of(person, by, scopes, now) -> dict[str, str]:
    text = tokens.issue(
        person=person, actor=by, label="t", scopes=scopes, expires_at=now + timedelta(days=1), now=now
    )[1]  # fmt: skip
    return {"Authorization": f"Bearer {text}"}


def approve(request, by, now):
    return decide.approve(request=AccessRequest.objects.get(pk=request.pk), by=by, comment="", now=now)


# Staff with one right to look, and every other right that Django knows


RIGHTS = ("usermapping", "secret", "strategy", "flow", "group", "user", "delegation", "integration", "schedule")


@pytest.mark.parametrize("table", RIGHTS)
def test_a_right_to_a_table_changes_nothing_of_it_and_gives_no_access(client, flow, mallory, adam, now, table):
    mallory.is_staff = True
    mallory.save()
    mallory.user_permissions.set(Permission.objects.filter(codename__endswith=f"_{table}"))
    Secret.objects.create(name="signing", source="stored", sealed="x")
    row = {"user": adam}.get(table) or flow._meta.apps.get_model("access", table)._default_manager.first()
    client.force_login(User.objects.get(pk=mallory.pk))
    events = AuditEvent.objects.count()
    sent = {"user": mallory.pk, "account": 1, "members": [mallory.pk], "is_superuser": "on", "email": "x@example.com"}
    for address in [pages.of_add(table), *([pages.of(row), pages.of(row, "delete")] if row else [])]:
        assert client.post(address, sent).status_code == 403
    for action in ("match_again", "keep_account", "forget_matches", "deactivate", "end_now", "delete_selected"):
        client.post(pages.of_list(table), {"action": action, "index": "0", "_selected_action": [row.pk if row else 1]})
    assert AuditEvent.objects.count() == events
    request = asks(mallory, flow, now)
    with pytest.raises(NotAllowed):
        approve(request, mallory, now)


@pytest.mark.parametrize("field", ["sealed", "password", "digest", "secrets_seen", "tokens__digest"])
def test_no_filter_in_an_address_tells_a_hidden_value_letter_by_letter(client, flow, mallory, field):
    mallory.is_staff = True
    mallory.save()
    mallory.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(User.objects.get(pk=mallory.pk))
    for table in ("secret", "user", "webhook", "proposal", "integration", "usermapping"):
        for path in (field, f"user__{field}", f"by__{field}", f"password_secret__{field}"):
            assert client.get(pages.of_list(table), {f"{path}__startswith": "a"}).status_code in (302, 400), (
                table,
                path,
            )


# Who asks


def test_who_asks_gets_no_voice_by_a_delegation_in_any_form(flow, adam, mallory, now):
    request = asks(mallory, flow, now)
    factories.delegation(adam, mallory, now=now)
    with pytest.raises(NotAllowed):
        approve(request, mallory, now)
    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.PENDING


def test_nobody_names_themselves_for_another_or_accepts_for_them(flow, adam, mallory, rita, now):
    row = {"starts_at": None, "ends_at": now + timedelta(days=1), "reason": "x", "now": now}
    with pytest.raises(NotAllowed):
        delegations.delegate(from_person=adam, to_person=mallory, by=mallory, **row)
    factories.stands_in(rita)
    made = delegations.delegate(from_person=adam, to_person=rita, by=adam, **row)
    for verb in (delegations.accept, delegations.end):
        with pytest.raises(NotAllowed):
            verb(delegation=made, by=mallory, now=now)


def test_a_link_is_of_use_to_nobody_else_and_nobody_makes_one_for_an_approver(flow, adam, mallory, client, now):
    with pytest.raises(NotAllowed):
        invitations.invite(person=adam, by=mallory, now=now)
    client.force_login(mallory)
    assert client.post(f"/admin/access/user/{adam.pk}/invite/").status_code == 403


# Who approves


def test_an_approver_who_asks_decides_by_no_way_of_their_own(flow, adam, rita, olga, now, client):
    factories.decided_by(flow, adam, olga)
    factories.mapping(adam)
    request = asks(adam, flow, now)
    factories.delegation(adam, rita, now=now)
    with pytest.raises(NotAllowed):
        approve(request, adam, now)
    with pytest.raises(NotAllowed):
        approve(request, rita, now)
    answer = client.post(
        f"/api/v1/requests/{request.ref}/approve", {}, content_type="application/json",
        headers=token_of(adam, adam, ["approve"], now),
    )  # fmt: skip
    assert answer.status_code == 403


def test_a_delegate_speaks_once_and_not_after_the_end(flow, adam, rita, mallory, now):
    factories.decided_by(flow, adam, needed=1)
    request = asks(mallory, flow, now)
    row = factories.delegation(adam, rita, now=now)
    delegations.end(delegation=row, by=adam, now=now)
    with pytest.raises(NotAllowed):
        approve(request, rita, now)


# A bot, by whoever issued its token


@pytest.fixture
def bot():
    return User.objects.create_user("bot@example.com", is_bot=True)


def test_an_admin_does_not_approve_what_they_asked_for_with_the_voice_of_a_bot(flow, bot, olga, adam, client, now):
    factories.decided_by(flow, bot, adam)
    factories.mapping(olga, account_id="u-olga")
    request = asks(olga, flow, now)
    answer = client.post(
        f"/api/v1/requests/{request.ref}/approve", {}, content_type="application/json",
        headers=token_of(bot, olga, ["approve"], now),
    )  # fmt: skip
    assert answer.status_code == 403
    assert "issued a token of this bot" in answer.json()["detail"]
    assert not Grant.objects.exists()


def test_nor_what_a_bot_asked_for_with_a_token_of_theirs_though_it_is_revoked_by_then(flow, bot, olga, adam, now):
    factories.decided_by(flow, olga, adam)
    factories.mapping(bot, account_id="u-bot")
    token, _text = tokens.issue(
        person=bot, actor=olga, label="t", scopes=["ask"], expires_at=now + timedelta(days=1), now=now
    )
    request = asks(bot, flow, now)
    tokens.revoke(token=token, by=olga, now=now + timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="somebody else has to decide"):
        approve(request, olga, now + timedelta(seconds=2))
    assert approve(request, adam, now + timedelta(seconds=2))


def test_nobody_gives_two_approvals_as_themselves_and_as_a_bot(flow, bot, olga, adam, mallory, now):
    """Each way round, and though the token is revoked in between."""
    factories.decided_by(flow, bot, olga, adam, needed=2)
    for first, second in ((olga, bot), (bot, olga)):
        made, _text = tokens.issue(
            person=bot, actor=olga, label="t", scopes=["approve"], expires_at=now + timedelta(days=1), now=now
        )
        request = asks(mallory, flow, now)
        approve(request, first, now)
        if first == bot:
            tokens.revoke(token=made, by=olga, now=now + timedelta(seconds=1))
        with pytest.raises(NotAllowed, match="one person"):
            decide.approve(request=request, by=second, comment="", now=now + timedelta(seconds=2))
        request.refresh_from_db()
        assert request.state == RequestState.PENDING
        ask.withdraw(request=request, by=mallory, now=now + timedelta(seconds=3))


def test_nor_as_two_bots_in_two_approvals_or_one_that_asks_and_one_that_approves(flow, bot, olga, mallory, now):
    other = User.objects.create_user("another-bot@example.com", is_bot=True)
    for one in (bot, other):
        tokens.issue(person=one, actor=olga, label="t", scopes=["ask"], expires_at=now + timedelta(days=1), now=now)
    factories.decided_by(flow, bot, other, needed=2)
    request = asks(mallory, flow, now)
    approve(request, bot, now)
    with pytest.raises(NotAllowed, match="one person"):
        approve(request, other, now)
    factories.decided_by(flow, bot)
    factories.mapping(other, account_id="u-other")
    with pytest.raises(NotAllowed, match="one person"):
        approve(asks(other, flow, now), bot, now)


def test_a_person_and_a_bot_of_another_person_are_two(flow, bot, olga, adam, mallory, now):
    factories.decided_by(flow, bot, adam, needed=2)
    tokens.issue(person=bot, actor=olga, label="t", scopes=["approve"], expires_at=now + timedelta(days=1), now=now)
    request = asks(mallory, flow, now)
    approve(request, bot, now)
    approve(request, adam, now)
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


def test_a_bot_whose_token_another_issued_decides(flow, bot, olga, mallory, now):
    factories.decided_by(flow, bot)
    tokens.issue(person=bot, actor=olga, label="t", scopes=["approve"], expires_at=now + timedelta(days=1), now=now)
    assert approve(asks(mallory, flow, now), bot, now)


# A token of each scope, of an approver who is an admin


CALLS = {
    "ask": ("post", "/api/v1/requests", {"flow": "production-access", "target": "prod"}),
    "approve": ("post", "/api/v1/requests/{ref}/approve", {}),
    "audit": ("get", "/api/v1/audit", None),
    "configure": ("put", "/api/v1/config/sym_target/prod", {"type": "aptible_role", "label": "Mine"}),
}


@pytest.mark.parametrize("scope", [one.value for one in Scope])
def test_a_token_opens_what_its_scope_says_and_nothing_else(flow, olga, bot, mallory, client, now, scope):
    factories.decided_by(flow, olga)
    request = asks(mallory, flow, now)
    headers = token_of(bot if scope == Scope.PROVISION else olga, olga, [scope], now)
    opened = {scope, "ask"} if scope == Scope.ASSIST else {scope}
    for needed, (method, path, body) in CALLS.items():
        if needed in opened:
            continue
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        answer = getattr(client, method)(path.format(ref=request.ref), headers=headers, **more)
        assert answer.status_code == 403, needed
    assert not Grant.objects.exists()


# Whose account it is


def test_an_account_is_not_shared_nor_taken_from_another_nor_the_bot_s(flow, adam, mallory, olga, integration, now):
    theirs = factories.mapping(adam)
    with pytest.raises(Conflict):
        mappings.set_by_hand(user=mallory, integration=integration, account_id=theirs.account_id, by=olga, now=now)
    asked = asks(mallory, flow, now)
    UserMapping.objects.filter(user=mallory).update(account_id="u-other")
    assert AccessRequest.objects.get(pk=asked.pk).account_id == "u-mallory"


def test_break_glass_and_fast_track_are_not_for_whom_the_flow_does_not_let(flow, mallory, now):
    refusals: list[dict[str, Any]] = [{"break_glass": True}, {"seconds": 30 * 24 * 3600}]
    for refused in refusals:
        with pytest.raises((Invalid, Refusal)):
            ask.ask(
                flow=flow, target=factories.target(), requester=mallory, reason="x", ticket="I-1", starts_at=None,
                submission=uuid.uuid4(), now=now, **{"seconds": 3600, **refused},
            )  # fmt: skip
    assert not Grant.objects.exists()
    assert not Delegation.objects.exists()
