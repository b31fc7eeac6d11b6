"""Stages of a flow in the admin: groups, managers, those who are asked later, and the order."""

import pytest

from access.models import AuditEvent, Group
from access.policy import approvers
from access.policy import words as policy_words
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def security(rita, olga):
    return factories.group("Security", rita, olga)


def save(admin, flow, *more, **changes):
    data = {**pages.typed(flow), **pages.stages(flow, *more), **changes}
    return admin.post(pages.of(flow), data, follow=True)


def stage_errors(response, at=0):
    stages, *_others = response.context["inline_admin_formsets"]
    return {name: list(texts) for name, texts in stages.formset.errors[at].items()}


def words(flow):
    return policy_words.sentence(approvers.of_flow(flow))


def test_a_second_stage_of_a_group_is_added_and_told_to_the_log(admin, flow, security):
    save(admin, flow, {"label": "Security", "approvals_needed": 1, "groups": [security.pk]})
    assert words(flow) == "First 1 of Adam Novak; then 1 of the people in Security."
    changes = AuditEvent.objects.latest("id").data["changes"]
    assert changes["stages"]["to"] == ["1 of Adam Novak", "Security: 1 of the people in Security"]


def test_who_is_asked_later_and_the_manager_are_kept_and_shown_again(admin, flow, security):
    later = {"later_after": "2h", "later_groups": [security.pk], "later_managers": "on", "managers": "on"}
    save(admin, flow, **{f"stages-0-{name}": value for name, value in later.items()})
    told = "Needs 1 of Adam Novak, the requester's manager, after 2 h also of the people in Security, the requester's"
    assert words(flow).startswith(told)
    stages, *_others = admin.get(pages.of(flow)).context["inline_admin_formsets"]
    assert stages.formset.forms[0]["later_after"].value() == "2h"
    save(admin, flow, **{"stages-0-later_after": "", "stages-0-later_groups": [], "stages-0-later_managers": ""})
    assert flow.stages.get().pools.count() == 1


def test_any_number_of_pools_is_set_and_there_is_room_for_one_more(admin, flow, rita, olga, security):
    three = {
        "later_after": "1h", "later_people": [rita.pk],
        "later1_after": "2h", "later1_groups": [security.pk],
        "later2_after": "3h", "later2_people": [olga.pk],
    }  # fmt: skip
    save(admin, flow, **{f"stages-0-{name}": value for name, value in three.items()})
    assert [one.after for one in flow.stages.get().pools.all()] == [0, 3600, 7200, 10800]
    stages, *_others = admin.get(pages.of(flow)).context["inline_admin_formsets"]
    form = stages.formset.forms[0]
    assert [form[f"later{one}_after"].value() for one in ("", "1", "2", "3")] == ["1h", "2h", "3h", None]
    without = {**three, "later1_after": "", "later1_groups": []}
    save(admin, flow, **{f"stages-0-{name}": value for name, value in without.items()})
    assert [one.after for one in flow.stages.get().pools.all()] == [0, 3600, 10800]


def test_a_page_that_does_not_know_of_a_pool_leaves_it_as_it_is(admin, flow, rita, olga):
    for hours in (1, 2):
        factories.pool(flow.stages.get(), rita, after=hours * 3600)
    save(admin, flow)
    assert [one.after for one in flow.stages.get().pools.all()] == [0, 3600, 7200]


def test_stages_are_ordered_by_their_step(admin, flow, security):
    save(admin, flow, {"label": "Security", "approvals_needed": 1, "groups": [security.pk]})
    save(admin, flow, **{"stages-0-position": 2, "stages-1-position": 1})
    assert words(flow).startswith("First 1 of the people in Security; then")


def positions(flow):
    return [(one.label, one.position) for one in flow.stages.all()]


@pytest.mark.parametrize(
    ("moved", "order"),
    [
        ({0: 4}, "bca"),
        ({2: 1}, "cab"),
        ({0: 2}, "bac"),
        ({1: 3}, "acb"),
        ({1: 1}, "bac"),
        ({0: ""}, "bca"),
    ],
)
def test_one_stage_is_moved_and_those_that_nobody_touched_make_room(admin, flow, security, moved, order):
    flow.stages.update(label="a", position=1)
    for label in "bc":
        save(admin, flow, {"label": label, "approvals_needed": 1, "groups": [security.pk]})
        security = factories.group(f"More {label}", *(factories.person(f"{label}{one}") for one in range(2)))
    save(admin, flow, **{f"stages-{at}-position": value for at, value in moved.items()})
    assert positions(flow) == [(label, number) for number, label in enumerate(order, 1)]


def test_the_rest_closes_up_when_a_stage_goes(admin, flow, security):
    save(admin, flow, {"label": "Security", "approvals_needed": 1, "groups": [security.pk]})
    save(admin, flow, **{"stages-0-DELETE": "on"})
    assert positions(flow) == [("Security", 1)]


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"people": []}, "people", "Pick people, a group, or the manager of whoever asks."),
        ({"later_managers": "on"}, "later_after", "Say after how long these people are asked."),
        ({"later_after": "2h"}, "later_people", "Say who is asked then."),
        ({"approvals_needed": "0"}, "approvals_needed", "Ensure this value is greater than or equal to 1."),
        ({"later_after": "soon"}, "later_after", "“soon” is no length of time: write it like 30m, 8h or 1d 12h."),
    ],
)
def test_what_cannot_be_is_said_next_to_the_field(admin, flow, typed, field, sentence):
    response = save(admin, flow, **{f"stages-0-{name}": value for name, value in typed.items()})
    assert stage_errors(response)[field] == [sentence]
    assert words(flow) == "Needs 1 of Adam Novak."


def test_two_stages_that_lean_on_the_same_person_are_refused_with_the_name(admin, flow, adam):
    response = save(admin, flow, {"label": "Security", "approvals_needed": 1, "people": [adam.pk]})
    stages, *_others = response.context["inline_admin_formsets"]
    assert list(stages.non_form_errors()) == [
        "Nobody's request could be approved: Stage 1 and Security together need 2 different people, and only one"
        " person could decide in them: Adam Novak."
    ]


def test_a_pool_that_is_asked_after_the_request_has_lapsed_is_refused(admin, flow, rita):
    response = save(admin, flow, **{"stages-0-later_after": "1d", "stages-0-later_people": [rita.pk]})
    stages, *_others = response.context["inline_admin_formsets"]
    assert "lapsed already" in stages.non_form_errors()[0]


def test_the_page_tells_stage_by_stage_who_could_approve(admin, flow, security, rita):
    factories.stage(flow, security, label="Security")
    page = pages.text(admin.get(pages.of(flow)))
    assert "Stage 1: 1 of: Adam Novak." in page
    assert "Security: 1 of: Olga Brandt, Rita Moss." in page
    assert "What these people ask for themselves could not be approved: Adam Novak." in page


def test_a_group_is_made_changed_and_kept_while_a_flow_asks_it(admin, flow, adam):
    data = {"label": "Leads", "name": "leads", "members": [adam.pk]}
    admin.post(pages.of_add("group"), data)
    leads = Group.objects.get(name="leads")
    assert list(leads.members.all()) == [adam]
    assert AuditEvent.objects.latest("id").data["facts"]["members"] == ["adam@example.com"]
    factories.decided_by(flow)
    flow.stages.get().pools.get().groups.add(leads)
    response = admin.post(pages.of(leads, "delete"), {"post": "yes"})
    assert "Flow: Production access" in pages.text(response)
    assert Group.objects.filter(name="leads").exists()


def test_nobody_is_their_own_manager(admin, jon, adam):
    data = {"email": jon.email, "name": jon.name, "is_active": "on", "user_permissions": []}
    response = admin.post(pages.of(jon), {**data, "manager": jon.pk})
    assert pages.errors(response)["manager"] == ["Nobody is their own manager."]
    admin.post(pages.of(jon), {**data, "manager": adam.pk})
    jon.refresh_from_db()
    assert jon.manager == adam
