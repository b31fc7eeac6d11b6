"""The set-up written as files that plan to nothing."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.config.declared import api_resource, export, plan
from access.config.declared.apply_changes import Broken
from access.core import prompts
from access.models import FastTrackRule, Flow, Secret, Target
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


def everything(adam, rita):
    Secret.objects.create(name="kept", source="stored")
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
        announce_only=True,
        free_extension=900,
        keeps_commands=True,
        ticket_pattern=r"[A-Z]+-\d+",
        ticket_example="OPS-123",
        description="Two\nlines.",
    )
    flow.requesters.add(factories.group("Ops", adam, factories.person("jon")))


def test_what_was_set_up_by_hand_is_exported_and_plans_to_nothing(tmp_path, now, adam, rita):
    everything(adam, rita)
    made = plan.plan(written(tmp_path), adopt=True, now=now)
    assert made.changes == []
    assert len(made.adopted) == 9


def test_the_export_takes_over_by_its_imports_what_is_there(tmp_path, now, adam, rita):
    everything(adam, rita)
    made = plan.plan(written(tmp_path), adopt=False, now=now)
    assert (made.changes, len(made.adopted)) == ([], 9)
    (tmp_path / "imports.tf").unlink()
    with pytest.raises(Broken):
        plan.plan(configuration.read(tmp_path, {}), adopt=False, now=now)


def test_after_an_apply_the_export_plans_to_nothing_without_adopting(tmp_path, now, adam, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    out = tmp_path / "out"
    out.mkdir()
    assert plan.plan(written(out), adopt=False, now=now).is_empty


def test_what_came_through_the_api_plans_to_nothing_as_long_as_it_is_the_same(tmp_path, now, adam, jon, olga):
    files.applied(tmp_path, files.FOUNDATION, now=now)
    said = {"params": {"strategy_id": "main"}, "durations": ["90m"], "stage": [{"people": ["adam@example.com"]}]}
    api_resource.put("sym_flow", "api", said, by=olga, now=now)
    out = tmp_path / "out"
    out.mkdir()
    made = plan.plan(written(out), adopt=False, now=now)
    assert made.is_empty
    assert [one.sentence for one in made.warnings] == ["sym_flow.api is kept through the API, as it stands here."]
    text = (out / "flows.tf").read_text().replace('"90m"', '"2h"')
    (out / "flows.tf").write_text(text)
    with pytest.raises(Broken) as refused:
        plan.plan(configuration.read(out), adopt=True, now=now)
    assert "is kept through the API. Remove it from the state there first." in refused.value.problems[0].sentence
    (out / "flows.tf").unlink()
    assert plan.plan(configuration.read(out), adopt=False, now=now).is_empty


def test_terraform_finds_nothing_to_format(tmp_path, now, adam, rita):
    everything(adam, rita)
    written(tmp_path)
    terraform = shutil.which("terraform")
    if not terraform:
        pytest.skip("NOT TESTED WITH TERRAFORM: there is no terraform on PATH")
    command = [terraform, "fmt", "-check", "-diff", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own files
    assert (done.returncode, done.stdout) == (0, "")


def test_terraform_is_told_what_to_import(tmp_path, now, adam, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    blocks = export.files()["imports.tf"].split("\n\n")
    assert len(blocks) == 6
    assert blocks[-1] == 'import {\n  to = sym_flow.production_access\n  id = "production-access"\n}\n'
    assert "integration_id  = sym_integration.main.id" in export.files()["targets.tf"]


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
