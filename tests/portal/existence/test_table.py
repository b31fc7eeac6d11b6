"""Every address, for everybody, by every method: who is let through, and for whom it does not even exist."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from access.admin import site
from access.people import api_calls
from portal.api import anonymous_limits
from tests import factories
from tests.portal.existence.table import LEFT_TO_DJANGO, rows
from tests.portal.existence.world import World
from tests.portal.pages import plain, words

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
TABLE = rows()
# To others it says nothing of what is behind it, but that it isn't theirs.
CLOSED = ("/admin/", "/findings/", "/api/v1/config/", "/scim/", "/setup/")
# Whether a method is taken at all is asked for some of them: who asks does not matter to that.
READ_THROUGH = ("anonymous", "R", "X")
EACH_TIME = ("Expires", "X-Request-ID", "RateLimit-Reset", "RateLimit-Remaining")
CHANGES = ("POST", "PUT", "PATCH", "DELETE")
LETTERS = ["anonymous", "deactivated", *"RNAOUSXB"]


@pytest.fixture
def world(monkeypatch):
    for limit in ("READS", "WRITES"):
        monkeypatch.setattr(api_calls, limit, 10**6)
    monkeypatch.setattr(anonymous_limits, "LIMIT", 10**6)
    return World()


def addresses():
    """Every address that the portal answers, as its resolver has it."""

    def walk(resolver, before):
        for one in resolver.url_patterns:
            here = before + str(one.pattern)
            yield from [here] if isinstance(one, URLPattern) else walk(one, here)

    return {address for address in walk(get_resolver(), "/") if not LEFT_TO_DJANGO.match(address)}


def test_every_address_has_a_row_and_every_row_an_address():
    assert addresses() ^ set(TABLE) == set()


def expected(letter: str, address: str, method: str) -> set[str]:
    """What this person may get, in a word; in two where it is the same to us."""
    by_get, by_post = TABLE[address]
    is_api, is_admin = address.startswith(("/api/", "/scim/")), address.startswith("/admin/")
    may = {"GET": by_get, "HEAD": by_get, "POST": by_post}.get(method, "-")
    if {by_get, by_post} & {"*", "none"}:
        return {{"*": "in", "none": "nothing here", "-": "no method"}[may]} | (
            {"in", "nothing here"} if may == "-" else set()
        )
    if letter in ("anonymous", "deactivated") or (letter == "B" and not is_api):
        return {"not signed in"} | ({"no method"} if is_api and may == "-" else set())
    if address.startswith("/scim/") and letter != "B":
        return {"no method"} if method in ("OPTIONS", "TRACE") else {"refused"}
    if letter == "U" and method in CHANGES and not is_api and letter not in may:
        return {"refused"}
    if is_admin and (may == "-" or letter not in by_get + by_post):
        return {"refused"} if may != "-" else {"refused", "no method", "in"}
    if address.endswith("/<type>/<slug:name>") and method in ("PUT", "DELETE"):
        return {"in", "nothing here"} if letter == "X" else {"refused", "in"}
    if may == "-":
        return {"no method"}
    if letter in may or may == "all":
        return {"in"}
    is_named = "<" in address and not address.startswith(CLOSED)
    return {"nothing here"} if is_named and letter.lower() not in may else {"refused"}


@pytest.mark.any_database
@pytest.mark.parametrize("letter", LETTERS)
def test_who_gets_what(world, letter):
    wrong = []
    for address in sorted(TABLE):
        for method in METHODS if letter in READ_THROUGH else METHODS[:3]:
            answer = world.call(letter, method, address)
            wanted = expected(letter, address, method)
            if verdict(answer) not in wanted:
                wrong.append(f"{method} {address}: {answer.status_code}, where it is {' or '.join(sorted(wanted))}")
            elif not is_private(answer) or (method == "HEAD" and answer.getvalue()):
                wrong.append(f"{method} {address}: it may be kept, or a HEAD has a body")
            elif (
                "<" in address
                and wanted <= {"nothing here", "refused"}
                and letter.lower() not in "".join(TABLE[address])
            ):
                wrong += differences(world, letter, method, address, answer)
    assert not wrong, "\n".join(wrong)


def differences(world, letter, method, address, answer):
    """Say what tells somebody from the answer that this exists, where it is not theirs."""
    other = world.call(letter, method, address, missing=True)
    here, there = told(answer, world.path(address, missing=False)), told(other, world.path(address, missing=True))
    return [] if here == there else [f"{method} {address}: it is told from what does not exist"]


def told(answer, path):
    """All of an answer but what differs each time, and what was asked for."""
    headers = {name: value for name, value in answer.headers.items() if name not in EACH_TIME}
    return answer.status_code, headers, plain(answer).replace(path, "")


def is_private(answer) -> bool:
    return "no-store" in answer.headers.get("Cache-Control", "")


def verdict(answer) -> str:
    if answer.status_code == 302 and "/login/?next=" in answer["Location"]:
        return "not signed in"
    return {401: "not signed in", 403: "refused", 404: "nothing here", 405: "no method"}.get(answer.status_code, "in")


def models():
    """The names of the tables that the admin shows."""
    return sorted(model._meta.model_name for model in site._registry)


@pytest.mark.parametrize("name", models())
def test_who_may_look_at_a_table_sees_that_one_and_changes_nothing(sign_in, name):
    """Staff with each right to look: the lists and pages of the others are closed, be there a row or not."""
    viewer = factories.person("vera", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename=f"view_{name}", content_type__app_label="access"))
    browser = sign_in(viewer)
    there, other = f"/admin/access/{name}/", f"/admin/access/{next(one for one in models() if one != name)}/"
    assert browser.get(there).status_code == 200
    assert browser.get(f"{there}999999/change/").status_code in (302, 404)
    closed = [f"{there}add/", f"{other}", f"{other}add/", f"{other}1/change/", f"{other}999999/change/"]
    assert {browser.get(one).status_code for one in closed} == {403}
    assert {browser.post(one, {"name": "x"}).status_code for one in closed} == {403}


def test_a_head_leaves_what_is_to_be_told(sign_in, adam, rita):
    row = factories.delegation(adam, rita, now=timezone.now())
    browser = sign_in(adam)
    browser.post(f"/account/away/{row.pk}/end/")
    assert browser.head("/account/").content == b""
    assert "The delegation has ended." in words(browser.get("/account/"))
