"""Asking in a flow with several stages: who will decide is said before anything is sent."""

import pytest

from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(sign_in, jon):
    factories.mapping(jon)
    return sign_in(jon)


def told(web):
    return words(web.get("/ask/?flow=production-access&target=prod"))


def test_who_will_decide_is_said_stage_by_stage(web, flow, rita, olga):
    stage = factories.stage(flow, factories.group("Security", rita, factories.person("sami")), label="Security")
    factories.pool(stage, olga, after=7200)
    page = told(web)
    assert "First 1 of Adam Novak; then 1 of the 2 people in Security, after 2 h also of Olga Brandt." in page
    assert "Security: Needs 1 of these 2 people: Rita Moss, Sami. After 2 h also: Olga Brandt." in page
    assert "needs 2 approvals." in page


def test_a_manager_is_named(web, flow, jon, rita):
    jon.manager = rita
    jon.save()
    flow.stages.get().pools.update(managers=True)
    assert "Needs 1 of these 2 people: Adam Novak, Rita Moss." in told(web)


def test_a_dead_end_over_two_stages_blocks_the_form_with_the_names(web, flow, adam):
    factories.stage(flow, adam, label="Security")
    assert "Stage 1 and Security together need 2 different people, and only one person could decide in them:" in told(
        web
    )
