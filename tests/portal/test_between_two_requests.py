"""What changes between two requests, and gives nobody access without the people of the policy. See docs/security.md."""

import uuid
from datetime import timedelta

import pytest

from access.core.errors import Conflict, NotAllowed
from access.core.states import GrantState, RequestState
from access.grants import begin, extend
from access.models import AccessRequest, DirectoryRole, Flow, Grant, Proposal, Target, Token, User
from access.people import tokens
from access.requests import ask
from tests import factories
from tests.access.admin import pages
from tests.access.admin.test_targets import typed
from tests.access.policy import fast_tracks
from tests.portal.test_malicious_colleague import approve, asks, token_of

pytestmark = pytest.mark.django_db
HOUR = 3600


# A target that is another role by the second approval than it was at the first


@pytest.fixture
def half_approved(flow, mallory, adam, rita, now):
    factories.decided_by(flow, adam, rita, needed=2)
    request = asks(mallory, flow, now)
    approve(request, adam, now)
    return request


def test_a_target_keeps_its_role_while_a_request_for_it_waits(half_approved, olga, rita, client, now):
    before = Target.objects.get().role_id
    other = DirectoryRole.objects.get(name="Staging")
    client.force_login(olga)
    client.post(pages.of(Target.objects.get()), typed(other, label="Prod", name="prod"))
    assert Target.objects.get().role_id == before
    answer = client.put(
        "/api/v1/config/sym_target/prod",
        {"type": "aptible_role", "label": "Prod", "settings": {"role_id": other.external_id}},
        content_type="application/json", headers={**token_of(olga, olga, ["configure"], now), "If-Match": "*"},
    )  # fmt: skip
    assert (answer.status_code, Target.objects.get().role_id) == (400, before)
    assert "while a request for it waits" in str(answer.json())
    approve(half_approved, rita, now)
    assert Grant.objects.get().role_id == before


def test_once_it_is_settled_and_was_never_held_it_may_be_of_another(half_approved, mallory, olga, client, now):
    ask.withdraw(request=half_approved, by=mallory, now=now)
    other = DirectoryRole.objects.get(name="Staging")
    client.force_login(olga)
    client.post(pages.of(Target.objects.get()), typed(other, label="Prod", name="prod"))
    assert Target.objects.get().role_id == other.external_id


# One person with two voices: a delegate's, and a bot's


@pytest.fixture
def bot(olga, now):
    made = User.objects.create_user("bot@example.com", is_bot=True)
    tokens.issue(person=made, actor=olga, label="t", scopes=["ask"], expires_at=now + timedelta(days=1), now=now)
    return made


@pytest.mark.parametrize("first_is_bot", [True, False])
def test_who_is_away_speaks_not_by_a_delegate_and_by_a_bot_of_theirs(
    flow, bot, olga, rita, adam, mallory, now, first_is_bot
):  # fmt: skip
    factories.decided_by(flow, bot, olga, adam, needed=2)
    factories.delegation(olga, rita, now=now)
    request = asks(mallory, flow, now)
    first, second = (bot, rita) if first_is_bot else (rita, bot)
    approve(request, first, now)
    with pytest.raises(NotAllowed, match="one person"):
        approve(request, second, now)
    approve(request, adam, now)
    assert AccessRequest.objects.get(pk=request.pk).state == RequestState.APPROVED


def test_nor_by_a_delegate_for_what_a_bot_of_theirs_asked_for(flow, bot, olga, rita, adam, now):
    factories.decided_by(flow, olga, adam)
    factories.mapping(bot, account_id="u-bot")
    factories.delegation(olga, rita, now=now)
    request = asks(bot, flow, now)
    with pytest.raises(NotAllowed, match="one person"):
        approve(request, rita, now)
    approve(request, adam, now)


# Held longer than any flow gives without an approval


def held_by_a_mix_of_ways(flow, adam, mallory, now, *, fast: list[int]) -> Grant:
    """An approval of 20 minutes, an emergency for two hours, then 20 minutes of what may be extended by one.

    `fast` are the durations of the flow that is extended.
    """
    Flow.objects.update(break_glass=True, break_glass_seconds=2 * HOUR, allowed_durations=[1200, 2 * HOUR])
    by_rule = factories.flow("fast", allowed_durations=fast, free_extension=HOUR)
    fast_tracks.rule(by_rule, in_group=factories.group("On call", mallory))
    flow.refresh_from_db()
    what = {
        "target": factories.target(), "requester": mallory, "reason": "down", "ticket": "INC-1", "starts_at": None,
    }  # fmt: skip
    first = ask.ask(flow=flow, seconds=1200, submission=uuid.uuid4(), now=now, **what)
    approve(first, adam, now)
    begin.begin(Grant.objects.get(), now=now)
    factories.move(Grant.objects.get(), GrantState.ACTIVE, now=now)
    for minutes, more in (
        (10, {"flow": flow, "seconds": 2 * HOUR, "break_glass": True}),
        (15, {"flow": by_rule, "seconds": 1200}),
    ):
        at = now + timedelta(minutes=minutes)
        made = ask.ask(submission=uuid.uuid4(), now=at, **what, **more)
        assert made.state == RequestState.APPROVED
        begin.begin(Grant.objects.latest("pk"), now=at)
    return Grant.objects.get(state=GrantState.ACTIVE)


def test_a_short_fast_track_lends_its_free_extension_to_no_long_break_glass(flow, adam, mallory, now):
    held = held_by_a_mix_of_ways(flow, adam, mallory, now, fast=[1200])
    with pytest.raises(Conflict, match="for longer than"):
        extend.extend(grant=held, by=mallory, now=now + timedelta(minutes=16))
    assert held.refreshed().ends_at == now + timedelta(minutes=130)


def test_a_free_extension_adds_what_is_left_of_the_longest_time(flow, adam, mallory, now):
    """From the end of the approval, after 20 minutes, the flow gives at most an hour and 10 minutes, and one hour."""
    held = held_by_a_mix_of_ways(flow, adam, mallory, now, fast=[1200, HOUR + 600])
    assert extend.extend(grant=held, by=mallory, now=now + timedelta(minutes=16)).ends_at == now + timedelta(
        minutes=150
    )


# A proposal that waits while the set-up comes to be kept by files


def test_a_proposal_is_not_confirmed_where_the_set_up_changes_by_files_alone(client, olga, flow, now, settings):
    settings.SETUP_SECOND_ADMIN = True
    nora = User.objects.create_superuser("nora@example.com", name="Nora Lind")
    target = factories.target()
    body = {"type": "aptible_role", "label": "Changed", "settings": {"role_id": target.role_id}}
    client.put(
        "/api/v1/config/sym_target/prod", body, content_type="application/json",
        headers={**token_of(olga, olga, ["configure"], now), "If-Match": "*"},
    )  # fmt: skip
    settings.SETUP = "files"
    client.force_login(nora)
    client.post(f"/admin/access/proposal/{Proposal.objects.get().pk}/confirm/")
    assert Target.objects.get().label == "Prod"
    assert Proposal.objects.get().state == "open"


# A token that one admin issues where files alone change the set-up


@pytest.mark.parametrize("who", ["themselves", "a bot"])
def test_no_admin_issues_a_token_by_which_they_change_by_hand_what_files_alone_do(client, olga, settings, now, who):
    settings.SETUP, settings.PERSONAL_TOKEN_SCOPES = "files", ["read", "configure"]
    bot = User.objects.create_superuser("terraform@example.com", is_bot=True)
    client.force_login(olga)
    sent = {"label": "mine", "scopes": ["configure"], "days": "7", "person": olga.pk if who == "themselves" else bot.pk}
    answer = client.post("/account/tokens/", sent)
    assert answer.status_code == 422
    assert "manage.py tokens issue" in pages.text(answer)
    assert not Token.objects.exists()
    tokens.issue(
        person=bot, actor="cli:root", label="t", scopes=["configure"], expires_at=now + timedelta(days=1), now=now
    )
    settings.SETUP = ""
    assert client.post("/account/tokens/", sent).status_code == 200
