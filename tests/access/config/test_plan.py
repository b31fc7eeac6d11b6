"""What files would change, and what becomes of it when they are applied."""

import pytest
from django.core.exceptions import ObjectDoesNotExist

from access.config.declared import destroy, plan
from access.core.errors import Conflict
from access.models import AuditEvent, Declared, Flow, Integration, Secret, Strategy, Target
from access.policy import approvers
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.config import files

QUESTION = {
    "name": "urgent", "type": "bool", "label": "", "help": "", "required": True, "default": None, "visible": True,
    "allowed": [], "shown_if": "", "shown_values": [],
}  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(adam, jon):
    return factories.group("Ops", jon)


def test_a_plan_writes_nothing(tmp_path, now):
    made = files.planned(tmp_path, files.WHOLE, now=now)
    assert files.told(made) == [
        "create sym_secret.password", "create sym_secret.username", "create sym_integration.aptible",
        "create sym_target.prod", "create sym_strategy.aptible", "create sym_flow.prod",
    ]  # fmt: skip
    assert not Secret.objects.exists()
    assert not Declared.objects.exists()
    assert not AuditEvent.objects.exists()


def test_an_apply_makes_the_rows_and_a_second_one_changes_nothing(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    flow, target = Flow.objects.get(), Target.objects.get()
    assert (flow.strategy.integration.external_id, target.role_id) == (
        Integration.objects.get().external_id,
        seed.PROD_ROLE_ID.lower(),
    )
    assert flow.allowed_durations == [1800, 3600]
    assert [one.email for one in approvers.of_flow(flow).stages[0].pools[0].people] == ["adam@example.com"]
    assert list(Strategy.objects.get().targets.all()) == [target]
    assert Secret.objects.get(name="username").value() == seed.BOT
    events = AuditEvent.objects.count()
    assert files.applied(tmp_path, files.WHOLE, now=now).is_empty
    assert AuditEvent.objects.count() == events


def test_each_change_is_in_the_log_with_the_hash_of_the_files(tmp_path, now):
    made = files.applied(tmp_path, files.WHOLE, now=now)
    files.applied(tmp_path, files.WHOLE.replace('label = "Prod"', 'label = "Production"'), now=now)
    types = list(AuditEvent.objects.order_by("id").values_list("type", flat=True))
    assert types == [
        "secret.added", "secret.added", "integration.added", "target.added", "strategy.added", "flow.added",
        "config.applied", "target.changed", "config.applied",
    ]  # fmt: skip
    assert AuditEvent.objects.get(type="target.changed").data["changes"] == {
        "label": {"from": "Prod", "to": "Production"}
    }
    first = AuditEvent.objects.filter(type="config.applied").earliest("id")
    assert (first.actor, first.data["files"]) == ("cli:test", made.digest)


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ('durations = ["30m", "1h"]', 'durations = ["1h"]\n  default_duration = "1h"',
         {"durations": ([1800, 3600], [3600]), "default_duration": (1800, 3600)}),
        ('label = "Production access"', 'label = "Prod access"', {"label": ("Production access", "Prod access")}),
        ("  stage {", '  requesters = ["ops"]\n  stage {', {"requesters": ([], ["ops"])}),
        ("  stage {", '  break_glass {\n    at_most = "30m"\n  }\n  stage {',
         {"break_glass": (None, {"at_most": 1800, "review_within": 86400})}),
        ("    strategy_id", '    prompt_field {\n      name = "urgent"\n      type = "bool"\n    }\n    strategy_id',
         {"prompt_fields": ([], [QUESTION])}),
        ("  stage {", '  announce {\n    channel = "c024be7lr"\n    timeout = "10m"\n  }\n  announce {\n  }\n  stage {',
         {"announce": ([], [{"to": "channel", "channel": "C024BE7LR", "timeout": 600},
                            {"to": "people", "channel": "", "timeout": None}])}),
        ("    strategy_id", "    allow_guest_interaction = true\n    strategy_id", {"guests_may_act": (False, True)}),
        ("  stage {", '  free_extension = "15m"\n  stage {', {"free_extension": (0, 900)}),
        ("  stage {", "  approve_with_passkey = true\n  stage {", {"approve_with_passkey": (False, True)}),
        ("  stage {", "  announce_only = true\n  stage {", {"announce_only": (False, True)}),
        ("  stage {", "  keeps_commands = true\n  stage {", {"keeps_commands": (False, True)}),
        ("  stage {", "  break_glass_passkey = true\n  stage {", {"break_glass_passkey": (False, True)}),
    ],
)  # fmt: skip
def test_a_change_is_told_with_its_old_and_its_new_value(tmp_path, now, old, new, fields):
    files.applied(tmp_path, files.WHOLE, now=now)
    changed = files.WHOLE.replace(old, new)
    made = files.applied(tmp_path, changed, now=now)
    assert files.told(made) == ["change sym_flow.prod"]
    assert {name: (before, after) for name, before, after in made.changes[0].fields} == fields
    assert files.planned(tmp_path, changed, now=now).is_empty


def test_what_is_done_with_outsiders_and_open_sessions_is_declared(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    said = '  outsiders = "take_out"\n  outsiders_grace = "2h"\n  open_sessions = "cancel"\n'
    changed = files.WHOLE.replace('resource "sym_target" "prod" {\n', f'resource "sym_target" "prod" {{\n{said}')
    files.applied(tmp_path, changed, now=now)
    target = Target.objects.get(name="prod")
    assert (target.outsiders, target.outsiders_grace, target.open_sessions) == ("take_out", 7200, "cancel")
    assert files.planned(tmp_path, changed, now=now).is_empty


def test_what_was_changed_by_hand_is_drift_that_the_plan_shows(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    Flow.objects.update(reason_min_length=20)
    made = files.planned(tmp_path, files.WHOLE, now=now)
    assert made.changes[0].fields == [("reason_min_length", 20, 1)]


def test_what_the_files_no_longer_declare_is_removed(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    made = files.applied(tmp_path, files.FOUNDATION, now=now)
    assert files.told(made) == ["destroy sym_flow.prod"]
    assert not Flow.objects.exists()
    assert not Declared.objects.filter(type="sym_flow").exists()


def test_what_nobodys_files_keep_is_not_touched(tmp_path, now):
    files.applied(tmp_path, files.FOUNDATION, now=now)
    by_hand = Flow.objects.create(name="by-hand", label="By hand", strategy=Strategy.objects.get())
    assert files.planned(tmp_path, files.FOUNDATION, now=now).is_empty
    text = files.WHOLE.replace("production-access", "by-hand")
    assert files.said(tmp_path, text, now=now) == [
        "sym_flow “by-hand” is here already, and not kept by these files. Take it over with --adopt."
    ]
    made = files.applied(tmp_path, text, now=now, adopt=True)
    assert [(one.address, one.adopted) for one in made.changes] == [("sym_flow.prod", True)]
    by_hand.refresh_from_db()
    assert by_hand.label == "Production access"


def test_what_is_adopted_as_it_is_changes_nothing_but_who_keeps_it(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    Declared.objects.all().delete()
    made = files.applied(tmp_path, files.WHOLE, now=now, adopt=True)
    assert made.changes == []
    assert Declared.objects.count() == len(made.adopted) == 6


def test_a_target_that_somebody_holds_is_not_destroyed(tmp_path, now, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    factories.mapping(jon)
    grant = factories.grant(now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get())
    without = files.FOUNDATION.replace("[sym_target.prod.id]", "[]").split('resource "sym_target"')[0]
    with pytest.raises(Conflict, match=f"prod: Jon Reyes \\({grant.ref}\\)"):
        files.planned(tmp_path, without, now=now)
    factories.move(grant, "revoking", now=now)
    factories.move(grant, "ended", now=now)
    made = files.applied(tmp_path, without, now=now)
    assert set(made.kept) == {"sym_target.prod", "sym_flow.prod"}
    removed = AuditEvent.objects.filter(type__in=["target.removed", "flow.removed"])
    assert [one.data["kept"] for one in removed] == [True, True]
    assert Target.objects.get().strategies.count() == 0
    assert not Flow.objects.get().is_active


def test_what_is_held_can_be_ended_first(tmp_path, now, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    factories.mapping(jon)
    held = {"now": now, "in_flow": Flow.objects.get(), "for_target": Target.objects.get()}
    grant, waiting = (
        factories.grant(**held),
        factories.grant(state="scheduled", person=factories.person("rita"), **held),
    )
    without = files.FOUNDATION.replace("[sym_target.prod.id]", "[]").split('resource "sym_target"')[0]
    made = plan.plan(files.read(tmp_path, without), adopt=False, now=now, ends_access=True)
    assert destroy.end_access(made.changes, actor="cli:test", now=now) == 2
    assert destroy.end_access(made.changes, actor="cli:test", now=now) == 0
    assert (grant.refreshed().state, grant.refreshed().ended_by) == ("revoking", "cli:test")
    assert waiting.refreshed().state == "ended"
    with pytest.raises(Conflict):
        files.applied(tmp_path, without, now=now)
    factories.move(grant, "ended", now=now)
    assert files.told(files.applied(tmp_path, without, now=now)) == files.told(made)


def test_a_plan_that_is_out_of_date_is_refused(tmp_path, now):
    made = files.planned(tmp_path, files.WHOLE, now=now)
    files.applied(tmp_path, files.FOUNDATION, now=now)
    with pytest.raises(Conflict, match="Plan again"):
        plan.apply(files.read(tmp_path, files.WHOLE), adopt=False, actor="x", now=now, expected=made)
    assert not Flow.objects.exists()


def test_an_apply_that_breaks_half_way_changes_nothing(tmp_path, now, monkeypatch):
    monkeypatch.setattr(plan, "_log", factories.breaks)
    with pytest.raises(RuntimeError):
        files.applied(tmp_path, files.WHOLE, now=now)
    with pytest.raises(ObjectDoesNotExist):
        Target.objects.get()


def test_a_role_that_was_held_stays_with_its_target(tmp_path, now, jon):
    files.applied(tmp_path, files.WHOLE, now=now)
    factories.mapping(jon)
    factories.grant(now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get())
    text = files.WHOLE.replace(seed.PROD_ROLE_ID.upper(), "other")
    assert files.said(tmp_path, text, now=now) == [
        "A target keeps its role once somebody has held it. Declare a new target."
    ]
