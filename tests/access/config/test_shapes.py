"""`manage.py config` over the predecessor's files in each shape in which they are public."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from access.config import everybody
from access.models import Flow, Group, Secret, Target, User
from access.requests import decide
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.config import more_shapes, shapes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(adam, jon):
    return factories.group("Everyone", adam, jon)


def written(folder, texts):
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def decided(texts):
    return {name: shapes.decided(text) for name, text in texts.items()}


class Ran:
    def __init__(self, capsys, *args):
        self.code = 0
        try:
            call_command("config", *map(str, args))
        except CommandError as error:
            self.code, self.sentence = error.returncode, str(error)
        except SystemExit as end:
            self.code = int(end.code or 0)
        told = capsys.readouterr()
        self.out, self.err = told.out, told.err


@pytest.fixture
def run(capsys):
    return lambda *args: Ran(capsys, *args)


READ = {
    "many files": (shapes.APTIBLE, "", []), "one file": (shapes.IN_ONE_FILE, "", []),
    "modules taken out": (shapes.WITHOUT_MODULES, "", []), "looked up": (shapes.LOOKED_UP, "", []),
    "modules": (more_shapes.MODULES, "", []),
    "environments": (more_shapes.ENVIRONMENTS, "environments/prod", ["--root"]),
    "others": (more_shapes.WITH_OTHERS, "", ["--only", "aptible"]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_shape_of_access_to_aptible_is_taken_with_one_edit(tmp_path, run, name):
    texts, inner, options = READ[name]
    options = [*options, tmp_path] if options == ["--root"] else options
    folder = written(tmp_path, texts) / inner
    before = run("validate", folder, *options)
    assert (before.code, re.findall(r"^\S+:\d+:\d+.*?: (.*)$", before.err, re.MULTILINE)) == (
        1, ["Nobody could approve a request: add a “stage” block that says who decides."],
    )  # fmt: skip
    written(tmp_path, decided(texts))
    after = run("validate", folder, *options)
    assert (after.code, after.err) == (0, "")
    assert run("plan", folder, "--offline", *options).code == 2
    assert run("apply", folder, "--offline", "--auto-approve", *options).code == 0
    assert run("plan", folder, "--offline", *options).out.endswith("Nothing to do: the set-up is as the files say.\n")
    assert [one.role_id for one in Target.objects.all()] == [seed.PROD_ROLE_ID.lower()]
    assert Flow.objects.get().strategy is not None
    assert {one.location for one in Secret.objects.all()} == {"/sym/prod/bot"}
    assert run("export", tmp_path / "out").code == 0
    assert run("plan", tmp_path / "out", "--offline").code == 0


def test_what_the_files_said_of_aws_is_named_and_gone_on(tmp_path, run):
    told = run("validate", written(tmp_path, decided(shapes.WITHOUT_MODULES)))
    assert (
        "“external_id” was module.aws.settings.account_id, which is not in these files; nothing here needs it."
        in told.out
    )
    assert "sym_integration.aws changes nothing: AWS is reached by its own configuration" in told.out
    told = run("validate", written(tmp_path / "b", decided(shapes.APTIBLE)))
    assert "connect.tf:2:1: module.aws is not read: symopsio/runtime-connector/aws sets up something else" in told.out
    assert "“context_id” changes nothing: AWS is reached by its own configuration." in told.out


def test_notes_name_the_file_and_the_module(tmp_path, run):
    told = run("validate", written(tmp_path, decided(more_shapes.MODULES)))
    assert 'Note: modules/flow/main.tf:43:3 (module.flow["prod"]): get_permissions() is not run' in told.out
    assert "approve_deny=MEMBER, “requesters = true” in a “stage” asks everybody who may ask" in told.out
    assert told.err == ""


def test_who_may_ask_can_be_who_decides(tmp_path, run):
    stage = '  requesters = ["everyone"]\n  stage {\n    requesters = true\n  }\n'
    texts = {name: text.replace("  # who decides\n", stage) for name, text in shapes.APTIBLE.items()}
    assert run("apply", written(tmp_path, texts), "--offline", "--auto-approve").code == 0
    [pool] = Flow.objects.get().stages.get().pools.all()
    assert [one.label for one in pool.groups.all()] == ["Everyone"]


def test_where_everybody_may_ask_everybody_can_be_who_decides(tmp_path, run, now):
    stage = "  stage {\n    requesters = true\n  }\n"
    texts = {name: text.replace("  # who decides\n", stage) for name, text in shapes.APTIBLE.items()}
    told = run("plan", written(tmp_path, texts), "--offline")
    assert told.code == 2
    assert "Everybody may ask, so everybody here may see and decide what others ask." in told.out
    assert not Group.objects.filter(everybody=True).exists(), "a plan changes nothing"
    assert run("apply", tmp_path, "--offline", "--auto-approve").code == 0
    [group] = Flow.objects.get().stages.get().pools.get().groups.all()
    assert (group.name, group.everybody) == (everybody.NAME, True)
    assert set(group.members.all()) == set(User.objects.all())
    assert run("plan", tmp_path, "--offline").code == 0
    request = factories.request_at(now=now, in_flow=Flow.objects.get(), for_target=Target.objects.get(), seconds=1800)
    decide.approve(request=request, by=factories.person("somebody"), comment="", seconds=None, now=now)


def test_a_group_of_that_name_that_is_kept_by_hand_stays_who_it_is(tmp_path, run, adam):
    kept = factories.group("Everybody", adam)
    stage = "  stage {\n    requesters = true\n  }\n"
    texts = {name: text.replace("  # who decides\n", stage) for name, text in shapes.APTIBLE.items()}
    assert run("apply", written(tmp_path, texts), "--offline", "--auto-approve").code == 0
    assert list(Flow.objects.get().stages.get().pools.get().groups.all()) == [kept]
    assert list(kept.members.all()) == [adam]


def test_what_is_of_other_systems_is_left_aside_only_when_that_is_said(tmp_path, run):
    folder = written(tmp_path, decided(more_shapes.WITH_OTHERS))
    told = run("validate", folder)
    assert told.code == 1
    assert (
        "no sym_strategy of the type “okta” here. Leave what is not of Aptible aside with --only aptible." in told.err
    )
    told = run("apply", folder, "--offline", "--auto-approve", "--only", "aptible")
    assert told.code == 0
    for address in (
        "sym_strategy.okta",
        "sym_target.group",
        "sym_integration.okta",
        "sym_flow.okta",
        "sym_secret.okta",
    ):
        assert f"{address} is left aside." in told.out
    assert not Secret.objects.filter(name="okta").exists()


def test_a_plan_remembers_what_it_left_aside_and_where_modules_lie(tmp_path, run):
    okta = 'resource "sym_strategy" "x" {\n  type = "okta"\n  name = "x"\n  targets = []\n}\n'
    folder = written(tmp_path, decided({**more_shapes.ENVIRONMENTS, "environments/prod/okta.tf": okta}))
    more = ["--root", tmp_path, "--only", "aptible", "--offline"]
    kept = tmp_path / "plan.json"
    assert run("plan", folder / "environments/prod", *more, "--out", kept).code == 2
    assert run("apply", kept).code == 0
    assert Flow.objects.exists()


def test_what_is_left_aside_is_not_removed(tmp_path, run):
    texts = decided(shapes.APTIBLE)
    run("apply", written(tmp_path, texts), "--offline", "--auto-approve")
    texts = {name: re.sub(r'(type +=) "aptible', r'\1 "okta', text) for name, text in texts.items()}
    told = run("plan", written(tmp_path, texts), "--offline", "--only", "aptible")
    assert told.out.endswith("Nothing to do: the set-up is as the files say.\n")
    assert run("plan", tmp_path, "--offline").code == 1


def test_files_of_the_first_provider_are_told_so(tmp_path, run):
    told = run("validate", written(tmp_path, more_shapes.FIRST_PROVIDER))
    assert told.code == 1
    assert "“template” is of the first version of Sym's provider: take it out" in told.err
    assert "“params = { … }” is of the first version of Sym's provider: write a block" in told.err
    assert "Did you mean params" not in told.err


def test_an_approval_alone_is_taken(tmp_path, run):
    told = run("apply", written(tmp_path, decided(more_shapes.APPROVAL_ALONE)), "--offline", "--auto-approve")
    assert told.code == 0
    assert "get_approvers() is not run: who decides is said by “stage” blocks" in told.out
    assert Flow.objects.get().strategy is None


@pytest.mark.parametrize("sources", ['["slack"]', '["api"]', "[]"])
def test_a_limit_that_can_not_be_kept_to_is_a_mistake(tmp_path, run, sources):
    texts = {"main.tf": shapes.decided(more_shapes.APPROVAL_ALONE["main.tf"]).replace('["api", "slack"]', sources)}
    told = run("validate", written(tmp_path, texts))
    assert told.code == 1
    assert (
        "“allowed_sources” can't be kept to here: who may ask can do so on the web, in Slack and by the API."
        in told.err
    )


def test_what_a_module_holds_is_not_removed_when_it_can_not_be_read(tmp_path, run):
    texts = decided(more_shapes.MODULES)
    run("apply", written(tmp_path, texts), "--offline", "--auto-approve")
    main = texts["main.tf"].replace('"./modules/flow"', '"git::https://example.com/flow.git"')
    told = run("plan", written(tmp_path, {"main.tf": main}), "--offline")
    assert (told.code, "module.flow can't be read: git::https://example.com/flow.git" in told.err) == (1, True)
    main = texts["main.tf"].replace('"./modules/flow"', '"symopsio/runtime-connector/aws"')
    told = run("plan", written(tmp_path, {"main.tf": main}), "--offline")
    assert told.code == 1
    assert 'module.flow holds module.flow["prod"].sym_flow.aptible[0], ' in told.err


def test_validate_finds_what_a_plan_finds(tmp_path, run):
    texts = decided(shapes.APTIBLE)
    texts["flow.tf"] = texts["flow.tf"].replace("adam@example.com", "nobody@example.com")
    folder = written(tmp_path, texts)
    assert run("validate", folder).err == run("plan", folder, "--offline").err != ""
    assert run("validate", folder, "--files-only").code == 0
    written(tmp_path, shapes.APTIBLE)
    assert "Nobody could approve a request" in run("validate", folder, "--files-only").err
    assert json.loads(run("validate", folder, "--json").out)["problems"]
    assert not Target.objects.exists()
