"""Lines that are written without a template tell what somebody typed as text, and never as a part of the page."""

from types import SimpleNamespace
from typing import Any

import pytest

from access.core.states import GrantState, RequestState
from access.directory.accounts import Account
from access.models import (
    AccessRequest,
    Decision,
    DirectoryEnvironment,
    DirectoryPermission,
    DirectoryRole,
    Grant,
    Target,
    User,
)
from access.policy.policy import Approver
from access.requests import decide, risk
from portal.templatetags import reviews
from tests import factories

LISTS = ("/review/?tab=all", "/review/?tab=decided", "/requests/?scope=all", "/active/")


def typed(what):
    return f"{what}<i a=\"1\" b='2'>&"


@pytest.fixture
def past(flow, adam, rita, now):
    """Some that wait, were denied and taken back, and one whose access is held: a text of its own in each place."""
    held = factories.grant(state=GrantState.ACTIVE, now=now, reason=typed("reason"))
    factories.request_at(now=now, requester=rita, reason=typed("reason"))
    denied = factories.request_at(now=now, requester=rita, reason=typed("reason"))
    decide.deny(request=denied, by=adam, comment=typed("comment"), now=now)
    Decision.objects.filter(request=denied).update(on_behalf_of=rita)
    factories.request_at(state=RequestState.WITHDRAWN, now=now, requester=factories.person("nobody"))
    AccessRequest.objects.update(ticket=typed("ticket"), assistant=typed("assistant"), path="people")
    for one in User.objects.all():
        User.objects.filter(pk=one.pk).update(name=typed(f"name {one.pk} "))
    Target.objects.update(label=typed("target"))
    Grant.objects.filter(pk=held.pk).update(standing=True, last_error=typed("trouble"))
    opens(held.target)
    return held


def opens(target):
    role, _made = DirectoryRole.objects.get_or_create(
        integration=target.integration, external_id=target.role_id, defaults={"name": "Prod", "type": "platform_user"}
    )
    place = DirectoryEnvironment.objects.create(
        integration=target.integration, external_id="e-typed", name=typed("environment")
    )
    DirectoryPermission.objects.create(role=role, environment=place, scope="deploy")


def test_it_is_told_as_text_wherever_it_stands(sign_in, past, adam, rita):
    text = "".join(sign_in(one).get(address).content.decode() for one in (adam, rita) for address in LISTS)
    assert "<i a=" not in text
    for what in ("reason", "comment", "ticket", "assistant", "target", "environment", f"name {rita.pk} "):
        assert f"{what}&lt;i a=&quot;1&quot; b=&#x27;2&#x27;&gt;&amp;" in text, what


def test_nor_is_who_is_away():
    assert "<i" not in reviews.review_voice(Approver(1, typed("name"), "away@example.com"))


def test_nor_is_the_account_that_gets_in():
    assert "<i" not in reviews.account(Account(typed("id"), typed("email"), is_own=False))


def test_nor_is_what_speaks_for_a_risk():
    judged = SimpleNamespace(level=risk.HIGH, reasons=[typed("reason")])
    row: Any = SimpleNamespace(request=None, status=RequestState.PENDING, why_not="", risk=judged)
    told = reviews._state(row)
    assert "<i" not in told
    assert "&quot;1&quot;" in told
