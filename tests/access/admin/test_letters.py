"""The page of all letters: each kind by an example, in a frame that can do nothing, and nobody's real data."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import Kind
from access.notify.letters import LETTERS, examples
from tests import factories

pytestmark = pytest.mark.django_db
SLUGS = [one.slug for one in examples.EXAMPLES]


@pytest.fixture
def admin(client, olga):
    client.force_login(olga)
    return client


def test_each_kind_of_letter_has_an_example_and_each_example_a_name_of_its_own():
    assert {one.kind for one in examples.EXAMPLES} == set(LETTERS) == set(Kind)
    assert len(set(SLUGS)) == len(SLUGS) == len({one.label for one in examples.EXAMPLES})


@pytest.mark.parametrize("slug", SLUGS)
def test_each_is_whole_as_text_and_as_html_and_nothing_is_read_for_it(slug):
    with CaptureQueriesContext(
        connection,
    ) as read:
        message = examples.message(examples.find(slug))
    for part in (message.subject, message.text, message.html):
        assert part.strip()
        assert "%(" not in part
        assert "object at 0x" not in part
        assert "None" not in part
    assert message.said.paragraphs[0] in message.text
    tables = {table for one in read for table in re.findall(r'FROM "(\w+)"', one["sql"])}
    # Whether there is an integration or a webhook of the made-up name, to lead to it; and how nobody signs in.
    assert tables <= {"access_integration", "access_webhook", "social_auth_usersocialauth"}
    assert all("= 0" in one["sql"] for one in read if "social_auth" in one["sql"])


def test_the_page_lists_all_and_shows_one(admin):
    shown = admin.get(reverse("admin:letters"))
    said = shown.content.decode()
    assert shown.status_code == 200
    assert [slug for slug in SLUGS if f"/admin/letters/{slug}/" not in said] == []
    assert "Jon Example asks for Example production" in said
    assert re.search(r"<iframe[^>]*\ssandbox\s[^>]*>", said)
    assert "frame-src 'self'" in shown["Content-Security-Policy"]
    assert admin.get(reverse("admin:letter", args=["report"])).status_code == 200
    assert admin.get(reverse("admin:letter", args=["nothing"])).status_code == 404


def test_the_frame_can_only_look_as_it_does(admin):
    shown = admin.get(reverse("admin:letter-html", args=["asked-review"]))
    policy = shown["Content-Security-Policy"]
    for part in ("default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'self'", "sandbox"):
        assert part in policy
    assert "script" not in policy
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert shown.content.decode().startswith("<!DOCTYPE html>")


def test_nobody_real_is_in_it(admin, flow, jon, now):
    factories.request_at(now=now, reason="my own reason")
    for slug in SLUGS:
        said = admin.get(reverse("admin:letter-html", args=[slug])).content.decode()
        assert "Jon Reyes" not in said
        assert "my own reason" not in said


@pytest.mark.parametrize("who", ["auditor", "staff", "jon"])
def test_only_admins_see_it(client, who, jon):
    fields = {"auditor": {"is_auditor": True}, "staff": {"is_staff": True}}.get(who)
    client.force_login(factories.person(who, **fields) if fields else jon)
    for name, args in (("letters", []), ("letter", ["report"]), ("letter-html", ["report"])):
        assert client.get(reverse(f"admin:{name}", args=args)).status_code == 403


def test_times_are_in_the_zone_of_whoever_looks(admin, olga):
    olga.zone = "Europe/Prague"
    olga.save()
    assert "13:00 CET" in admin.get(reverse("admin:letter-html", args=["reminder-reminders"])).content.decode()
