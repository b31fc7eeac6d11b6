"""What there are several kinds of: the kind is chosen first, and its form asks for nothing that another kind needs."""

import pytest
from django.utils import timezone

from access.models import Integration, Schedule, Secret
from tests.access.admin import pages
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db


def asked(response) -> set[str]:
    """What the form asks for."""
    form = response.context["adminform"]
    return {name for _title, told in form.fieldsets for name in told["fields"]} - set(form.readonly_fields)


APTIBLE = {"name", "external_id", "username_secret", "password_secret", "sync_every"}
SLACK = {"name", "external_id", "bot_token_secret", "signing_secret", "app_token_secret"}
WHO = {"label", "name", "zone", "source"}
HERE = WHO | {"first_day", "hand_over", "every"}
PAGERDUTY = WHO | {"external_id", "token_secret"}


@pytest.mark.parametrize(
    ("model", "query", "fields", "words"),
    [
        ("integration", "?type=aptible", APTIBLE, "organization id"),
        ("integration", "?type=slack", SLACK, "workspace id"),
        ("schedule", "?source=portal", HERE, "People take turns of some days"),
        ("schedule", "?source=pagerduty", PAGERDUTY, "A schedule at PagerDuty says who is on call."),
    ],
)
def test_a_kind_is_chosen_by_a_link_and_asks_for_its_own_fields_only(admin, model, query, fields, words):
    choice = admin.get(pages.of_add(model))
    assert choice.status_code == 200
    assert f'href="{query}"' in choice.content.decode()
    form = admin.get(pages.of_add(model) + query)
    assert asked(form) == fields
    assert words.casefold() in pages.text(form).casefold()
    assert " instead" in pages.text(form)


def test_a_kind_that_there_is_not_leads_to_the_choice(admin):
    page = admin.get(pages.of_add("integration") + "?type=pager")
    assert "Which kind?" in pages.text(page)


def test_the_choice_keeps_what_the_address_carries_besides(admin):
    page = admin.get(pages.of_add("integration") + "?_popup=1")
    assert 'href="?_popup=1&amp;type=slack"' in page.content.decode()


def test_what_is_typed_for_another_kind_is_not_kept(admin, db):
    secret = Secret.objects.create(name="other", source="env", location="OTHER")
    sent = {"name": "our-slack", "external_id": "T024BE7LD", "username_secret": secret.pk}
    admin.post(pages.of_add("integration") + "?type=slack", sent)
    made = Integration.objects.get()
    assert (made.type, made.username_secret) == ("slack", None)


def test_the_kind_of_an_integration_stays(admin, integration):
    assert asked(admin.get(pages.of(integration) + "?type=slack")) == APTIBLE | {"fallback_role"}


def test_a_schedule_may_be_read_from_elsewhere_instead(admin, jon):
    made = fast_tracks.rotation(jon)
    page = admin.get(pages.of(made))
    assert asked(page) == HERE
    assert "Read from PagerDuty instead" in pages.text(page)
    page = admin.get(pages.of(made) + "?source=pagerduty")
    assert asked(page) == PAGERDUTY
    # Whoever takes turns still is shown, because PagerDuty would say otherwise.
    assert len(page.context["inline_admin_formsets"]) == 2


def test_a_schedule_that_was_read_from_elsewhere_may_be_kept_here(admin, jon):
    made = fast_tracks.from_pagerduty(jon.email, read_at=timezone.now())
    page = admin.get(pages.of(made) + "?source=portal")
    assert asked(page) == HERE
    sent = {name: page.context["adminform"].form[name].value() for name in HERE}
    turns = {"turns-TOTAL_FORMS": 1, "turns-INITIAL_FORMS": 0, "turns-0-person": jon.pk}
    shifts = {"shifts-TOTAL_FORMS": 0, "shifts-INITIAL_FORMS": 0}
    admin.post(pages.of(made) + "?source=portal", {**sent, **turns, **shifts})
    made.refresh_from_db()
    assert (made.source, made.read_at, made.on_call.count()) == (Schedule.Source.PORTAL, None, 0)


def test_who_may_not_set_up_is_not_asked_which_kind(client, jon):
    client.force_login(jon)
    assert client.get(pages.of_add("integration")).status_code == 403
