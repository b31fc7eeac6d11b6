"""The reviews after break-glass, where people see them and sign them off."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from access.models import AfterReview, User
from access.requests import break_glass_sign_off
from tests import factories
from tests.portal.pages import queries, words

LIST = "/review/afterwards/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(flow, now):
    """Jon used break-glass on Prod."""
    return factories.broken_glass(now=now)


@pytest.fixture
def web(sign_in, adam):
    """Adam's browser."""
    return sign_in(adam)


def page(request):
    return f"/requests/{request.ref}/"


def sign_off(browser, request, **typed):
    found = {"verdict": "justified", "comment": "The pager says so, too.", **typed}
    return browser.post(f"{page(request)}sign-off/", found)


@pytest.mark.parametrize(("who", "waits"), [("adam", True), ("olga", True), ("jon", False), ("rita", False)])
def test_it_waits_for_those_who_may_sign_it_off(sign_in, request_, olga, rita, who, waits):
    browser = sign_in(olga if who == "olga" else factories.person(who))
    assert (request_.ref in words(browser.get(LIST))) is waits
    home = words(browser.get("/"))
    assert ("To look at afterwards 1" in home) is waits
    assert ("Jon Reyes used break-glass for Prod. Look at it, and sign it off." in home) is waits
    assert ("To look at afterwards 1" in words(browser.get("/review/"))) is waits
    assert ('data-count="1"' in browser.get("/").content.decode()) is waits


def test_when_it_is_overdue_home_and_the_list_say_so(web, request_, now):
    AfterReview.objects.update(opened_at=now - timedelta(days=2), deadline=now - timedelta(days=1))
    assert "The review of the break-glass of Jon Reyes for Prod is overdue." in words(web.get("/"))
    assert "Review overdue" in words(web.get(LIST))


def test_the_request_says_what_happened_who_was_told_and_until_when(web, request_, olga):
    text = words(web.get(page(request_)))
    for sentence in (
        "Access was taken at once, without approval.", "Told at once: Adam Novak", "The review is due",
        "Was it justified?", "Review signed off (still to come)",
    ):  # fmt: skip
        assert sentence in text


def test_the_requester_reads_who_can_sign_it_off(sign_in, jon, request_):
    text = words(sign_in(jon).get(page(request_)))
    assert "somebody else has to sign the review off. Who can: Adam Novak." in text
    assert "Was it justified?" not in text


@pytest.mark.parametrize(("verdict", "said"), [("justified", "Justified"), ("not_justified", "Not justified")])
def test_signing_off_is_shown_to_both(web, sign_in, jon, request_, verdict, said):
    answer = sign_off(web, request_, verdict=verdict)
    assert answer.url == page(request_)
    for browser in (web, sign_in(jon)):
        text = words(browser.get(page(request_)))
        assert said in text
        assert "The pager says so, too." in text
    assert AfterReview.objects.get().verdict == verdict


def test_from_the_list_it_leads_back_there_and_is_kept_below(web, request_):
    assert sign_off(web, request_, **{"from": "list"}).url == LIST
    text = words(web.get(LIST))
    assert "Nothing waits to be looked at" in text
    assert "“The pager says so, too.”" in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"verdict": ""}, "Choose whether it was justified."),
        ({"verdict": "x" * 99}, "Ensure this value has at most 20 characters"),
        ({"comment": " "}, "Say what you found; it is kept with the request."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(web, request_, typed, sentence):
    answer = sign_off(web, request_, **typed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert AfterReview.objects.get().signed_off_at is None


def test_the_requester_is_refused(sign_in, jon, request_):
    answer = sign_off(sign_in(jon), request_)
    assert answer.status_code == 403
    assert "You used break-glass yourself, so somebody else has to sign the review off." in words(answer)


def test_a_stranger_finds_nothing(sign_in, rita, request_):
    assert sign_off(sign_in(rita), request_).status_code == 404
    assert AfterReview.objects.get().signed_off_at is None


def test_the_second_reads_who_was_first(web, sign_in, olga, request_):
    sign_off(sign_in(olga), request_)
    answer = sign_off(web, request_, verdict="not_justified")
    assert answer.status_code == 409
    assert "Olga Brandt was first: the review is signed off already, as justified." in words(answer)


def test_what_people_decided_has_nothing_to_sign_off(web, flow, now):
    request = factories.request_at(state="approved", now=now)
    assert sign_off(web, request).status_code == 409
    assert "Break-glass" not in words(web.get(page(request)))


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, request_):
    assert client.get(LIST).url.startswith("/login/")
    assert sign_off(client, request_).url.startswith("/login/")


def test_other_methods_are_refused(web, request_):
    assert web.post(LIST).status_code == 405
    assert web.get(f"{page(request_)}sign-off/").status_code == 405


@pytest.mark.parametrize("address", ["/", "/requests/", "/active/", "/review/?tab=all"])
def test_every_list_marks_it(sign_in, olga, flow, now, address):
    request = factories.broken_glass(now=now, requester=factories.person("jon"))
    factories.move(request.grant, "granting", now=now)
    reader = User.objects.get(email="jon@example.com") if address in ("/", "/requests/") else olga
    assert "Break-glass" in words(sign_in(reader).get(address))


def test_the_evidence_and_the_explanation_have_it(sign_in, olga, adam, request_, now):
    break_glass_sign_off.sign_off(request=request_, by=adam, verdict="justified", comment="Seen.", now=now)
    facts = json.loads(sign_in(olga).get(f"{page(request_)}evidence/").content)
    assert facts["request"]["path"] == "break_glass"
    assert facts["request"]["path_facts"]["recent"] == 1
    assert (facts["after_review"]["verdict"], facts["after_review"]["signed_off_by"]) == ("justified", adam.email)
    assert "review.signed_off" in {one["type"] for one in facts["events"]}


def test_the_explanation_says_what_comes_next(request_):
    out = StringIO()
    call_command("explain", request_.ref, stdout=out)
    assert "The review after break-glass is due by" in out.getvalue()
    assert "Who can sign it off: Adam Novak." in out.getvalue()


def test_the_pages_take_a_fixed_number_of_queries(web, request_, olga, now):
    done = factories.broken_glass(now=now)
    break_glass_sign_off.sign_off(request=done, by=olga, verdict="justified", comment="Seen.", now=now)
    few = [queries(web, address) for address in (LIST, "/", page(request_))]
    for _more in range(4):
        factories.broken_glass(now=now)
        done = factories.broken_glass(now=now)
        break_glass_sign_off.sign_off(request=done, by=olga, verdict="justified", comment="Seen.", now=now)
    assert [queries(web, address) for address in (LIST, "/", page(request_))] == few
