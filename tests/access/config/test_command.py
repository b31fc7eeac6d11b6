"""`manage.py config`, as a pipeline uses it."""

import json

import pytest
from django.core.management import CommandError, call_command

from access.config.declared import check_online
from access.models import Flow, Integration, Target
from integrations.aptible.simulator import seed
from integrations.terraform import configuration
from tests import factories
from tests.access.config import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, adam, jon):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "main.tf").write_text(files.WHOLE, encoding="utf-8")
    return tmp_path / "in"


def run(*args) -> int:
    """The exit code."""
    try:
        call_command("config", *map(str, args))
    except CommandError as error:
        return error.returncode
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_whole_way_from_files_to_files(folder, tmp_path, capsys):
    assert run("validate", folder) == 0
    assert run("plan", folder, "--offline") == 2
    assert run("apply", folder, "--offline", "--auto-approve") == 0
    assert run("plan", folder, "--offline") == 0
    assert run("export", tmp_path / "out") == 0
    assert run("plan", tmp_path / "out", "--offline") == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_plan_is_applied_only_as_long_as_it_holds(folder, tmp_path, capsys):
    kept = tmp_path / "plan.json"
    assert run("plan", folder, "--offline", "--out", kept) == 2
    assert run("apply", kept) == 0
    assert Flow.objects.exists()
    assert run("apply", kept) == 1
    (tmp_path / "not.json").write_text("{}")
    assert run("apply", tmp_path / "not.json") == 2


def test_a_plan_of_other_files_is_refused(folder, tmp_path):
    kept = tmp_path / "plan.json"
    run("plan", folder, "--offline", "--out", kept)
    (folder / "main.tf").write_text(files.FOUNDATION, encoding="utf-8")
    assert run("apply", kept) == 1
    assert not Integration.objects.exists()


def test_an_apply_asks_first(folder, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    assert run("apply", folder, "--offline") == 1
    assert not Flow.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    assert run("apply", folder, "--offline") == 0
    assert Flow.objects.exists()


def test_access_can_be_ended_first(folder, jon, now, capsys, monkeypatch):
    run("apply", folder, "--offline", "--auto-approve")
    factories.mapping(jon)
    grant = factories.grant(state="scheduled", now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get())
    without = files.FOUNDATION.replace("[sym_target.prod.id]", "[]").split('resource "sym_target"')[0]
    (folder / "main.tf").write_text(without, encoding="utf-8")
    assert run("apply", folder, "--offline", "--auto-approve") == 1
    assert run("apply", folder, "--offline", "--auto-approve", "--end-access") == 0
    assert grant.refreshed().state == "ended"
    assert "Ending the access of 1." in capsys.readouterr().err


def test_mistakes_are_told_with_their_place_and_a_caret(folder, capsys):
    (folder / "main.tf").write_text(files.WHOLE.replace("sym_target.prod.id", "sym_target.prd.id"), encoding="utf-8")
    assert run("plan", folder, "--offline") == 1
    told = capsys.readouterr().err
    assert "main.tf:31:14: There is no sym_target.prd. Did you mean sym_target.prod?" in told
    assert "^^^^^^^^^^^^^^" in told


def test_json_is_for_machines(folder, capsys):
    run("plan", folder, "--offline", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [one["action"] for one in told["changes"]] == ["create"] * 6
    assert told["effect"]["may_approve"] == [["adam@example.com", "prod"]]
    (folder / "main.tf").write_text("locals {\n", encoding="utf-8")
    assert run("plan", folder, "--offline", "--json") == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["place"] == "main.tf:1:8"


def test_wrong_usage_is_told(tmp_path):
    assert run("plan", tmp_path / "none") == 2
    (tmp_path / "targets.tf").write_text("")
    assert run("export", tmp_path) in (0, 2)


def test_the_roles_are_looked_for_at_aptible(folder, aptible, now):
    assert run("plan", folder) == 2
    (folder / "main.tf").write_text(files.WHOLE.replace(seed.PROD_ROLE_ID.upper(), "r-none"), encoding="utf-8")
    found = check_online.problems(configuration.read(folder, {}), now=now)
    assert "The organization has no role r-none." in found[0].sentence
    assert "Prod (" in found[0].sentence
    assert run("plan", folder) == 1
    assert run("plan", folder, "--offline") == 2


def test_an_aptible_that_does_not_answer_is_told(folder, aptible, now):
    aptible.fail(503)
    found = check_online.problems(configuration.read(folder, {}), now=now)
    assert "--offline" in found[0].sentence
