"""The form with several targets in one ask."""

import uuid

import pytest

from access.models import AccessRequest, DirectoryRole
from tests import factories
from tests.portal.pages import HTMX, is_off, queries, words

ASK = "/ask/"


@pytest.fixture
def targets(flow):
    every = [
        factories.target(),
        factories.target("staging", "Staging", "r-staging"),
        factories.target("metrics", "Metrics", "r-metrics"),
    ]
    flow.strategy.targets.set(every)
    return every


@pytest.fixture
def web(sign_in, targets, jon):
    factories.mapping(jon)
    return sign_in(jon)


@pytest.fixture
def typed(flow):
    return {
        "flow": "production-access",
        "several": "1",
        "target": ["prod", "staging"],
        "duration": "3600",
        "starts": "now",
        "reason": "to fix Ticket 123",
        "ticket": "",
        "submission": str(uuid.uuid4()),
    }


def ticked(page):
    return [part.split('value="')[1].split('"')[0] for part in boxes(page) if "checked" in part.replace("checkbox", "")]


def boxes(page):
    parts = [part.split(">")[0] for part in page.content.decode().split("<input")[1:]]
    return [part for part in parts if 'name="target"' in part and 'type="checkbox"' in part]


def test_one_is_chosen_at_a_time_until_several_are_wanted(web):
    page = web.get(f"{ASK}?target=prod")
    assert boxes(page) == []
    assert 'href="/ask/?flow=production-access&amp;several=1&amp;target=prod"' in page.content.decode()
    several = web.get(f"{ASK}?flow=production-access&several=1&target=prod")
    assert len(boxes(several)) == 3
    assert ticked(several) == ["prod"]
    assert "Tick up to 10. Each is decided, given and ended on its own." in words(several)


def test_a_link_to_several_ticks_them_and_says_what_happens(web):
    page = web.get(f"{ASK}?target=prod&target=staging&duration=3600")
    assert sorted(ticked(page)) == ["prod", "staging"]
    assert "Prod and Staging for 1 h from confirmed access, each needs 1 approval." in words(page)
    assert "Send 2 requests" in words(page)


def test_what_is_ticked_stays_while_searching(web):
    page = web.get(f"{ASK}?flow=production-access&several=1&target=prod&q=metrics", headers=HTMX)
    assert ticked(page) == ["prod"]
    assert len(boxes(page)) == 2


def test_what_blocks_one_is_said_with_its_name_before_sending(web, now):
    DirectoryRole.objects.filter(external_id="r-staging").delete()
    DirectoryRole.objects.create(
        integration=factories.integration(), external_id="r-staging", name="Staging", gone_at=now
    )
    page = web.get(f"{ASK}?target=prod&target=staging")
    assert "Staging: Aptible no longer has the role of Staging. Tell an admin." in words(page)
    assert is_off(page)


def test_each_becomes_a_request_and_the_first_one_leads_to_the_others(web, typed):
    answer = web.post(ASK, typed)
    first, second = AccessRequest.objects.order_by("pk")
    assert answer.url == f"/requests/{first.ref}/"
    assert {first.target.name, second.target.name} == {"prod", "staging"}
    assert first.batch == second.batch is not None
    page = web.get(answer.url)
    assert f"Asked together with Staging {second.ref}" in words(page)
    assert f'href="/requests/{second.ref}/"' in page.content.decode()


def test_sending_them_twice_makes_them_once(web, typed):
    first, second = web.post(ASK, typed), web.post(ASK, typed)
    assert first.url == second.url
    assert AccessRequest.objects.count() == 2
    assert "was sent before" not in words(web.get(second.url))


def test_an_old_form_with_other_targets_says_that_it_made_nothing_new(web, typed):
    web.post(ASK, typed)
    again = web.post(ASK, typed | {"target": ["prod", "metrics"]}, follow=True)
    assert AccessRequest.objects.count() == 2
    assert "This form was sent before and made this request." in words(again)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"target": []}, "Choose what you need."),
        ({"target": ["prod", "nowhere"]}, "Choose one of the roles that are offered."),
        ({"reason": ""}, "Say why you need it."),
    ],
)
def test_nothing_is_asked_for_when_something_is_wrong_and_the_ticks_are_kept(web, typed, changes, sentence):
    answer = web.post(ASK, typed | changes)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not AccessRequest.objects.exists()
    assert len(boxes(answer)) == 3


def test_the_form_takes_as_many_queries_however_many_targets_there_are(web, flow):
    before = queries(web, f"{ASK}?target=prod&target=staging")
    for number in range(5):
        flow.strategy.targets.add(factories.target(f"more-{number}", f"More {number}", f"r-more-{number}"))
    assert queries(web, f"{ASK}?target=prod&target=staging") == before
