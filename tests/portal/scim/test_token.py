"""A token that provisions: what it opens, whose it can be, and what is refused of whatever it sends."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.core.errors import Invalid
from access.models import AuditEvent, Scope, Token, User
from access.people import tokens
from tests import factories
from tests.portal.api.conftest import PERSONS
from tests.portal.scim.conftest import GROUP, bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def jon(directory):
    return directory.add_person("jon@example.com", displayName="Jon Reyes", active=True).json()["id"]


def person(email="jon@example.com") -> User:
    return User.objects.get(email=email)


@pytest.mark.parametrize("scopes", [[Scope.CONFIGURE], PERSONS, [Scope.READ, Scope.ASSIST, Scope.END]])
def test_no_other_scope_provisions(directory, scopes):
    now = timezone.now()
    _token, text = tokens.issue(
        person=bot(), actor="cli", label="t", scopes=scopes, expires_at=now + timedelta(days=1), now=now
    )
    directory.text = text
    assert directory.call("GET", "/Users").status_code == 403
    directory.text = "usher_nothing"
    answer = directory.call("GET", "/Users")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="SCIM"')


def test_a_token_that_provisions_opens_nothing_of_the_api(directory):
    headers = {"Authorization": f"Bearer {directory.text}"}
    assert Client().get("/api/v1/requests", headers=headers).status_code == 403
    assert Client().get("/api/v1/config/sym_flow", headers=headers).status_code == 403


@pytest.mark.parametrize("by_one_admin", [{"SETUP_SECOND_ADMIN": True}, {"SETUP": "files"}])
def test_one_admin_alone_issues_none_where_two_or_files_decide(directory, settings, by_one_admin):
    for name, value in by_one_admin.items():
        setattr(settings, name, value)
    now, olga = timezone.now(), factories.admin()
    with pytest.raises(Invalid, match="on the server alone"):
        tokens.issue_own(
            person=bot(), by=olga, label="t", scopes=[Scope.PROVISION], own_scopes=Scope.values,
            expires_at=now + timedelta(days=1), now=now,
        )  # fmt: skip


def test_no_person_has_one(directory, jon):
    now = timezone.now()
    with pytest.raises(Invalid, match="Only a bot's token"):
        tokens.issue(
            person=person(),
            actor="cli",
            label="t",
            scopes=[Scope.PROVISION],
            expires_at=now + timedelta(days=1),
            now=now,
        )


def test_each_event_names_the_token(directory, jon):
    token = Token.objects.get(person=bot())
    assert AuditEvent.objects.get(type="person.provisioned").data["through"] == token.ref


def test_nobody_is_seen_who_is_not_the_directorys(directory):
    factories.person("rita")
    assert directory.get("/Users")["totalResults"] == 0
    assert directory.get("/Users", filter='userName eq "rita@example.com"')["totalResults"] == 0


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"7", b'{"Operations": 7}', b'{"Operations": [7]}', b"\xff", b""]
)
def test_what_can_not_be_read_is_refused(directory, jon, body):
    answer = Client().generic(
        "PATCH", f"/scim/v2/Users/{jon}", data=body, content_type="application/json",
        headers={"Authorization": f"Bearer {directory.text}"},
    )  # fmt: skip
    assert answer.status_code == 400, json.loads(answer.content)


@pytest.mark.parametrize("email", ["a" * 250 + "@example.com", '"jon"@example.com'])
def test_an_address_by_which_nobody_signs_in_is_refused(directory, jon, email):
    answer = directory.patch(f"/Users/{jon}", {"op": "replace", "path": "userName", "value": email})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert directory.add_person(email).status_code == 400


def test_a_text_that_can_not_be_kept_is_refused(directory):
    assert directory.add_person("jon@example.com", displayName="a\x00b").status_code == 400
    assert directory.add_person("jon@example.com", externalId="a\x00b").status_code == 400
    assert directory.add_person("jon@example.com", externalId="x" * 300).status_code == 400
    assert directory.add_person("jon@example.com", emails=[{"value": "x" * 20_000}]).status_code == 400
    assert directory.add_person("jon@example.com", name={"givenName": "a\x00b"}).status_code == 400
    assert directory.add_person("jon@example.com", emails=[{"value": "a\x00b"}]).status_code == 201
    assert directory.get("/Users", filter='userName eq "a\\u0000b"')["totalResults"] == 0
    assert directory.call("GET", "/Users?filter=" + "not%20(" * 400 + "active%20pr" + ")" * 400).status_code in (
        200,
        400,
    )
    assert directory.call("GET", "/Users/a%00b").status_code == 404
    body = {"schemas": [GROUP], "displayName": "a\x00b"}
    assert directory.call("POST", "/Groups", body).status_code == 400


def test_the_list_takes_the_same_queries_at_any_size(directory):
    def cost():
        with CaptureQueriesContext(connection) as caught:
            directory.get("/Users")
            directory.get("/Groups")
        return len(caught)

    refs = [directory.add_person(f"p{number}@example.com").json()["id"] for number in range(2)]
    directory.add_group("One", *refs)
    few = cost()
    refs += [directory.add_person(f"q{number}@example.com").json()["id"] for number in range(10)]
    directory.add_group("Two", *refs)
    assert cost() == few
