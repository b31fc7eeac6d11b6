"""In the admin: who may ask in a flow, and how long a target can be held."""

import pytest

from access.models import AuditEvent, Flow, Group, Target
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db


def test_who_may_ask_is_chosen_and_is_in_the_log(admin, flow, jon, olga):
    group = factories.group("On call", jon)
    admin.post(pages.of(flow), pages.typed(flow, requesters=[group.pk], free_extension="30m"))
    flow.refresh_from_db()
    assert list(flow.requesters.all()) == [group]
    assert flow.free_extension == 1800
    event = AuditEvent.objects.get(type="flow.changed")
    assert event.actor == olga.email
    assert event.data["changes"]["requesters"] == {"from": [], "to": ["on call"]}
    assert event.data["changes"]["free_extension"] == {"from": 0, "to": 1800}
    page = admin.get(pages.of(flow)).content.decode()
    assert 'value="30m"' in page
    assert "On call" in page


def test_an_extension_left_empty_needs_approval(admin, flow):
    Flow.objects.update(free_extension=1800)
    admin.post(pages.of(flow), pages.typed(flow, free_extension=""))
    assert Flow.objects.get().free_extension == 0


@pytest.mark.parametrize("typed", ["2d", "30s", "soon", "-1"])
def test_an_extension_that_is_no_length_is_refused_in_words(admin, flow, typed):
    assert "free_extension" in pages.errors(admin.post(pages.of(flow), pages.typed(flow, free_extension=typed)))


def test_groups_in_which_nobody_is_are_warned_of(admin, flow):
    empty = factories.group("On call")
    answer = admin.post(pages.of(flow), pages.typed(flow, requesters=[empty.pk]), follow=True)
    assert "Nobody may ask: nobody is in On call." in pages.told(answer)
    assert "Nobody may ask: nobody is in On call." in pages.text(admin.get(pages.of(flow)))


def test_the_policy_is_judged_for_those_who_may_ask_from_now_on(admin, flow, adam, rita):
    only_the_approver = factories.group("Approvers", adam)
    answer = admin.post(pages.of(flow), pages.typed(flow, requesters=[only_the_approver.pk]))
    assert "Adam Novak is the only approver" in pages.text(answer)
    assert not flow.requesters.exists()


def test_a_group_that_keeps_a_flow_closed_to_others_is_not_deleted(admin, flow, rita):
    group = factories.group("On call", rita)
    flow.requesters.add(group)
    page = pages.text(admin.post(pages.of(group, "delete"), {"post": "yes"}))
    assert "Flow: Production access" in page
    assert Group.objects.filter(pk=group.pk).exists()


def target_typed(target, **changes):
    role = target.integration.directoryroles.get(external_id=target.role_id)
    return {
        "role": role.pk,
        "label": target.label,
        "name": target.name,
        "risk": target.risk,
        "max_seconds": "",
        **changes,
    }


def test_the_maximum_of_a_target_is_typed_as_a_length_and_is_in_the_log(admin, flow, target):
    admin.post(pages.of(target), target_typed(target, max_seconds="8h"))
    assert Target.objects.get().max_seconds == 8 * 3600
    assert AuditEvent.objects.get(type="target.changed").data["changes"]["max_seconds"] == {"from": None, "to": 28800}
    admin.post(pages.of(target), target_typed(target))
    assert Target.objects.get().max_seconds is None


def test_a_maximum_under_all_durations_of_a_flow_is_warned_of_on_both_pages(admin, flow, target):
    Flow.objects.update(allowed_durations=[3600], default_duration=3600)
    answer = admin.post(pages.of(target), target_typed(target, max_seconds="30m"), follow=True)
    sentence = "Production access has no duration that fits Prod: all that it offers there is 30 min."
    assert sentence in pages.told(answer)
    changed = pages.typed(flow, allowed_durations="2h", default_duration="2h")
    assert sentence in pages.told(admin.post(pages.of(flow), changed, follow=True))


@pytest.mark.parametrize("typed", ["30s", "31d", "long"])
def test_a_maximum_that_is_no_length_is_refused_in_words(admin, flow, target, typed):
    assert "max_seconds" in pages.errors(admin.post(pages.of(target), target_typed(target, max_seconds=typed)))
