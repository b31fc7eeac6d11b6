"""What happened, in the admin: it can be read by those who may, and written by nobody."""

import pytest
from django.urls import reverse

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, AuditEvent, Decision, Grant, Worker
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

MODELS = (AccessRequest, Decision, Grant, AuditEvent, Worker)


@pytest.fixture
def grant(now):
    """An ended one, asked for with a ticket."""
    Worker.objects.create(name="w-1", host="host-1", pid=7, started_at=now, beat_at=now, jobs_beat_at=now)
    return factories.grant(state=GrantState.ENDED, now=now, ticket="OPS-7")


@pytest.mark.parametrize("model", MODELS)
class TestNobodyWrites:
    def test_no_row_is_added(self, admin, grant, model):
        for method in (admin.get, admin.post):
            assert method(pages.of_add(model._meta.model_name)).status_code == 403

    def test_no_row_is_changed(self, admin, grant, model):
        row = model.objects.first()
        before = list(model.objects.values())
        page = admin.get(pages.of(row))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert admin.post(pages.of(row), {"state": "active", "name": "x", "actor": "x"}).status_code == 403
        assert list(model.objects.values()) == before

    def test_no_row_is_deleted(self, admin, grant, model):
        row, count = model.objects.first(), model.objects.count()
        for method in (admin.get, admin.post):
            assert method(pages.of(row, "delete"), {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "index": "0", "post": "yes"}
        admin.post(pages.of_list(model._meta.model_name), chosen)
        assert model.objects.count() == count

    def test_the_theme_keeps_no_history_of_its_own(self, admin, grant, model):
        assert admin.get(pages.of(model.objects.first(), "history")).status_code == 404


def test_a_grant_shows_its_life_its_evidence_and_its_request(admin, grant):
    page = admin.get(pages.of(grant))
    text = pages.text(page)
    for shown in (grant.ref, "Ended", "Time was up", "Jon Reyes", "1h", '"memberships_before": [ "m-1" ]'):
        assert shown in text
    [request] = grant.requests.all()
    assert f'href="{reverse("request", args=[request.ref])}"' in page.content.decode()


def test_a_request_shows_what_was_asked_and_who_decided(admin, grant):
    request = grant.requests.get()
    page = admin.get(pages.of(request))
    text = pages.text(page)
    for shown in ("to fix Ticket 123", "Adam Novak", "Approved", '"needed": 1', grant.ref):
        assert shown in text
    assert f'href="{reverse("request", args=[request.ref])}"' in page.content.decode()


def test_markup_in_what_people_typed_is_shown_as_text(admin, now):
    request = factories.request_at(state=RequestState.PENDING, now=now, reason="<script>alert(1)</script>")
    for address in (pages.of(request), pages.of(AuditEvent.objects.latest("id"))):
        page = admin.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_log_is_one_sentence_an_event(admin, grant):
    text = pages.text(admin.get(pages.of_list("auditevent")))
    assert "jon@example.com asked for prod." in text
    assert "Aptible shows the membership: access to prod is confirmed." in text


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("auditevent", {"q": "jon@example.com"}),
        ("auditevent", {"type": "request.asked"}),
        ("grant", {"q": "reyes"}),
        ("grant", {"state__exact": "ended"}),
        ("accessrequest", {"q": "reyes"}),
        ("accessrequest", {"q": "OPS-7"}),
        ("decision", {"q": "adam"}),
        ("worker", {"q": "host-1"}),
    ],
)
def test_what_is_looked_for_is_found(admin, grant, model, query):
    page = admin.get(pages.of_list(model), query)
    assert page.context["cl"].result_count == 1
    assert admin.get(pages.of_list(model), {"q": "nothing like it"}).context["cl"].result_count == 0


@pytest.mark.parametrize("model", ["accessrequest", "decision", "grant", "auditevent"])
def test_what_has_a_reference_is_found_by_it_in_any_case(admin, grant, now, model):
    ref = grant.requests.get().ref
    factories.grant(state=GrantState.ENDED, now=now)
    found = admin.get(pages.of_list(model), {"q": f" {ref.lower()} "}).context["cl"]
    assert 0 < found.result_count < found.queryset.model.objects.count()


def test_a_long_list_is_counted_no_further_than_it_is_turned_over(admin, grant, monkeypatch):
    monkeypatch.setattr("access.admin.large_lists.MOST_COUNTED", 3)
    page = admin.get(pages.of_list("auditevent"))
    assert page.context["cl"].result_count == 3 < AuditEvent.objects.count()


def test_the_evidence_of_a_long_life_reads_in_the_order_of_time(admin, now):
    seqs = [row.seq for row in admin.get(pages.of_list("auditevent")).context["cl"].result_list]
    assert seqs == sorted(seqs, reverse=True)


def fill(now) -> None:
    """More rows of everything that the lists show."""
    for number in range(5):
        user = factories.person(f"user{number}")
        factories.mapping(user, account_id=f"u-{number}")
        target = factories.target(name=f"t{number}", label=f"T{number}", role_id=f"r-{number}")
        factories.flow()
        factories.strategy().targets.add(target)
        factories.grant(state=GrantState.ENDED, now=now, person=user, for_target=target)


@pytest.mark.parametrize(
    "model",
    ["secret", "integration", "target", "strategy", "flow", "user", "usermapping", "accessrequest", "decision",
     "grant", "auditevent", "worker"],
)  # fmt: skip
def test_a_list_asks_as_often_for_many_rows_as_for_one(
    admin, grant, now, model, django_assert_num_queries, django_assert_max_num_queries
):
    address = pages.of_list(model)
    admin.get(address)
    with django_assert_max_num_queries(20) as seen:
        admin.get(address)
    fill(now)
    with django_assert_num_queries(len(seen)):
        admin.get(address)
