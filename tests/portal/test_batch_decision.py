"""What was asked with one form is decided on one screen, each for itself."""

import uuid

import pytest

from access.models import AccessRequest, Decision
from access.requests import decide
from access.requests.ask import Ask, ask_several
from tests import factories
from tests.portal.pages import queries, words

REVIEW = "/review/"
TOGETHER = "/review/together/"


@pytest.fixture
def web(sign_in, adam, flow):
    return sign_in(adam)


@pytest.fixture
def asked(flow, jon, now):
    """Jon asks for Prod and Staging at once."""
    factories.mapping(jon)
    targets = [factories.target(), factories.target("staging", "Staging", "r-staging")]
    flow.strategy.targets.set(targets)
    return ask_several(Ask(flow, jon, 3600, "to fix Ticket 123", "", None, uuid.uuid4()), targets, now=now)


def answer(web, requests, verdict="approve", comment="", **more):
    typed = {"ref": [one.ref for one in requests], "verdict": verdict, "comment": comment}
    return web.post(TOGETHER, typed, **more)


def states():
    return list(AccessRequest.objects.order_by("pk").values_list("state", flat=True))


def test_they_are_one_card_with_a_tick_each(web, asked):
    page = web.get(REVIEW)
    told = words(page)
    assert "Jon Reyes · Prod and Staging asked together" in told
    assert page.content.decode().count('type="checkbox"') == 2
    assert page.content.decode().count("<article") == 1


def test_what_the_flow_asks_beside_the_reason_is_read_there_too(web, asked):
    told = [{"name": "customer", "label": "Customer", "type": "string", "value": "St. Mary", "shown": True}]
    AccessRequest.objects.update(answers=told)
    assert "Customer St. Mary" in words(web.get(REVIEW))


def test_all_that_is_ticked_is_approved_each_with_a_decision_of_its_own(web, asked):
    page = answer(web, asked, comment="Go.", follow=True)
    first, second = asked
    assert f"You approved Prod ({first.ref}), Staging ({second.ref})." in words(page)
    assert states() == ["approved", "approved"]
    assert Decision.objects.filter(comment="Go.").count() == 2


def test_what_is_not_ticked_waits_on(web, asked):
    answer(web, asked[:1], "deny", "Not prod.")
    assert states() == ["denied", "pending"]
    assert "Jon Reyes · Staging for 1 h" in words(web.get(REVIEW))


def test_what_somebody_else_settled_is_said_by_name_and_the_others_go_through(web, asked, flow, rita, now):
    factories.also_decided_by(flow, rita)
    late = ask_several(
        Ask(flow, asked[0].requester, 3600, "again", "", None, uuid.uuid4()), [one.target for one in asked], now=now
    )
    decide.deny(request=late[0], by=rita, comment="No.", now=now)
    told = words(answer(web, late, follow=True))
    assert f"You approved Staging ({late[1].ref})." in told
    assert f"Prod ({late[0].ref}) was not decided. Rita Moss was first" in told


def test_a_denial_without_a_reason_decides_nothing_and_keeps_the_ticks(web, asked):
    page = answer(web, asked[1:], "deny")
    assert page.status_code == 422
    assert "Say why you deny it; the requester reads this." in words(page)
    assert " ".join(page.content.decode().split()).count(" checked>") == 1
    assert states() == ["pending", "pending"]


def test_nothing_ticked_is_refused(web, asked):
    assert answer(web, []).status_code == 409


@pytest.mark.parametrize("verdict", ["", "Deny", "nonsense"])
def test_nothing_is_approved_by_a_form_that_does_not_say_so(web, asked, verdict):
    page = answer(web, asked, verdict)
    assert page.status_code == 400
    assert "Say whether you approve or deny them." in words(page)
    assert states() == ["pending", "pending"]


def test_one_that_is_named_twice_is_decided_once(web, asked):
    told = words(answer(web, [asked[0], asked[0]], follow=True))
    assert "was not decided" not in told
    assert states() == ["approved", "pending"]


def test_whoever_may_not_see_them_finds_nothing(sign_in, asked, rita):
    assert answer(sign_in(rita), asked).status_code == 404
    assert states() == ["pending", "pending"]


def test_whoever_asked_does_not_decide(sign_in, asked, jon):
    told = words(answer(sign_in(jon), asked, follow=True))
    assert told.count("was not decided.") == 2
    assert states() == ["pending", "pending"]


def test_nobody_decides_without_signing_in(client, asked):
    assert client.post(TOGETHER, {"ref": [asked[0].ref]}).status_code == 302
    assert states() == ["pending", "pending"]


def ticked(requests, **more):
    return {"ref": [one.ref for one in requests], **more}


def test_what_is_ticked_is_shown_in_one_summary_before_anything_is_decided(web, flow, rita, now):
    rows = [factories.request_at(now=now), factories.request_at(now=now, requester=rita)]
    page = web.get(TOGETHER, ticked(rows))
    told = words(page)
    assert "Decide 2 requests with one answer" in told
    for part in ("Jon Reyes · Prod for 1 h", "Rita Moss · Prod for 1 h", "First time.", "prod: Deployment, Tunnel"):
        assert part in told
    assert states() == ["pending", "pending"]
    told = words(answer(web, rows, "deny", "Not today.", follow=True))
    assert f"You denied Prod ({rows[0].ref}), Prod ({rows[1].ref})." in told
    assert Decision.objects.filter(comment="Not today.").count() == 2


def test_a_denial_without_a_reason_shows_the_summary_again(web, flow, rita, now):
    rows = [factories.request_at(now=now), factories.request_at(now=now, requester=rita)]
    page = web.post(TOGETHER, ticked(rows, verdict="deny", comment=" ", summary="1"))
    assert page.status_code == 422
    assert "Say why you deny it; the requester reads this." in words(page)
    assert "Decide 2 requests with one answer" in words(page)
    assert states() == ["pending", "pending"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_what_is_of_one_kind_is_decided_together(web, flow, adam, now, method):
    other = factories.approval_flow()
    factories.decided_by(other, adam)
    rows = [factories.request_at(now=now), factories.request_at(now=now, in_flow=other)]
    page = getattr(web, method)(TOGETHER, ticked(rows, verdict="approve"))
    assert page.status_code == 409
    assert "Decide one kind at a time" in words(page)
    assert states() == ["pending", "pending"]


def test_what_no_longer_waits_is_named_and_left_out(web, flow, rita, now):
    factories.also_decided_by(flow, rita)
    rows = [factories.request_at(now=now), factories.request_at(now=now)]
    decide.deny(request=rows[0], by=rita, comment="No.", now=now)
    page = web.get(TOGETHER, ticked(rows))
    assert f"{rows[0].ref}, Prod, Jon Reyes" in words(page)
    assert page.content.decode().count('type="checkbox"') == 1


def test_the_summary_takes_as_many_queries_however_many_are_ticked(web, flow, now):
    def address(number):
        rows = [factories.request_at(now=now) for _one in range(number)]
        return TOGETHER + "?" + "&".join(f"ref={one.ref}" for one in rows)

    assert queries(web, address(8)) == queries(web, address(4))


def test_nobody_else_sees_the_summary(sign_in, rita, flow, now):
    assert sign_in(rita).get(TOGETHER, ticked([factories.request_at(now=now)])).status_code == 404


def test_the_address_takes_no_other_methods(web, asked):
    assert web.put(TOGETHER).status_code == 405


def test_a_card_takes_as_many_queries_however_many_it_holds(web, asked, flow, jon, now):
    before = queries(web, REVIEW)
    more = [factories.target(f"more-{number}", f"More {number}", f"r-more-{number}") for number in range(4)]
    flow.strategy.targets.add(*more)
    ask_several(Ask(flow, jon, 3600, "more", "", None, uuid.uuid4()), more, now=now)
    assert queries(web, REVIEW) == before
