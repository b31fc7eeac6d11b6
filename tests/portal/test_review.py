"""Review: what waits for an approver, and deciding it in place."""

from datetime import timedelta

import pytest

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Decision, Flow, Grant, Stage
from access.requests import ask, decide
from tests import factories
from tests.portal.pages import HTMX, plain, queries, words

REVIEW = "/review/"
HOUR = 3600


@pytest.fixture
def web(sign_in, adam, flow):
    """Adam's browser."""
    return sign_in(adam)


def approve(web, request, *, headers=None, **typed):
    return web.post(f"/requests/{request.ref}/approve/", {"comment": "", "from": "review", **typed}, headers=headers)


def deny(web, request, *, headers=None, **typed):
    return web.post(f"/requests/{request.ref}/deny/", {"comment": "No.", "from": "review", **typed}, headers=headers)


def test_a_row_tells_what_an_approver_has_to_know(web, flow, now):
    Flow.objects.update(ticket_url="https://tickets.example.com/{ticket}")
    asked = factories.request_at(now=now, reason="First line.\nSecond line.", ticket="OPS-1")
    page = web.get(REVIEW)
    told, opened = words(page), words(web.get(f"/requests/{asked.ref}/row/"))
    for part in ("Jon Reyes", "Prod", "for 1 h", "prod: Deployment, Tunnel", "First line.", asked.ref):
        assert part in told
    assert "First time." in told
    assert "jon@example.com" in told
    assert "Needs 1 of Adam Novak." in opened
    assert 'href="https://tickets.example.com/OPS-1"' in page.content.decode()


def test_a_row_counts_the_stage_whose_turn_it_is(web, flow, rita, now):
    factories.stage(flow, factories.group("Security", rita), label="Security")
    asked = factories.request_at(now=now)
    told = words(web.get(REVIEW))
    assert "0 of 1 approvals · Stage 1" in told
    told = words(web.get(f"/requests/{asked.ref}/row/"))
    assert "First 1 of Adam Novak; then 1 of the people in Security." in told


def test_approving_gives_the_access_and_goes_on_with_the_list(web, now):
    asked = factories.request_at(now=now)
    answer = approve(web, asked)
    assert answer.url == REVIEW
    assert f"You approved {asked.ref}." in words(web.get(answer.url))
    assert Grant.objects.get().state == GrantState.SCHEDULED


def test_approving_on_the_requests_page_stays_there(web, now):
    asked = factories.request_at(now=now)
    assert web.post(f"/requests/{asked.ref}/approve/", {}).url == f"/requests/{asked.ref}/"


def test_approving_in_place_shows_what_came_of_it_and_counts_anew(web, now):
    asked, other = factories.request_at(now=now), factories.request_at(now=now)
    answer = approve(web, asked, headers={**HTMX, "HX-Current-URL": "http://testserver/review/?tab=all"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "You approved it. The access is on its way." in words(answer)
    assert f'id="row-{asked.ref}"' in text
    assert other.ref not in text
    assert "formaction" not in text
    assert 'id="nav-count" class="number" data-count="1" hx-swap-oob="true">1' in plain(answer)
    assert 'tab=all" aria-current="page"' in " ".join(text.split())


def test_denying_says_why(web, now):
    asked = factories.request_at(now=now)
    assert deny(web, asked, comment="Use staging.").status_code == 302
    denied = AccessRequest.objects.get()
    assert (denied.state, denied.decisions.get().comment) == (RequestState.DENIED, "Use staging.")


@pytest.mark.parametrize("in_place", [True, False])
def test_denying_without_a_comment_is_refused_beside_it(web, now, in_place):
    asked = factories.request_at(now=now)
    answer = deny(web, asked, comment="  ", headers=HTMX if in_place else None)
    assert answer.status_code == 422
    assert "Say why you deny it; the requester reads this." in words(answer)
    assert "autofocus" in answer.content.decode()
    assert AccessRequest.objects.get().state == RequestState.PENDING
    assert not Decision.objects.exists()


@pytest.mark.parametrize("in_place", [True, False])
def test_a_comment_is_kept_when_the_duration_is_refused(web, now, in_place):
    asked = factories.request_at(now=now)
    typed = {"comment": "Only an hour, please.", "duration": str(8 * HOUR)}
    answer = approve(web, asked, headers=HTMX if in_place else None, **typed)
    assert answer.status_code == 422
    assert "You may shorten the duration" in words(answer)
    assert "Only an hour, please." in answer.content.decode()
    assert not Decision.objects.exists()


def test_an_approver_may_shorten(web, now):
    asked = factories.request_at(now=now, seconds=4 * HOUR)
    page = web.get(f"/requests/{asked.ref}/row/").content.decode()
    assert f'<option value="{4 * HOUR}"' in page
    assert f'<option value="{8 * HOUR}"' not in page
    approve(web, asked, duration=str(HOUR))
    assert Grant.objects.get().seconds == HOUR
    assert "shortened, 4 h asked for" in words(web.get(f"/requests/{asked.ref}/"))


def test_the_same_button_pressed_twice_decides_once(web, now):
    asked = factories.request_at(now=now)
    approve(web, asked)
    answer = approve(web, asked)
    assert answer.status_code == 409
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("in_place", [True, False])
def test_who_comes_second_is_told_who_was_first_and_when(sign_in, web, flow, rita, now, in_place):
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now)
    decide.deny(request=asked, by=rita, comment="No.", now=now)
    answer = approve(web, asked, headers=HTMX if in_place else None)
    assert answer.status_code == 409
    assert f"Rita Moss was first: {asked.ref} was denied on" in words(answer)
    assert asked.ref in words(answer)


def withdrawn(asked, now):
    ask.withdraw(request=asked, by=asked.requester, now=now)


def lapsed(asked, now):
    AccessRequest.objects.update(due_at=now - timedelta(minutes=1))


@pytest.mark.parametrize(("change", "words_"), [(withdrawn, "is already withdrawn"), (lapsed, "has lapsed")])
def test_what_is_over_cannot_be_decided(web, now, change, words_):
    asked = factories.request_at(now=now)
    change(asked, now)
    for answer in (approve(web, asked), deny(web, asked), approve(web, asked, headers=HTMX)):
        assert answer.status_code == 409
        assert words_ in words(answer)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("in_place", [True, False])
def test_ones_own_request_cannot_be_decided(web, flow, adam, rita, now, in_place):
    factories.also_decided_by(flow, rita)
    asked = factories.request_at(now=now, requester=adam)
    answer = approve(web, asked, headers=HTMX if in_place else None)
    assert answer.status_code == 403
    assert "You asked for this yourself, so somebody else has to decide it." in words(answer)
    assert not Decision.objects.exists()


def test_the_requester_cannot_decide(sign_in, jon, flow, now):
    asked = factories.request_at(now=now)
    answer = approve(sign_in(jon), asked)
    assert answer.status_code == 403
    assert "Only the approvers of this request may decide it." in words(answer)


def test_an_admin_who_is_no_approver_cannot_decide(sign_in, olga, flow, now):
    assert approve(sign_in(olga), factories.request_at(now=now)).status_code == 403


def test_a_stranger_finds_nothing(sign_in, rita, flow, now):
    asked = factories.request_at(now=now)
    assert approve(sign_in(rita), asked).status_code == 404
    assert asked.ref not in words(sign_in(rita).get(f"{REVIEW}?tab=all"))
    assert "Nothing waits for you" in words(sign_in(rita).get(REVIEW))


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, flow, now):
    asked = factories.request_at(now=now)
    assert client.get(REVIEW).url == "/login/?next=/review/"
    assert approve(client, asked).status_code == 302
    assert not Decision.objects.exists()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(web, now, method):
    asked = factories.request_at(now=now)
    assert getattr(web, method)(REVIEW).status_code == 405
    assert web.get(f"/requests/{asked.ref}/approve/").status_code == 405
    assert web.get(f"/requests/{asked.ref}/deny/").status_code == 405


def test_the_tabs_tell_what_waits_what_was_decided_and_all(web, flow, adam, rita, now):
    factories.also_decided_by(flow, rita)
    waits = factories.request_at(now=now)
    denied = factories.request_at(now=now, state=RequestState.DENIED)
    own = factories.request_at(now=now, requester=adam)
    told = {tab: words(web.get(f"{REVIEW}?tab={tab}")) for tab in ("mine", "decided", "all", "nonsense")}
    seen = {tab: {one.ref for one in (waits, denied, own) if one.ref in text} for tab, text in told.items()}
    assert seen == {
        "mine": {waits.ref},
        "decided": {denied.ref},
        "all": {waits.ref, denied.ref, own.ref},
        "nonsense": {waits.ref},
    }
    assert "You denied it" in told["decided"]
    assert "You asked for this yourself, so somebody else has to decide it." in told["all"]


def test_approvals_are_counted(sign_in, web, flow, rita, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now, in_flow=Flow.objects.get())
    answer = approve(web, asked, headers=HTMX)
    assert "You approved it. It still needs somebody else." in words(answer)
    assert "1 of 2" in words(sign_in(rita).get(REVIEW))
    assert asked.ref not in words(web.get(REVIEW))


def test_the_list_can_be_narrowed(web, flow, rita, now):
    jons = factories.request_at(now=now)
    ritas = factories.request_at(now=now, requester=rita)
    page = words(web.get(f"{REVIEW}?person=moss"))
    assert ritas.ref in page
    assert jons.ref not in page
    assert "No request fits these filters" in words(web.get(f"{REVIEW}?person=nobody"))


def test_a_long_list_has_pages(web, now):
    for _number in range(21):
        factories.request_at(now=now)
    assert "1 to 20 of 21" in words(web.get(REVIEW))


def test_there_are_two_plain_buttons_and_no_default(web, now):
    factories.request_at(now=now)
    page = web.get(REVIEW).content.decode()
    buttons = [part.split(">")[0] for part in page.split("<button")[1:] if "formaction" in part.split(">")[0]]
    assert len(buttons) == 2
    assert all("button-primary" not in one and "autofocus" not in one for one in buttons)


def test_every_tab_takes_a_fixed_number_of_queries(web, now):
    tabs = [f"{REVIEW}?tab={tab}" for tab in ("mine", "decided", "all")]
    factories.request_at(now=now)
    factories.request_at(now=now, state=RequestState.DENIED)
    few = [queries(web, tab) for tab in tabs]
    for number in range(30):
        state = RequestState.DENIED if number % 2 else RequestState.PENDING
        factories.request_at(now=now, requester=factories.person(f"p{number}"), state=state)
    assert [queries(web, tab) for tab in tabs] == few
