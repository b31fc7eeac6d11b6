"""The page of one request: who sees what, and what they can do there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from access.audit import log
from access.core.states import GrantState, RequestState
from access.grants import end_early
from access.models import AccessRequest, Flow, Grant, Stage
from access.requests import decide
from access.requests.detail import detail
from tests import factories
from tests.portal.pages import HTMX, is_part_of, queries, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def web(sign_in, jon, flow):
    """Jon's browser."""
    return sign_in(jon)


def address(request, action=""):
    return f"{reverse('request', args=[request.ref])}{action}"


def button(page, name):
    return f'id="{name}"' in page.content.decode()


def test_the_header_is_a_sentence(web, sign_in, adam, now):
    asked = factories.request_at(now=now)
    assert "You ask for Prod for 1 h." in words(web.get(address(asked)))
    assert "Jon Reyes asks for Prod for 1 h." in words(sign_in(adam).get(address(asked)))


def test_a_reference_is_found_in_any_case(web, now):
    asked = factories.request_at(now=now)
    assert web.get(address(asked).lower()).status_code == 200


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, flow, now):
    asked = factories.request_at(now=now)
    assert client.get(address(asked)).url == f"/login/?next={address(asked)}"
    for action in ("approve/", "deny/", "withdraw/", "write-off/"):
        assert client.post(address(asked, action)).status_code == 302
    assert AccessRequest.objects.get().state == RequestState.PENDING


def test_a_stranger_finds_nothing(sign_in, rita, flow, now):
    asked = factories.request_at(now=now)
    browser = sign_in(rita)
    assert browser.get(address(asked)).status_code == 404
    for action in ("approve/", "deny/", "withdraw/", "write-off/"):
        assert browser.post(address(asked, action), {"comment": "Mine now."}).status_code == 404
    assert AccessRequest.objects.get().state == RequestState.PENDING


def test_what_is_not_there_is_not_found(web):
    assert web.get("/requests/R-NONE/").status_code == 404
    assert web.get("/requests/R-%00/").status_code == 404


@pytest.mark.parametrize("action", ["", "approve/", "deny/", "withdraw/", "write-off/"])
def test_other_methods_are_refused(web, now, action):
    asked = factories.request_at(now=now)
    method = web.get if action else web.post
    assert method(address(asked, action)).status_code == 405


@pytest.mark.parametrize("who", ["jon", "adam", "olga"])
def test_requester_approvers_and_admins_see_it(sign_in, flow, olga, now, who):
    asked = factories.request_at(now=now)
    assert sign_in(factories.person(who)).get(address(asked)).status_code == 200


def test_the_requester_can_withdraw(web, now):
    asked = factories.request_at(now=now)
    assert button(web.get(address(asked)), "withdraw")
    assert web.post(address(asked, "withdraw/")).url == address(asked)
    assert AccessRequest.objects.get().state == RequestState.WITHDRAWN
    page = web.get(address(asked))
    assert not button(page, "withdraw")
    assert button(page, "again")


def test_withdrawing_what_is_settled_says_so(web, now):
    asked = factories.request_at(now=now, state=RequestState.DENIED)
    answer = web.post(address(asked, "withdraw/"))
    assert answer.status_code == 409
    assert f"Request {asked.ref} is already denied." in words(answer)


def test_an_approver_cannot_withdraw_for_somebody(sign_in, adam, flow, now):
    asked = factories.request_at(now=now)
    answer = sign_in(adam).post(address(asked, "withdraw/"))
    assert answer.status_code == 403
    assert "Only the person who asked can withdraw a request." in words(answer)


SEEN = [
    (GrantState.SCHEDULED, {"end"}, "Access starts"),
    (GrantState.GRANTING, {"end", "extend"}, "Aptible is being asked to add Jon Reyes to Prod"),
    (GrantState.ACTIVE, {"end", "extend"}, "Aptible lists the membership."),
    (GrantState.REVOKING, set(), "Aptible is being asked to take Jon Reyes out of Prod"),
    (GrantState.ENDED, {"again"}, "Time was up."),
]


@pytest.mark.parametrize(("state", "buttons", "sentence"), SEEN, ids=[str(one[0]) for one in SEEN])
def test_every_state_says_what_is_and_offers_what_can_be_done(web, now, state, buttons, sentence):
    asked = factories.grant(state=state, now=now).requests.get()
    page = web.get(address(asked))
    assert sentence in words(page)
    assert {name for name in ("withdraw", "end", "extend", "again") if button(page, name)} == buttons


POLLS = [("pending", 5), ("scheduled", 1), ("granting", 1), ("active", 5), ("revoking", 1), ("ended", None)]


@pytest.mark.parametrize(("state", "seconds"), [*POLLS, ("denied", None), ("withdrawn", None), ("lapsed", None)])
def test_the_page_looks_again_while_it_can_change_and_stops_when_it_cannot(web, now, state, seconds):
    if state in GrantState.values:
        asked = factories.grant(state=state, now=now).requests.get()
    else:
        asked = factories.request_at(state=state, now=now)
    page = web.get(address(asked)).content.decode()
    assert (f'data-live="{seconds}"' in page) == bool(seconds)
    assert ("data-live" in page) == bool(seconds)


def test_a_start_that_is_far_away_is_looked_at_less_often(web, now):
    asked = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(hours=2)).requests.get()
    assert 'data-live="5"' in web.get(address(asked)).content.decode()


@pytest.mark.usefixtures("standing_clock")
def test_a_fragment_is_the_same_part_of_a_fresh_page(web, now):
    for asked in (factories.request_at(now=now), factories.grant(state=GrantState.ENDED, now=now).requests.get()):
        fragment, page = web.get(address(asked), headers=HTMX), web.get(address(asked))
        assert is_part_of(fragment, page)
        assert "<html" not in fragment.content.decode()


def test_what_was_seen_already_is_not_sent_again(web, jon, adam, now):
    asked = factories.request_at(now=now)
    seen = detail(asked, reader=jon, now=now).version
    assert web.get(address(asked), {"seen": seen}, headers=HTMX).status_code == 204
    assert web.get(address(asked), {"seen": seen}).status_code == 200
    decide.deny(request=asked, by=adam, comment="No.", now=now)
    answer = web.get(address(asked), {"seen": seen}, headers=HTMX)
    assert answer.status_code == 200
    assert "Denied" in words(answer)


def test_trouble_is_told_with_when_it_is_tried_next(web, now):
    asked = factories.grant(state=GrantState.GRANTING, now=now).requests.get()
    Grant.objects.update(last_error="Aptible did not answer in time.", due_at=now + timedelta(minutes=2), attempts=3)
    page = words(web.get(address(asked)))
    assert "Aptible did not answer in time. Next try due" in page


def test_overdue_access_is_told_in_red(web, now):
    asked = factories.grant(state=GrantState.REVOKING, now=now - timedelta(minutes=5)).requests.get()
    page = words(web.get(address(asked)))
    assert "Overdue" in page
    assert "This access should be gone already." in page


def test_the_last_role_is_told_loudly(web, now):
    grant = factories.grant(state=GrantState.REVOKING, now=now)
    log.append("grant.last_role_lost", actor="usher", now=now, grant=grant, data={"text": "No fallback role is set."})
    assert "Last role. Prod is the last role of Jon Reyes" in words(web.get(address(grant.requests.get())))


def test_a_standing_member_is_told_that_nothing_is_taken_away(web, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    Grant.objects.update(standing=True)
    assert "nothing was added, and nothing is taken away at the end" in words(web.get(address(grant.requests.get())))


def test_the_evidence_is_for_approvers_and_admins(web, sign_in, adam, olga, now):
    asked = factories.grant(state=GrantState.ENDED, now=now).requests.get()
    assert not button(web.get(address(asked)), "evidence")
    for reader in (adam, olga):
        page = sign_in(reader).get(address(asked))
        assert button(page, "evidence")
        assert "memberships_before" in words(page)


def test_an_admin_writes_off_and_it_is_not_verified_for_good(sign_in, olga, flow, now):
    asked = factories.grant(state=GrantState.REVOKING, now=now).requests.get()
    browser = sign_in(olga)
    assert button(browser.get(address(asked)), "write-off")
    answer = browser.post(address(asked, "write-off/"), {"reason": "The organization is closed."})
    assert answer.url == address(asked)
    page = browser.get(address(asked))
    assert "Not verified. An admin wrote this grant off." in words(page)
    assert "The organization is closed." in words(page)
    assert not button(page, "write-off")


def test_writing_off_needs_a_reason(sign_in, olga, flow, now):
    asked = factories.grant(state=GrantState.REVOKING, now=now).requests.get()
    answer = sign_in(olga).post(address(asked, "write-off/"), {"reason": " "})
    assert answer.status_code == 422
    assert "Say why nobody can check at Aptible that this access is gone." in words(answer)
    assert Grant.objects.get().state == GrantState.REVOKING


def test_only_an_admin_writes_off(sign_in, web, adam, now):
    asked = factories.grant(state=GrantState.REVOKING, now=now).requests.get()
    for browser in (web, sign_in(adam)):
        assert not button(browser.get(address(asked)), "write-off")
        answer = browser.post(address(asked, "write-off/"), {"reason": "Because."})
        assert answer.status_code == 403
    assert Grant.objects.get().state == GrantState.REVOKING


def test_writing_off_in_the_wrong_state_says_so(sign_in, olga, flow, now):
    browser = sign_in(olga)
    pending = factories.request_at(now=now)
    answer = browser.post(address(pending, "write-off/"), {"reason": "Because."})
    assert answer.status_code == 409
    assert f"Nothing is held through request {pending.ref}." in words(answer)
    ended = factories.grant(state=GrantState.ENDED, now=now).requests.get()
    assert browser.post(address(ended, "write-off/"), {"reason": "Because."}).status_code == 409


def test_the_policy_and_who_can_still_decide_are_told(web, flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now, in_flow=Flow.objects.get())
    page = words(web.get(address(asked)))
    assert "Needs 2 of Adam Novak, Rita Moss." in page
    assert "Any of these 2 can decide: Adam Novak, Rita Moss. 0 of 2 approvals." in page
    decide.approve(request=asked, by=adam, comment="", now=now)
    assert "Waits for Rita Moss. 1 of 2 approvals." in words(web.get(address(asked)))


def test_a_ticket_leads_where_the_flow_says(web, now):
    asked = factories.request_at(now=now, ticket="OPS 1/2")
    assert '<a class="ticket"' not in web.get(address(asked)).content.decode()
    Flow.objects.update(ticket_url="https://tickets.example.com/{ticket}")
    assert 'href="https://tickets.example.com/OPS%201%2F2"' in web.get(address(asked)).content.decode()
    Flow.objects.update(ticket_url="javascript:alert({ticket})")
    assert "javascript:" not in web.get(address(asked)).content.decode()


def test_an_extension_is_told_on_the_page_of_what_it_extends(web, jon, now):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    log.append("grant.extended", actor="usher", now=now, grant=grant, data={"by_request": "R-2", "ends_at": None})
    assert "Extended By request R-2." in words(web.get(address(grant.requests.get())))


def test_a_cancelled_start_is_told(web, jon, now):
    grant = factories.grant(state=GrantState.SCHEDULED, now=now, starts_at=now + timedelta(hours=1))
    end_early.end(grant=grant, by=jon, now=now)
    assert "Cancelled before it started." in words(web.get(address(grant.requests.get())))


def test_the_page_takes_a_fixed_number_of_queries(sign_in, adam, flow, now):
    grant = factories.grant(state=GrantState.GRANTING, now=now)
    asked = grant.requests.get()
    browser = sign_in(adam)
    few = queries(browser, address(asked))
    for number in range(30):
        log.append("grant.trouble", actor="usher", now=now, grant=grant, data={"text": f"No answer {number}."})
    for _number in range(5):
        factories.request_at(now=now, state=RequestState.DENIED)
    assert queries(browser, address(asked)) == few
