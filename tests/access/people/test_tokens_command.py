"""`manage.py tokens`."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import AuditEvent, Token, User
from access.people import tokens
from portal.forms.login import LoginForm
from portal.pages.login import _check
from tests import factories


def run(*words):
    out, told = io.StringIO(), io.StringIO()
    call_command("tokens", *words, stdout=out, stderr=told)
    return out.getvalue(), told.getvalue()


def issue(*words, person="jon@example.com"):
    return run("issue", "--person", person, "--label", "Laptop", "--scope", "read", *words)


def test_it_writes_the_token_alone_to_the_output(jon):
    out, told = issue("--scope", "ask")
    token = Token.objects.get()
    assert tokens.holder(out.strip(), now=timezone.now()) == token
    assert token.ref in told
    assert token.scopes == ["read", "ask"]
    assert token.created_by.startswith("cli")


def test_json_has_the_facts_and_the_token(jon):
    told = json.loads(issue("--json", "--days", "365")[0])
    assert tokens.holder(told["token"], now=timezone.now()).ref == told["ref"]
    assert told["status"] == "live"


def test_a_bot_is_made_with_its_token_and_can_not_sign_in(db, rf):
    out, _told = run("issue", "--new-bot", "Deploys@example.com", "--label", "Deploys", "--scope", "ask")
    bot = User.objects.get(email="deploys@example.com")
    assert bot.is_bot
    assert not bot.has_usable_password()
    assert tokens.holder(out.strip(), now=timezone.now()).person == bot
    assert AuditEvent.objects.filter(type="person.bot_added", subject="person:deploys@example.com").count() == 1
    bot.set_password("a long password here")
    bot.save()
    form = LoginForm({"email": bot.email, "password": "a long password here"})
    assert _check(rf.get("/"), form, now=timezone.now())[0] is None


def test_a_bot_whose_token_is_refused_is_not_made_either(db):
    with pytest.raises(CommandError):
        run("issue", "--new-bot", "deploys@example.com", "--label", " ", "--scope", "ask")
    assert not User.objects.filter(is_bot=True).exists()


def test_the_list_never_tells_what_a_token_reads(jon):
    text = issue()[0].strip()
    token = Token.objects.get()
    for words in ([], ["--json"], ["--person", "JON@example.com"], ["--live"]):
        out, _told = run("list", *words)
        assert token.ref in out
        assert text not in out
        assert token.digest not in out


def test_the_list_can_leave_out_what_opens_nothing(jon, olga):
    issue()
    tokens.revoke(token=Token.objects.get(), by=olga, now=timezone.now())
    assert "no such token" in run("list", "--live")[0]
    assert json.loads(run("list", "--json")[0])[0]["status"] == "revoked"


def test_revoking_works_at_once_and_once(jon):
    text = issue()[0].strip()
    ref = Token.objects.get().ref
    assert ref in run("revoke", ref.lower())[0]
    assert tokens.holder(text, now=timezone.now()) is None
    with pytest.raises(CommandError) as refusal:
        run("revoke", ref)
    assert refusal.value.returncode == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["issue", "--person", "nobody@example.com", "--label", "x", "--scope", "read"], 2),
        (["issue", "--person", "jon@example.com", "--label", "x", "--scope", "everything"], 1),
        (["issue", "--person", "jon@example.com", "--label", "x", "--scope", "read", "--days", "366"], 1),
        (["issue", "--person", "jon@example.com", "--label", "x", "--scope", "read", "--days", "-1"], 1),
        (["issue", "--person", "jon@example.com", "--label", "", "--scope", "read"], 1),
        (["issue", "--new-bot", "jon@example.com", "--label", "x", "--scope", "read"], 1),
        (["issue", "--new-bot", "no mail", "--label", "x", "--scope", "read"], 1),
        (["list", "--person", "nobody@example.com"], 2),
        (["revoke", "T-NONE2"], 2),
    ],
)
def test_what_can_not_be_is_said(jon, words, code):
    with pytest.raises(CommandError) as refusal:
        run(*words)
    assert refusal.value.returncode == code
    assert not Token.objects.exists()


def test_nobody_inactive_gets_a_token(jon):
    User.objects.filter(pk=jon.pk).update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        issue()
    assert factories.person("jon").tokens.count() == 0
