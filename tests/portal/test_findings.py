"""The page of findings: who sees it, what it says, and its buttons."""

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import Finding
from tests import factories
from tests.portal.pages import queries, words

pytestmark = pytest.mark.django_db

URL = "/findings/"


def finding(number=1, kind=Finding.Kind.OUTSIDE, **fields):
    target = factories.target()
    return Finding.objects.create(
        integration=target.integration, target=target, kind=kind, key=f"k{number}", first_seen_at=timezone.now(),
        account_id=f"a{number}", email=f"somebody{number}@example.com", **fields,
    )  # fmt: skip


@pytest.fixture
def as_admin(client, olga):
    client.force_login(olga)
    return client


def test_admins_and_auditors_see_it_and_nobody_else(client, jon, olga):
    auditor = factories.person("avery", is_auditor=True)
    assert client.get(URL).status_code == 302
    for person, status in ((jon, 403), (olga, 200), (auditor, 200)):
        client.force_login(person)
        assert client.get(URL).status_code == status
        assert ('href="/findings/"' in client.get("/").content.decode()) is (status == 200)


def test_it_says_what_it_means_and_what_to_do(as_admin):
    finding()
    said = words(as_admin.get(URL))
    assert "somebody1@example.com was put into Prod at Aptible, and nobody approved it in Usher." in said
    assert "Take them out, or accept it with a reason." in said
    assert "Added outside" in said


def test_each_view_has_its_own(as_admin):
    finding(1)
    finding(2, Finding.Kind.STANDING)
    finding(3, accepted_at=timezone.now(), accepted_by="olga@example.com", accepted_why="It is right.")
    over = timezone.now()
    finding(4, closed_at=over, last_seen_at=over)
    for number, view in enumerate(("to_do", "standing", "accepted", "over"), start=1):
        said = words(as_admin.get(URL, {"view": view}))
        assert [f"somebody{one}@" in said for one in range(1, 5)] == [one == number for one in range(1, 5)]


def test_an_unknown_view_is_what_is_to_do(as_admin):
    finding()
    for odd in ({"view": "nothing"}, {"view": "\0"}, {"page": "x"}):
        assert "somebody1@" in words(as_admin.get(URL, odd))
    assert as_admin.get(URL, {"target": "\0"}).status_code == 200


def test_accepting_needs_a_reason(as_admin):
    one = finding()
    url = reverse("finding-accept", args=[one.pk])
    assert "Is this right as it is?" in words(as_admin.get(url))
    assert as_admin.post(url, {"why": ""}).status_code == 422
    assert as_admin.post(url, {"why": "She runs it."}).status_code == 302
    one.refresh_from_db()
    assert one.accepted_why == "She runs it."
    assert as_admin.get(url).status_code == 409


def test_taking_out_is_left_to_the_worker(as_admin):
    one = finding()
    assert as_admin.post(reverse("finding-take-out", args=[one.pk])).status_code == 302
    one.refresh_from_db()
    assert one.take_out_at is not None
    assert one.take_out_by == "olga@example.com"


@pytest.mark.parametrize("name", ["finding-accept", "finding-take-out"])
def test_others_can_not(client, jon, name):
    url = reverse(name, args=[finding().pk])
    client.force_login(jon)
    assert client.post(url, {"why": "x"}).status_code == 403
    client.force_login(factories.person("avery", is_auditor=True))
    assert client.post(url, {"why": "x"}).status_code == 403
    assert not Finding.objects.exclude(accepted_at=None, take_out_at=None).exists()


def test_an_auditor_is_offered_no_button(client):
    finding()
    client.force_login(factories.person("avery", is_auditor=True))
    assert "Take out now" not in words(client.get(URL))


def test_it_takes_the_same_number_of_queries_at_any_size(as_admin):
    finding(0)
    few = queries(as_admin, URL)
    for number in range(1, 25):
        finding(number)
    assert queries(as_admin, URL) == few


def test_the_admin_s_home_counts_them(as_admin):
    finding(1)
    finding(2)
    finding(3, Finding.Kind.STANDING)
    said = words(as_admin.get("/"))
    assert "Aptible and Usher do not agree. Added outside: 2." in said
