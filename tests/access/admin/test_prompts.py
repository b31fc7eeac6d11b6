"""The further questions of a flow, in the admin."""

import pytest
from django.contrib.auth.models import Permission

from access.core.prompts import Field, Type
from access.models import AuditEvent
from access.policy.prompts import set_fields
from tests import factories
from tests.access.admin import pages

pytestmark = pytest.mark.django_db
ENV = Field("env", label="Environment", allowed=("prod", "staging"))
WHO = Field("who", label="Customer", shown_if="env", shown_values=("prod",))


@pytest.fixture
def asking(flow):
    set_fields.set_all(flow, [ENV, WHO])
    return flow


def save(admin, flow, *more, **changes):
    data = {**pages.typed(flow), **pages.prompt_fields(flow, *more), **changes}
    return admin.post(pages.of(flow), data, follow=True)


def plain(flow):
    return [one.plain for one in flow.prompt_fields.all()]


def wrong(response, at):
    _stages, fields, *_others = response.context["inline_admin_formsets"]
    return {name: list(texts) for name, texts in fields.formset.errors[at].items()}


def test_fields_are_added_with_their_values_as_people_write_them_and_told_to_the_log(admin, flow):
    save(
        admin, flow,
        {"name": "for", "type": "duration", "allowed": "30m\r\n1mo\r\n", "default": "30m"},
        {"name": "urgent", "type": "bool", "default": "no", "required": ""},
        {"name": "who", "type": "person", "shown_if": "for", "shown_values": "30 d"},
    )  # fmt: skip
    assert plain(flow) == [
        Field("for", Type.DURATION, allowed=(1800, 2592000), default=1800),
        Field("urgent", Type.BOOL, default=False, required=False),
        Field("who", Type.PERSON, shown_if="for", shown_values=(2592000,)),
    ]
    changes = AuditEvent.objects.latest("id").data["changes"]
    assert changes["prompt_fields"]["from"] == []
    assert changes["prompt_fields"]["to"][0] == "for (duration, required); one of 30m, 30d; default 30m"


def test_they_are_shown_as_they_are_written_and_saving_them_again_changes_nothing(admin, flow):
    set_fields.set_all(
        flow, [Field("for", Type.DURATION, allowed=("1h",)), Field("x", shown_if="for", shown_values=("1h",))]
    )
    _stages, fields, *_others = admin.get(pages.of(flow)).context["inline_admin_formsets"]
    first, second = fields.formset.forms
    assert first["allowed"].value() == "1h"
    assert second["shown_values"].value() == "1h"
    events = AuditEvent.objects.count()
    save(admin, flow, **{"prompt_fields-0-allowed": "1h", "prompt_fields-1-shown_values": "1h"})
    assert AuditEvent.objects.count() == events


def test_an_unchanged_flow_stays_as_it_is(admin, asking):
    events = AuditEvent.objects.count()
    save(admin, asking)
    assert (plain(asking), AuditEvent.objects.count()) == ([ENV, WHO], events)


def test_they_are_asked_in_the_order_of_their_steps(admin, asking):
    save(
        admin,
        asking,
        {"name": "first", "position": 1},
        **{"prompt_fields-0-position": 2, "prompt_fields-1-position": 3},
    )
    assert [one.name for one in plain(asking)] == ["first", "env", "who"]
    save(
        admin,
        asking,
        **{"prompt_fields-1-position": 9, "prompt_fields-2-shown_if": "", "prompt_fields-2-shown_values": ""},
    )
    assert [one.name for one in plain(asking)] == ["first", "who", "env"]
    save(admin, asking, {"name": "last"})
    assert [(one.name, one.position) for one in asking.prompt_fields.all()] == [
        ("first", 1), ("who", 2), ("env", 3), ("last", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "at", "sentences"),
    [
        ({"0-allowed": "prod\nprod"}, 0, {"allowed": ["“prod” is there twice."]}),
        ({"0-default": "test"}, 0, {"default": ["The default is not one of the allowed values."]}),
        ({"1-shown_if": "nothing"}, 1, {"shown_if": ["There is no field nothing before this one."]}),
        ({"1-shown_values": "test"}, 1, {"shown_values": ["env can never be “test”."]}),
        ({"1-name": "Target"}, 1, {"name": ["Target is a part of every form already."]}),
        ({"1-name": "Env"}, 1, {"name": ["Another field has the name Env already."]}),
        ({"1-visible": ""}, 1, {"default": ["A field that nobody sees needs a default."]}),
        ({"0-DELETE": "on"}, 0, {"shown_if": ["There is no field env before this one."]}),
        ({"0-position": 2, "1-position": 1}, 1, {"shown_if": ["There is no field env before this one."]}),
        ({"0-type": "int"}, 0, {"allowed": ["“prod”: Write a whole number of at most 15 digits."]}),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_saved(admin, asking, change, at, sentences):
    response = save(admin, asking, **{f"prompt_fields-{name}": value for name, value in change.items()})
    assert wrong(response, at) == sentences
    assert plain(asking) == [ENV, WHO]


def test_one_is_removed_with_a_word_in_the_log(admin, asking):
    save(admin, asking, **{"prompt_fields-1-DELETE": "on"})
    assert plain(asking) == [ENV]
    change = AuditEvent.objects.latest("id").data["changes"]["prompt_fields"]
    assert len(change["from"]) - len(change["to"]) == 1


def test_two_may_swap_their_names_and_one_may_take_the_name_of_one_that_goes(admin, flow):
    set_fields.set_all(flow, [Field("a"), Field("b", Type.INT)])
    save(admin, flow, **{"prompt_fields-0-name": "b", "prompt_fields-1-name": "a"})
    assert plain(flow) == [Field("b"), Field("a", Type.INT)]
    save(admin, flow, **{"prompt_fields-0-name": "a", "prompt_fields-1-DELETE": "on"})
    assert plain(flow) == [Field("a")]


def test_who_may_only_look_sees_them_and_cannot_change_them(client, asking):
    looker = factories.person("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_flow"))
    client.force_login(looker)
    page = client.get(pages.of(asking))
    assert page.status_code == 200
    assert "Environment" in pages.text(page)
    assert save(client, asking, {"name": "new"}).status_code == 403
    assert plain(asking) == [ENV, WHO]
