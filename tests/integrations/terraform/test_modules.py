"""Modules: local ones are read as if they stood there, others are told; nothing outside of the root is read."""

import pytest

from integrations.terraform import check, configuration
from tests.integrations.terraform import files

TARGET = """
variable "name" {
}
variable "label" {
  default = "None"
}
resource "sym_target" "it" {
  name  = var.name
  label = var.label
}
output "target" {
  value = sym_target.it
}
output "label" {
  value = upper(var.label)
}
"""


def written(tmp_path, **more):
    for name, text in more.items():
        path = tmp_path / f"{name.replace('__', '/')}.tf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def call(**said):
    return "\n".join(['module "one" {', *(f"  {name} = {value}" for name, value in said.items()), "}", ""])


def read(tmp_path, main, **more):
    folder = written(tmp_path, main=main, **{"modules__target__main": TARGET, **more})
    return configuration.read(folder, {})


def labels(found):
    return {one.address: one.body.arguments["label"].value for one in found.resources}


def sentences(found):
    return [f"{one.place}: {one.sentence}" for one in found.problems]


HERE = '"./modules/target"'


def test_a_local_module_is_read_with_what_the_call_says(tmp_path):
    found = read(tmp_path, call(source=HERE, name='"prod"', label="local.label") + 'locals {\n  label = "Prod"\n}\n')
    assert (found.problems, labels(found)) == ([], {"module.one.sym_target.it": "Prod"})
    assert set(found.sources) == {"main.tf", "modules/target/main.tf"}


def test_defaults_are_those_of_the_module(tmp_path):
    assert labels(read(tmp_path, call(source=HERE, name='"prod"'))) == {"module.one.sym_target.it": "None"}


def test_outputs_and_whole_resources_go_from_one_module_to_another(tmp_path):
    other = 'module "two" {\n  source = "./modules/target"\n  name = "b"\n  label = module.one.label\n}\n'
    strategy = (
        'resource "sym_strategy" "s" {\n  label = "S"\n  targets = [module.one.target.id, module.two.target.id]\n}\n'
    )
    found = read(tmp_path, other + strategy + call(source=HERE, name='"a"', label='"prod"'))
    assert found.problems == []
    assert labels(found)["module.two.sym_target.it"] == "PROD"
    targets = next(one for one in found.resources if one.reference.type == "sym_strategy").body.arguments["targets"]
    assert [one.address for one in targets.value] == ["module.one.sym_target.it", "module.two.sym_target.it"]


def test_a_module_is_made_for_each_key(tmp_path):
    main = call(source=HERE, for_each='{ a = "A", b = "B" }', name="each.key", label="each.value")
    main += 'resource "sym_flow" "f" {\n  label = module.one["b"].label\n}\n'
    assert labels(read(tmp_path, main)) == {
        "sym_flow.f": "B", 'module.one["a"].sym_target.it': "A", 'module.one["b"].sym_target.it': "B",
    }  # fmt: skip


def test_a_module_and_a_resource_are_made_as_often_as_they_count(tmp_path):
    main = call(source=HERE, count="2", name='"t${count.index}"', label='"T${count.index}"')
    label = "module.one[count.index].label"
    main += f'resource "sym_target" "t" {{\n  count = length(module.one[*].label)\n  label = {label}\n}}\n'
    main += 'resource "sym_target" "none" {\n  count = false ? 1 : 0\n  label = "x"\n}\n'
    assert labels(read(tmp_path, main)) == {
        "sym_target.t[0]": "T0", "sym_target.t[1]": "T1",
        "module.one[0].sym_target.it": "T0", "module.one[1].sym_target.it": "T1",
    }  # fmt: skip


def test_modules_call_modules(tmp_path):
    middle = 'module "inner" {\n  source = "../target"\n  name = "x"\n  label = path.module\n}\n'
    found = read(tmp_path, call(source='"./modules/middle"'), modules__middle__main=middle)
    assert (found.problems, labels(found)) == ([], {"module.one.module.inner.sym_target.it": "modules/middle"})


def test_a_mistake_in_a_module_names_its_file_and_the_call(tmp_path):
    broken = 'resource "sym_target" "it" {\n  label = var.nmae\n}\nvariable "name" {\n}\n'
    found = read(tmp_path, call(source=HERE, name='"a"'), modules__target__main=broken)
    assert sentences(found) == [
        "modules/target/main.tf:2:11 (module.one): There is no variable “nmae”. Did you mean var.name?"
    ]
    assert "2 |   label = var.nmae" in found.problems[0].shown(found.sources)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"source": HERE}, "main.tf:1:1: module.one needs “name”."),
        ({"source": HERE, "name": '"a"', "lable": '"b"'},
         "main.tf:4:3: module.one has no variable “lable”. Did you mean label?"),
        ({"source": '"./modules/none"'}, "main.tf:2:12: There is no folder ./modules/none."),
        ({"source": '"../elsewhere"'}, "main.tf:2:12: ../elsewhere lies outside of the folder, so it is not read. "
         "Name a folder that has both with --root."),
        ({"source": '"git::https://example.com/flows.git"'}, "main.tf:2:12: module.one can't be read: "
         "git::https://example.com/flows.git is not a folder here. Copy the module into one, such as ./modules/one, "
         "or take the call out if it makes nothing of what is kept here."),
        ({"source": '"acme/flows/aws"'}, "main.tf:2:12: module.one can't be read: acme/flows/aws is not a folder here."
         " Copy the module into one, such as ./modules/one, or take the call out if it makes nothing of what is kept "
         "here."),
        ({"name": '"a"'}, "main.tf:1:1: module.one needs a source that is a text."),
        ({"source": HERE, "name": '"a"', "for_each": "aws_x.y.z"}, "main.tf:1:1: How many modules module.one makes "
         "comes from aws_x.y.z, which is not in these files. Write it out."),
    ],
)  # fmt: skip
def test_a_module_that_can_not_be_read_is_a_mistake(tmp_path, said, sentence):
    assert sentences(read(tmp_path, call(**said))) == [sentence]


def test_a_folder_around_both_can_be_named(tmp_path):
    written(tmp_path, app__main=call(source='"../modules/target"', name='"a"', label='"A"'), modules__target__x=TARGET)
    assert "lies outside" in sentences(configuration.read(tmp_path / "app", {}))[0]
    found = configuration.read(tmp_path / "app", {}, root=tmp_path)
    assert (found.problems, labels(found)) == ([], {"module.one.sym_target.it": "A"})
    assert set(found.sources) == {"main.tf", "../modules/target/x.tf"}


def test_a_link_leads_nowhere_outside(tmp_path):
    written(tmp_path / "away", secret=TARGET)
    folder = written(tmp_path / "in", main=call(source='"./linked"') + 'locals {\n  x = file("linked.txt")\n}\n')
    (tmp_path / "away" / "text").write_text("secret")
    (folder / "linked").symlink_to(tmp_path / "away")
    (folder / "linked.txt").symlink_to(tmp_path / "away" / "text")
    (folder / "other.tf").symlink_to(tmp_path / "away" / "secret.tf")
    told = " ".join(sentences(configuration.read(folder, {})))
    assert "other.tf:1:1: This is a link that leads out of the folder, so it is not read." in told
    assert "./linked lies outside of the folder" in told
    assert "linked.txt lies outside of the folder" in told


def test_modules_that_lead_to_themselves_are_told(tmp_path):
    found = read(tmp_path, call(source='"./"'))
    assert sentences(found) == ["main.tf:2:12: The module in ./ calls itself."]
    circle = call(source=HERE, name="module.one.label", label="module.one.label")
    assert "depend on each other in a circle" in sentences(read(tmp_path, circle))[0]


def test_the_digest_has_modules_and_files_and_variables(tmp_path):
    main = 'variable "x" {\n  default = "x"\n}\nlocals {\n  x = file("x.txt")\n}\n' + call(source=HERE, name='"a"')
    (tmp_path / "x.txt").write_text("1")
    digests = {read(tmp_path, main).digest, configuration.read(tmp_path, {"TF_VAR_x": "y"}).digest}
    (tmp_path / "x.txt").write_text("2")
    digests.add(configuration.read(tmp_path, {}).digest)
    written(tmp_path, modules__target__main=TARGET + "\n")
    digests.add(configuration.read(tmp_path, {}).digest)
    assert len(digests) == 4


CONNECTED = """
module "runtime" {
  source = "symopsio/runtime-connector/aws"
}
data "aws_caller_identity" "current" {
}
"""


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("module.runtime.settings.id", "module.runtime.settings.id, which is not read here"),
        ('"x-${module.runtime.name}"', "module.runtime.name, which is not read here"),
        ("upper(module.runtime.names[0])", "module.runtime.names[0], which is not read here"),
        ("module.runtime.x == 1 ? 1 : 2", "module.runtime.x, which is not read here"),
        ("module.gone.settings", "module.gone.settings, which is not in these files"),
        ("aws_iam_role.gone.arn", "aws_iam_role.gone.arn, which is not in these files"),
        ("data.aws_caller_identity.current.account_id",
         "data.aws_caller_identity.current.account_id, which is known to its provider alone"),
        ("terraform.workspace", "terraform.workspace, which is known to Terraform alone"),
    ],
)  # fmt: skip
def test_what_can_not_be_known_is_a_mistake_only_where_it_is_needed(tmp_path, value, told):
    settings = 'settings = { role_id = "r" }'
    needed = f'resource "sym_target" "t" {{\n  type = "aptible_role"\n  name = {value}\n  {settings}\n}}\n'
    assert files.said(tmp_path, CONNECTED + needed) == [f"9: “name” comes from {told}. Write what it is."]
    idle = f'resource "sym_runtime" "r" {{\n  name = "r"\n  context_id = {value}\n}}\n'
    report = check.check(files.read(tmp_path, CONNECTED + idle))
    assert report.problems == []
    assert f"“context_id” was {told}; nothing here needs it." in [one.sentence for one in report.warnings]


def test_files_of_which_nothing_was_read_are_a_mistake(tmp_path):
    assert files.said(tmp_path, CONNECTED) == [
        "2: Nothing of these files is kept here, and a module was not read: is this the right folder?"
    ]
