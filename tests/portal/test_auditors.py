"""An auditor in the browser: every page opens, no address takes a change."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Grant
from tests import factories
from tests.portal.pages import words

pytestmark = pytest.mark.django_db
REFUSED = "You are an auditor here. Auditors read everything and change nothing."
# Their own way in and out, and their own password. Each has its reason.
OWN = {"login", "login-demo", "logout", "begin", "complete", "password_change", "audit-verify"} | {
    "passkeys",
    "passkey-options",
    "passkey-remove",
    "account-keys",
}


def patterns(resolver=None, before=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern), entry


def address(route, request):
    """An address for this route that leads to something that is there."""
    known = {"ref": request.ref, "name": "prod", "backend": "oidc", "app_label": "access", "pk": "1"}
    parts = []
    for part in route.replace("^", "").replace("$", "").split("/"):
        name = part.strip("<>").partition(":")[2] or part.strip("<>")
        parts.append(known.get(name, "1") if part.startswith("<") else part)
    return "/" + "/".join(parts)


@pytest.fixture
def web(sign_in, flow):
    return sign_in(factories.person("vera", is_auditor=True))


@pytest.fixture
def asked(flow, now):
    vera = factories.person("vera", is_auditor=True)
    factories.also_decided_by(flow, vera)
    return factories.request_at(now=now)


ROUTES = {
    route: entry
    for route, entry in patterns()
    if entry.name not in OWN and getattr(entry.callback, "login_required", True) and "(?P<url>" not in route
}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_address_takes_a_change_from_an_auditor(web, asked, method):
    before = AuditEvent.objects.count()
    answers = {route: getattr(web, method)(address(route, asked)) for route in sorted(ROUTES)}
    assert {route: one.status_code for route, one in answers.items() if one.status_code != 403} == {}
    assert [route for route, one in answers.items() if REFUSED not in words(one)] == []
    assert AuditEvent.objects.count() == before
    assert AccessRequest.objects.get().state == RequestState.PENDING


def test_there_are_addresses_to_try():
    names = {entry.name for entry in ROUTES.values()}
    assert {"approve", "deny", "ask", "grant-end", "target-end", "account", "access_flow_change"} <= names


def test_the_fragment_of_a_refusal_is_a_fragment(web, asked):
    answer = web.post(f"/requests/{asked.ref}/approve/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "<html" not in answer.content.decode()


def test_signing_out_is_theirs(web):
    assert web.post("/logout/").status_code == 302
    assert web.get("/")["Location"] == "/login/?next=/"


def test_an_auditor_may_set_their_own_password(web):
    assert web.post("/admin/password_change/", {}).status_code == 200


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("/", "You are an auditor."),
        ("/requests/", "Jon Reyes"),
        ("/review/", "Jon Reyes"),
        ("/active/", "Everything that may be held"),
        ("/ask/", "Auditors ask for nothing"),
        ("/account/", "Auditors are told of nothing"),
        ("/admin/", "Audit events"),
    ],
)
def test_every_page_opens_and_says_what_an_auditor_finds_there(web, asked, page, sentence):
    answer = web.get(page)
    assert answer.status_code == 200
    assert sentence in words(answer)


def test_the_request_shows_all_and_offers_nothing(web, asked):
    page = web.get(f"/requests/{asked.ref}/")
    assert page.status_code == 200
    for button in ("withdraw", "extend", "end", "write-off"):
        assert f'id="{button}"' not in page.content.decode()
    assert "Approve</button>" not in page.content.decode().replace("\n", "")
    assert web.get(f"/requests/{asked.ref}/evidence/").json()["request"]["ref"] == asked.ref


def test_the_files_are_theirs(web, flow, now):
    factories.grant(now=now)
    assert "jon@example.com" in web.get("/requests/?scope=all&format=csv").getvalue().decode()
    assert "jon@example.com" in web.get("/active/?format=csv").getvalue().decode()


def test_active_access_shows_no_way_to_end_it(web, flow, now):
    grant = factories.grant(now=now)
    page = web.get("/active/?target=prod")
    assert grant.requests.get().ref in words(page)
    assert "End now" not in words(page)
    assert "End all access" not in words(page)
    assert web.get(f"/grants/{grant.ref}/end/").status_code == 403
    assert Grant.objects.get().state == GrantState.ACTIVE
