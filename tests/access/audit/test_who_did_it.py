"""Who did it is an id, not an address, wherever a row keeps it: an e-mail that moves changes nothing of the past."""

import importlib

import pytest
from django.apps import apps

from access.audit import log
from access.config.declared import apply_changes
from access.core.states import EndReason
from access.grants import end_early
from access.models import AuditEvent, Declared, Grant, Token, User
from access.people import tokens
from tests import factories

pytestmark = pytest.mark.django_db
fill = importlib.import_module("access.migrations.0043_fill_who_did_it").fill


@pytest.fixture
def done(flow, adam, now):
    """Adam ended access, issued a token and applied files; then his address became somebody else's."""
    grant = factories.grant(now=now)
    end_early.end(grant=grant, by=adam, now=now)
    tokens.issue(
        person=adam, actor=adam, label="x", scopes=["read"], expires_at=now.replace(year=now.year + 1), now=now
    )
    log.append("config.kept", actor=adam, now=now, subject="target:prod")
    apply_changes.own({("sym_target", "prod"): "terraform:x"}, digest="", actor=adam, now=now)
    return grant


def kept() -> list[tuple[str, int | None, str]]:
    grant, token, declared = Grant.objects.get(), Token.objects.get(), Declared.objects.get()
    return [
        (grant.ended_by, grant.ended_by_id, grant.ended_by_name),
        (token.created_by, token.created_by_id, token.created_by_name),
        (declared.applied_by, declared.applied_by_id, declared.applied_by_name),
    ]


def move(adam) -> None:
    User.objects.filter(pk=adam.pk).update(email="adam.old@example.com", name="Somebody Else")
    User.objects.create_user("adam@example.com", name="Adam the Second")


def forget() -> None:
    Grant.objects.update(ended_by_id=None, ended_by_name="")
    Token.objects.update(created_by_id=None, created_by_name="")
    Declared.objects.update(applied_by_id=None, applied_by_name="")


def test_a_row_keeps_the_person_and_what_they_were_called_then(done, adam):
    called = str(adam)
    move(adam)
    assert kept() == [("adam@example.com", adam.pk, called)] * 3
    assert Grant.objects.get().ended_by_called == called


def test_rows_from_before_learn_it_from_the_log(done, adam):
    called = str(adam)
    forget()
    move(adam)
    fill(apps, None)
    assert kept() == [("adam@example.com", adam.pk, called)] * 3


def test_where_even_the_log_has_an_address_alone_that_moved_they_say_so(done, adam, olga, now, monkeypatch):
    monkeypatch.setattr(AuditEvent.objects, "filter", _without_ids(AuditEvent.objects.filter))
    forget()
    before = adam.email
    log.append("person.changed", actor=olga, now=now, subject=adam,
               data={"changes": {"email": {"from": before, "to": "x@example.com"}}})  # fmt: skip
    fill(apps, None)
    assert kept() == [(before, None, "")] * 3
    assert Grant.objects.get().ended_by_called == "by the address adam@example.com at the time"


def test_where_the_address_never_moved_it_names_its_person(done, adam, monkeypatch):
    monkeypatch.setattr(AuditEvent.objects, "filter", _without_ids(AuditEvent.objects.filter))
    forget()
    fill(apps, None)
    assert {pk for _address, pk, _name in kept()} == {adam.pk}


def test_what_is_no_person_is_named_as_it_is(flow, now):
    grant = factories.grant(now=now)
    end_early.end_as(grant, actor="cli:root", why=EndReason.REVOKED, now=now, comment="")
    found = Grant.objects.get()
    assert (found.ended_by, found.ended_by_id, found.ended_by_called) == ("cli:root", None, "cli:root")


def _without_ids(find):
    """The log as a release wrote it that knew addresses alone."""

    def filtered(*args, **kwargs):
        return _Blind(find(*args, **kwargs))

    return filtered


class _Blind:
    def __init__(self, rows):
        self._rows = rows

    def __getattr__(self, name):
        return getattr(self._rows, name)

    def order_by(self, *names):
        return _Blind(self._rows.order_by(*names))

    def __getitem__(self, key):
        return [_blinded(one) for one in self._rows[key]]

    def iterator(self):
        return (_blinded(one) for one in self._rows)


def _blinded(event):
    event.actor_id, event.actor_name = None, None
    return event
