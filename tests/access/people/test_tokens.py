"""API tokens: who may issue one, what it reads, and when it opens nothing any more."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from access.audit import log
from access.audit.sentences import sentence
from access.core.errors import Conflict, Invalid, NotAllowed
from access.models import AuditEvent, Scope, Token, User
from access.people import token_status, tokens
from access.requests import offboard
from tests import chain, factories

DAY = timedelta(days=1)
OWN = ["read", "ask", "end"]


@pytest.fixture
def bot(db):
    return factories.person("deploys", is_bot=True)


@pytest.fixture
def own(jon, now):
    return tokens.issue_own(
        person=jon, by=jon, label=" Laptop ", scopes=["ask", "read"], own_scopes=OWN, expires_at=now + DAY, now=now
    )


def issued(now, *, person, by, scopes=("read",), **more):
    asked = {"label": "Laptop", "own_scopes": OWN, "expires_at": now + DAY, **more}
    return tokens.issue_own(person=person, by=by, scopes=scopes, now=now, **asked)


def test_a_token_is_shown_once_and_kept_as_a_digest(own, jon, now):
    token, text = own
    assert text.startswith("usher_")
    assert len(text) == len("usher_") + 43
    assert token.digest == hashlib.sha256(text.encode()).hexdigest()
    assert text not in str(Token.objects.values().get()) + str(list(AuditEvent.objects.values()))
    assert (token.label, token.scopes, token.person) == ("Laptop", ["read", "ask"], jon)
    assert tokens.holder(text, now=now) == token


def test_no_two_tokens_read_alike(jon, now):
    texts = {issued(now, person=jon, by=jon)[1] for _one in range(20)}
    assert len(texts) == 20


def test_issuing_and_revoking_are_told_in_the_log(own, jon, now):
    token, _text = own
    tokens.revoke(token=token, by=jon, now=now)
    told = [sentence(one) for one in AuditEvent.objects.filter(type__startswith="token.").order_by("id")]
    assert told == [
        f"jon@example.com issued the API token {token.ref} for jon@example.com: Laptop.",
        f"jon@example.com revoked the API token {token.ref} of jon@example.com.",
    ]


@pytest.mark.parametrize(
    ("by", "whose", "allowed"),
    [
        ("jon", "jon", True),
        ("rita", "jon", False),
        ("olga", "jon", False),
        ("olga", "olga", True),
        ("olga", "deploys", True),
        ("jon", "deploys", False),
        ("deploys", "deploys", False),
    ],
)
def test_people_issue_their_own_and_admins_those_of_bots(jon, rita, olga, bot, now, by, whose, allowed):
    people = {"jon": jon, "rita": rita, "olga": olga, "deploys": bot}
    if allowed:
        assert issued(now, person=people[whose], by=people[by])[0].person == people[whose]
        return
    with pytest.raises(NotAllowed):
        issued(now, person=people[whose], by=people[by])
    assert not Token.objects.exists()


def test_people_give_only_the_scopes_that_are_open_to_them(jon, olga, bot, now):
    with pytest.raises(NotAllowed, match="approve"):
        issued(now, person=jon, by=jon, scopes=["approve"])
    with pytest.raises(NotAllowed, match="read"):
        issued(now, person=jon, by=jon, own_scopes=[])
    assert issued(now, person=jon, by=jon, scopes=["approve"], own_scopes=Scope.values)[0].scopes == ["approve"]
    assert issued(now, person=bot, by=olga, scopes=["approve"])[0].scopes == ["approve"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "  "),
        ("label", "x" * 101),
        ("label", "two\nlines"),
        ("label", "nul\x00"),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("expires_at", timedelta(0)),
        ("expires_at", timedelta(days=-1)),
        ("expires_at", timedelta(days=366)),
    ],
)
def test_what_is_wrong_is_said_at_its_field(jon, now, field, value):
    value = now + value if field == "expires_at" else value
    with pytest.raises(Invalid) as refusal:
        issued(now, person=jon, by=jon, **{field: value})
    assert list(refusal.value.errors) == [field]
    assert not Token.objects.exists()


def test_it_opens_nothing_once_it_is_revoked_or_expired_or_its_person_is_not_active(own, jon, now):
    token, text = own
    assert tokens.holder(text, now=now + DAY - timedelta(seconds=1))
    assert tokens.holder(text, now=now + DAY) is None
    assert tokens.holder(text + "x", now=now) is None
    assert tokens.holder("", now=now) is None
    assert tokens.holder("usher_\ud800\x00", now=now) is None
    User.objects.filter(pk=jon.pk).update(is_active=False)
    assert tokens.holder(text, now=now) is None
    User.objects.filter(pk=jon.pk).update(is_active=True)
    tokens.revoke(token=token, by=jon, now=now)
    assert tokens.holder(text, now=now) is None


@pytest.mark.parametrize(("who", "allowed"), [("jon", True), ("olga", True), ("rita", False), ("adam", False)])
def test_its_owner_and_admins_revoke_it(own, rita, adam, olga, now, who, allowed):
    token, text = own
    if allowed:
        tokens.revoke(token=token, by=factories.person(who), now=now)
    else:
        with pytest.raises(NotAllowed):
            tokens.revoke(token=token, by=factories.person(who), now=now)
    assert (tokens.holder(text, now=now) is None) is allowed


def test_it_is_revoked_once(own, jon, now):
    tokens.revoke(token=own[0], by=jon, now=now)
    with pytest.raises(Conflict):
        tokens.revoke(token=own[0], by=jon, now=now)
    with pytest.raises(Conflict):
        tokens.revoke_as_operator(token=own[0], actor="cli:root", now=now)
    assert AuditEvent.objects.filter(type="token.revoked").count() == 1


def test_who_leaves_keeps_no_token_not_even_when_they_come_back(own, jon, olga, now):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    offboard.leave(user=jon, by=olga, now=now)
    User.objects.filter(pk=jon.pk).update(is_active=True)
    assert tokens.holder(own[1], now=now) is None
    assert AuditEvent.objects.get(type="token.revoked").actor == olga.email


def test_nobody_inactive_gets_one_in_between(jon, now):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(Conflict):
        issued(now, person=jon, by=jon)  # these rows still say that he is active
    assert not Token.objects.exists()


def test_its_standing_has_one_word(own, jon, now):
    token, _text = own
    assert token_status.status(token, now=now) == "live"
    assert token_status.status(token, now=now + DAY) == "expired"
    jon.is_active = False
    token.person = jon
    assert token_status.status(token, now=now) == "inactive"
    token.revoked_at = now
    assert token_status.status(token, now=now) == "revoked"


def test_people_see_their_own_and_admins_all(own, jon, rita, olga):
    assert [list(token_status.visible_to(one)) for one in (jon, rita, olga)] == [[own[0]], [], [own[0]]]


def test_the_database_refuses_a_token_without_an_end(own, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.update(expires_at=now - DAY)


def test_events_name_the_token_that_acted(db, now):
    with log.through("T-AAAAA"):
        named = log.append("request.asked", actor="jon@example.com", now=now, data={"seconds": 60})
        each = log.append_each("mapping.set", actor="jon@example.com", now=now, facts=[("person:jon", {})])
    plain = log.append("request.asked", actor="jon@example.com", now=now)
    assert named.data == {"seconds": 60, "through": "T-AAAAA"}
    assert each[0].data == {"through": "T-AAAAA"}
    assert plain.data == {}
    assert chain.first_bad() is None
