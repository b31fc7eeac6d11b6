"""The form shows what this person may ask for, and for how long."""

import re
import uuid

import pytest

from access.models import AccessRequest, Flow, Strategy, Target
from tests import factories
from tests.portal.pages import checked, queries, words

pytestmark = pytest.mark.django_db
ASK = "/ask/"
HOUR = 3600


@pytest.fixture
def hidden(flow, rita):
    """A flow for Rita's group alone, with a target of its own."""
    strategy = Strategy.objects.create(name="secret", integration=flow.strategy.integration)
    strategy.targets.add(factories.target("vault", "The vault", "r-vault"))
    made = factories.flow("vault-access", label="Vault access", strategy=strategy)
    strategy.targets.remove(factories.target())
    made.requesters.add(factories.group("Keepers", rita))
    return made


def typed(**changes):
    known = {"flow": "production-access", "target": "prod", "duration": "3600", "reason": "to fix it"}
    return {**known, "starts": "now", "ticket": "", "submission": str(uuid.uuid4()), **changes}


def test_a_hidden_flow_is_not_on_the_page(web, sign_in, rita, hidden):
    assert "ault" not in words(web.get(ASK))
    assert "Vault access" in words(sign_in(rita).get(ASK))


def without_names(page, *names):
    text = words(page)
    for name in names:
        text = text.replace(name, "…")
    return re.sub(r"\b\d\d:\d\d\b", "…", text)  # the minute may have changed since the other one


@pytest.mark.parametrize("field", ["flow", "target"])
def test_a_hidden_name_is_answered_as_one_that_is_not_there(web, hidden, field):
    name = {"flow": "vault-access", "target": "vault"}[field]
    for answer in (lambda value: web.get(ASK, {field: value}), lambda value: web.post(ASK, typed(**{field: value}))):
        known, unknown = answer(name), answer("never-heard")
        assert known.status_code == unknown.status_code
        assert without_names(known, name) == without_names(unknown, "never-heard")
    assert not AccessRequest.objects.exists()


def test_who_may_ask_nowhere_is_told_so(web, flow, rita):
    flow.requesters.add(factories.group("On call", rita))
    assert "No flow takes requests from you. An admin can open one." in words(web.get(ASK))
    assert web.post(ASK, typed()).status_code == 422
    assert not AccessRequest.objects.exists()


def test_only_what_fits_the_target_is_offered(web, target):
    Target.objects.update(max_seconds=4 * HOUR)
    page = web.get(ASK, {"target": "prod"})
    assert f'id="duration-{4 * HOUR}"' in page.content.decode()
    assert f'id="duration-{8 * HOUR}"' not in page.content.decode()
    assert "Limited to 4 h here." in words(page)
    assert checked(page, "duration") == str(HOUR)


def test_a_duration_that_is_too_long_for_the_target_is_told_with_the_target(web, target):
    Target.objects.update(max_seconds=1800)
    page = web.get(ASK, {"target": "prod", "duration": "8h"})
    assert "Prod can be held for 30 min at most. Choose a shorter time." in words(page)
    assert checked(page, "duration") == "60"
    answer = web.post(ASK, typed(duration="8h", reason=""))
    assert answer.status_code == 422
    assert "Prod can be held for 30 min at most. Choose a shorter time." in words(answer)
    assert "Say why you need it." in words(answer)


def test_a_target_under_every_duration_offers_its_maximum(web, target):
    Target.objects.update(max_seconds=45)
    assert checked(web.get(ASK), "duration") == "45"
    assert web.post(ASK, typed(duration="45")).status_code == 302


def test_the_page_takes_as_many_queries_for_one_group_as_for_many(web, flow, jon):
    flow.requesters.add(factories.group("On call", jon))
    before = queries(web, ASK)
    for number in range(5):
        flow.requesters.add(factories.group(f"Group{number}", jon))
    assert queries(web, ASK) == before


def test_a_hidden_target_is_not_told_by_the_break_glass_page_either(web, flow, hidden):
    Flow.objects.filter(pk=flow.pk).update(break_glass=True)
    known, unknown = (web.post("/ask/break-glass/", typed(target=one, understood="on")) for one in ("vault", "never"))
    assert known.status_code == unknown.status_code
    assert without_names(known, "vault") == without_names(unknown, "never")
