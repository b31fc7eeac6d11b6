"""The set-up written as files that plan to nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.config.declared import export, plan
from access.core import prompts
from access.models import FastTrackRule, Flow, Target
from access.policy.prompts import set_fields
from integrations.aptible.simulator import seed
from integrations.terraform import configuration
from tests import factories
from tests.access.config import files

QUESTIONS = [
    prompts.Field("urgency", allowed=("low", "high"), default="low", help="How bad is it?"),
    prompts.Field("why", shown_if="urgency", shown_values=("high",)),
    prompts.Field("hosts", prompts.Type.STRINGS, required=False),
    prompts.Field("window", prompts.Type.DURATION, allowed=("1h", "2d")),
]
pytestmark = pytest.mark.django_db


def written(folder) -> configuration.Configuration:
    for name, text in export.files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return configuration.read(folder, {})


def test_what_was_set_up_by_hand_is_exported_and_plans_to_nothing(tmp_path, now, adam, rita):
    flow = factories.flow()
    factories.target("staging", "Staging", role_id="r-staging").strategies.add(flow.strategy)
    factories.stage(flow, factories.group("Security", rita), label="Security", managers=True)
    factories.pool(flow.stages.first(), rita, after=1800)
    FastTrackRule.objects.create(flow=flow, reason="Low risk.", risk_at_most="low", held_times=2, held_days=30)
    set_fields.set_all(flow, QUESTIONS)
    flow.announcements.create(kind="channel", channel="C024BE7LR", timeout=600)
    flow.announcements.create(kind="asked_from", position=2)
    Target.objects.filter(name="staging").update(outsiders="take_out", outsiders_grace=7200, open_sessions="cancel")
    Flow.objects.create(name="deploy", label="Deploy", self_approval=True, approve_with_passkey=True)
    factories.decided_by(Flow.objects.get(name="deploy"), adam)
    flow_of_prod = Flow.objects.filter(pk=flow.pk)
    flow_of_prod.update(
        break_glass=True,
        break_glass_passkey=True,
        guests_may_act=True,
        free_extension=900,
        keeps_commands=True,
        ticket_pattern=r"[A-Z]+-\d+",
        ticket_example="OPS-123",
        description="Two\nlines.",
    )
    flow.requesters.add(factories.group("Ops", adam, factories.person("jon")))
    made = plan.plan(written(tmp_path), adopt=True, now=now)
    assert made.changes == []
    assert len(made.adopted) == 8


def test_after_an_apply_the_export_plans_to_nothing_without_adopting(tmp_path, now, adam, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    out = tmp_path / "out"
    out.mkdir()
    assert plan.plan(written(out), adopt=False, now=now).is_empty


def test_no_value_of_a_secret_is_written():
    factories.integration()
    assert seed.PASSWORD not in "".join(export.files().values())


def test_nothing_is_exported_of_an_empty_set_up():
    assert export.files() == {}


@settings(max_examples=40)
@given(label=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_comes_back_as_it_was(tmp_path, now, jon, label):
    factories.flow()
    Target.objects.update(label=label)
    assert plan.plan(written(tmp_path), adopt=True, now=now).changes == []
