"""Break-glass in the admin: allowed on a flow, and its reviews to be read."""

import pytest
from django.urls import reverse

from access.config import setup_errors
from access.models import AuditEvent, Flow, User
from access.policy import approvers
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db

ALLOWED = {"break_glass": "on", "break_glass_seconds": "30m", "review_within": "2d"}


def save(admin, flow, **changes):
    return admin.post(pages.of(flow), pages.typed(flow, **changes), follow=True)


def test_it_is_off_until_an_admin_allows_it_and_the_log_says_so(admin, flow):
    assert not flow.break_glass
    save(admin, flow, **ALLOWED)
    flow.refresh_from_db()
    assert (flow.break_glass, flow.break_glass_seconds, flow.review_within) == (True, 1800, 2 * 86400)
    assert AuditEvent.objects.latest("id").data["changes"]["break_glass"] == {"from": False, "to": True}


def test_left_empty_the_times_are_an_hour_and_a_day(admin, flow):
    save(admin, flow, break_glass="on", break_glass_seconds="", review_within="")
    flow.refresh_from_db()
    assert (flow.break_glass, flow.break_glass_seconds, flow.review_within) == (True, 3600, 86400)


@pytest.mark.parametrize("field", ["break_glass_seconds", "review_within"])
@pytest.mark.parametrize("typed", ["5s", "400d", "soon"])
def test_a_time_that_makes_no_sense_is_refused(admin, flow, field, typed):
    page = save(admin, flow, **{**ALLOWED, field: typed})
    assert field in page.context["adminform"].form.errors
    assert not Flow.objects.get().break_glass


def test_those_whose_own_nobody_could_review_are_named(admin, flow, adam, olga):
    factories.decided_by(flow, olga)
    text = save(admin, flow, **ALLOWED).content.decode()
    assert "nobody else could review it: Olga Brandt." in text.replace("&#x27;", "'")


def test_where_nobody_could_review_anything_it_is_refused(flow, olga):
    User.objects.exclude(email="jon@example.com").update(is_active=False)
    factories.person("jon")
    flow.break_glass = True
    in_force = approvers.of_flow(flow)
    assert any("Nobody could review" in one for one in setup_errors.of_policy(flow, in_force))


def test_the_reviews_can_be_read_and_not_changed(admin, flow, now):
    review = factories.broken_glass(now=now).after_review
    listed = admin.get(reverse("admin:access_afterreview_changelist"))
    assert review.request.ref in listed.content.decode()
    address = reverse("admin:access_afterreview_change", args=[review.pk])
    assert "Jon Reyes" in admin.get(address).content.decode()
    assert admin.post(address, {"verdict": "justified"}).status_code == 403
    assert admin.get(reverse("admin:access_afterreview_add")).status_code == 403
