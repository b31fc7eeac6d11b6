"""Fast-track rules, schedules and working hours in the admin: kept, shown, checked and told to the log."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from access.models import AuditEvent, FastTrackRule, Schedule, Shift, WorkingHours
from tests import factories
from tests.access.admin import pages
from tests.access.policy import fast_tracks

pytestmark = pytest.mark.django_db


def typed_rules(*rows, initial=0):
    counts = {"TOTAL_FORMS": len(rows), "INITIAL_FORMS": initial}
    blank = {"effect": "approve", "is_on_call": "yes", "within": "inside", "reason": "They repair production."}
    fields = {f"fast_track-{at}-{name}": value for at, row in enumerate(rows) for name, value in (blank | row).items()}
    return {**fields, **{f"fast_track-{name}": value for name, value in counts.items()}}


def save_flow(admin, flow, *rows, initial=0):
    return admin.post(pages.of(flow), {**pages.typed(flow), **typed_rules(*rows, initial=initial)}, follow=True)


def rules_formset(response):
    assert response.status_code == 200
    return next(one.formset for one in response.context["inline_admin_formsets"] if one.formset.model is FastTrackRule)


def test_rules_are_kept_in_their_order_and_told_to_the_log_in_words(admin, flow, jon):
    operators, schedule = factories.group("Operators", jon), fast_tracks.rotation(jon)
    save_flow(
        admin,
        flow,
        {"schedule": schedule.pk},
        {"in_group": operators.pk, "effect": "deny", "reason": "They have their own way."},
    )
    assert list(FastTrackRule.objects.values_list("position", "effect")) == [(1, "approve"), (2, "deny")]
    changes = AuditEvent.objects.latest("id").data["changes"]
    assert changes["fast_track"] == {
        "from": [],
        "to": [
            "Approved at once when on call in Primary: “They repair production.”",
            "Refused when in Operators: “They have their own way.”",
        ],
    }


WRONG_RULES = [
    ({}, "in_group", "Set at least one condition: a rule without any would always apply."),
    ({"is_on_call": "no"}, "in_group", "Set at least one condition"),
    ({"held_times": 3}, "held_days", "Say in how many days it counts."),
    ({"held_days": 3}, "held_times", "Say how many times."),
    ({"held_times": 0, "held_days": 3}, "held_times", "Say how many times."),
    ({"held_times": 1, "held_days": 4000}, "held_days", "less than or equal to 366"),
    ({"risk_at_most": "low", "risk_at_least": "high"}, "risk_at_least", "No risk is at least this"),
    ({"risk_at_most": "low", "reason": ""}, "reason", "This field is required."),
    ({"risk_at_most": "low", "position": 0}, "position", "greater than or equal to 1"),
]


@pytest.mark.parametrize(("row", "field", "words"), WRONG_RULES)
def test_what_is_no_rule_is_refused_in_words(admin, flow, row, field, words):
    formset = rules_formset(save_flow(admin, flow, row))
    assert words in " ".join(formset.errors[0][field])
    assert not FastTrackRule.objects.exists()


def test_two_rules_with_one_number_are_refused(admin, flow):
    row = {"risk_at_most": "low", "position": 2}
    formset = rules_formset(save_flow(admin, flow, row, row))
    assert formset.non_form_errors() == ["More than one has this number: 2."]


def test_what_a_rule_names_cannot_be_deleted(admin, flow, jon):
    hours, group = fast_tracks.office_hours(), factories.group("Operators", jon)
    fast_tracks.rule(flow, hours=hours, in_group=group)
    for row in (hours, group):
        assert "They repair production." in pages.text(admin.get(pages.of(row, "delete")))


def typed_schedule(*people, **changes):
    plain = {
        "label": "Primary", "name": "primary", "zone": "Europe/Berlin", "source": "portal", "first_day": "2026-01-05",
        "hand_over": "09:00", "every": "7", "external_id": "", "token_secret": "",
        "turns-TOTAL_FORMS": len(people), "turns-INITIAL_FORMS": 0, "shifts-TOTAL_FORMS": 0, "shifts-INITIAL_FORMS": 0,
    }  # fmt: skip
    return {**plain, **{f"turns-{at}-person": one.pk for at, one in enumerate(people)}, **changes}


def all_errors(response):
    formsets = [one.formset for one in response.context["inline_admin_formsets"]]
    told = [text for formset in formsets for row in formset.errors for texts in row.values() for text in texts]
    own = [text for texts in pages.errors(response).values() for text in texts]
    return [*own, *told, *[text for one in formsets for text in one.non_form_errors()]]


def test_a_schedule_is_added_and_shows_who_is_on_call(admin, jon, adam, olga):
    admin.post(pages.of_add("schedule"), typed_schedule(jon, adam, first_day="2099-01-05"))
    made = Schedule.objects.get()
    assert [(one.position, one.person) for one in made.turns.all()] == [(1, jon), (2, adam)]
    event = AuditEvent.objects.latest("id")
    assert (event.type, event.subject, event.actor) == ("schedule.added", "schedule:primary", olga.email)
    assert event.data["facts"]["turns"] == ["1: Jon Reyes", "2: Adam Novak"]
    assert event.data["facts"]["hand_over"] == "09:00:00"
    text = pages.text(admin.get(pages.of(made)))
    assert "Nobody until Mon 5 Jan 2099, 09:00 CET." in text
    assert "From Mon 5 Jan 2099, 09:00 CET on: Jon Reyes." in text
    assert "From Mon 12 Jan 2099, 09:00 CET on: Adam Novak." in text


WRONG_SCHEDULES = [
    ({"zone": "Berlin"}, "“Berlin” is no time zone: write one like Europe/Berlin."),
    ({"zone": "../etc/passwd"}, "“../etc/passwd” is no time zone: write one like Europe/Berlin."),
    ({"every": "0"}, "Ensure this value is greater than or equal to 1."),
    ({"turns-TOTAL_FORMS": 0}, "Put at least one person into the rotation."),
    ({"turns-0-position": 1, "turns-1-position": 1}, "More than one has this number: 1."),
    ({"source": "pagerduty"}, "Type the id of the schedule at PagerDuty."),
    ({"source": "pagerduty"}, "Pick the API key with which PagerDuty is read."),
    (
        {
            "shifts-TOTAL_FORMS": 1, "shifts-0-starts_at_0": "2026-01-05", "shifts-0-starts_at_1": "10:00",
            "shifts-0-ends_at_0": "2026-01-05", "shifts-0-ends_at_1": "10:00",
        },
        "This is not after the start.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG_SCHEDULES)
def test_what_is_no_schedule_is_refused_in_words(admin, jon, adam, changes, words):
    if "shifts-TOTAL_FORMS" in changes:
        changes = {**changes, "shifts-0-person": jon.pk}
    response = admin.post(pages.of_add("schedule"), typed_schedule(jon, adam, **changes))
    assert words in all_errors(response)
    assert not Schedule.objects.exists()


def test_a_shift_is_kept_and_told_to_the_log(admin, jon, adam):
    made = fast_tracks.rotation(jon)
    shift = {
        "shifts-TOTAL_FORMS": 1, "shifts-0-person": adam.pk, "shifts-0-starts_at_0": "2026-01-06",
        "shifts-0-starts_at_1": "17:00", "shifts-0-ends_at_0": "2026-01-06", "shifts-0-ends_at_1": "21:00",
    }  # fmt: skip
    turns = {"turns-TOTAL_FORMS": 1, "turns-INITIAL_FORMS": 1, "turns-0-id": made.turns.get().pk}
    admin.post(pages.of(made), typed_schedule(jon, **turns, **shift))
    kept = Shift.objects.get()
    assert (kept.person, kept.starts_at) == (adam, datetime(2026, 1, 6, 17, tzinfo=UTC))
    assert "Adam Novak" in AuditEvent.objects.latest("id").data["changes"]["shifts"]["to"][0]


def test_another_place_to_read_from_lets_what_was_read_be_forgotten(admin, jon):
    made = fast_tracks.from_pagerduty(jon.email, "nobody@example.com", read_at=timezone.now())
    text = pages.text(admin.get(pages.of(made)))
    assert "Jon Reyes." in text
    assert "nobody@example.com, who is nobody here." in text
    data = typed_schedule(
        label="Pager", name="pager", source="pagerduty", external_id="PNEW123", token_secret=made.token_secret_id
    )
    admin.post(pages.of(made), data)
    made.refresh_from_db()
    assert (made.external_id, made.read_at, made.on_call.count()) == ("PNEW123", None, 0)
    assert "Nobody counts as on call. Not read yet." in pages.text(admin.get(pages.of(made)))


def test_what_is_too_old_is_shown_to_count_for_nothing(admin, jon):
    made = fast_tracks.from_pagerduty(jon.email, read_at=timezone.now() - timedelta(minutes=11))
    assert "Nobody counts as on call. Last read on" in pages.text(admin.get(pages.of(made)))


def hours(**changes):
    plain = {"label": "Office hours", "name": "office", "zone": "Europe/Berlin", "opens": "09:00", "closes": "17:00"}
    return {**plain, "weekdays": ["0", "1"], **changes}


def test_working_hours_are_kept_and_told_to_the_log(admin):
    admin.post(pages.of_add("workinghours"), hours())
    made = WorkingHours.objects.get()
    assert (made.weekdays, made.opens) == ([0, 1], time(9))
    admin.post(pages.of(made), hours(closes="18:00"))
    changes = AuditEvent.objects.latest("id").data["changes"]
    assert changes == {"closes": {"from": "17:00:00", "to": "18:00:00"}}


@pytest.mark.parametrize("changes", [{"weekdays": []}, {"weekdays": ["7"]}, {"zone": "Mars"}, {"opens": "25:00"}])
def test_what_are_no_working_hours_is_refused(admin, changes):
    assert pages.errors(admin.post(pages.of_add("workinghours"), hours(**changes))).keys() == changes.keys()


def test_only_admins_come_to_these_pages(client, jon):
    client.force_login(jon)
    schedule = fast_tracks.rotation(jon, first_day=date(2026, 1, 5))
    for address in (pages.of(schedule), pages.of_list("schedule"), pages.of_add("workinghours")):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("zone", ["", "Atlantis/Capital"])
def test_a_schedule_of_a_place_that_this_machine_does_not_know_can_be_looked_at(admin, zone):
    schedule = Schedule.objects.create(name="on-call", label="On call", zone=zone)
    assert admin.get(pages.of_list("schedule")).status_code == 200
    assert admin.get(f"/admin/access/schedule/{schedule.pk}/change/").status_code == 200
