"""Folders of files: blocks, variables, and every mistake at once with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.terraform import check, configuration
from tests.integrations.terraform import files


def sentences(found: configuration.Configuration) -> list[str]:
    return [f"{one.place.line}: {one.sentence}" for one in found.problems]


def test_what_is_right_is_read_without_a_word(tmp_path):
    found = files.read(tmp_path, files.ANNOUNCED)
    assert found.problems == []
    assert [one.address for one in found.resources] == [
        "sym_secrets.main", "sym_secret.username", "sym_secret.password",
        "sym_integration.aptible", "sym_strategy.aptible", "sym_target.admin",
    ]  # fmt: skip


def test_blocks_that_are_not_closed_hide_no_mistake_behind_them(tmp_path):
    text = files.ANNOUNCED.replace("\n}", "").replace("\n  }", "").replace("sym_target.admin.id", "sym_target.amin.id")
    assert [one for one in sentences(files.read(tmp_path, text)) if "closed" not in one] == [
        "26: There is no sym_target.amin. Did you mean sym_target.admin?"
    ]
    unclosed = [one for one in sentences(files.read(tmp_path, text)) if "closed" in one]
    assert len(unclosed) == 8
    assert unclosed[0] == "2: This “{” is never closed."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('locals {\n  x = 1 y = 2\n}\n', ["2: This has to begin on a line of its own."]),
        ('locals\n{\n}\n', ["1: The “{” of a block stands on the line of its name."]),
        ('locals {\n  a = 1\n  a = 2\n}\n', ["3: “a” is set twice; first in line 2."]),
        ('locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n', ["5: local.a is set twice."]),
        ('locals {\n  a = [1,,2]\n}\n', ["2: “,2]” is not expected here."]),
        ('locals {\n  a = "abc\n}\n', ['2: This “"” is never closed.']),
        ('locals {\n  a = local.b\n  b = local.a\n}\n',
         ["3: These depend on each other in a circle: local.a → local.b → local.a."]),
        ('resource "sym_flow" {\n}\n', ['1: A resource has a type and a name: resource "sym_target" "prod".']),
        ('resource "sym_flow" "a" {\n}\nresource "sym_flow" "a" {\n}\n',
         ["3: sym_flow.a is there twice; first at main.tf:1."]),
        ('resource "sym_flow" "a" {\n  count = -1\n}\n', ["2: count takes a whole number from 0 to 1000."]),
        ('resource "sym_flow" "a" {\n  count = 1\n  for_each = {}\n}\n', ["2: Set count or for_each, not both."]),
        ('locals {\n  a = count.index\n}\n', ["2: “count” is known only where count is set."]),
        ('resorce "sym_flow" "a" {\n}\n', ["1: A block “resorce” is not read here."]),
        ('a = 1\n', ["1: “a” stands outside of a block."]),
        ('locals {\n  a = 1\n}\n}\n', ["4: “}” is not expected here."]),
        ('locals {\n  a = (\n', ["1: This “{” is never closed.", "2: This “(” is never closed."]),
        ('variable "who" {\n}\n',
         ["1: The variable “who” has no value: set TF_VAR_who, or name it in a .tfvars file."]),
        ('terraform {\n}\nprovider "sym" {\n  org = "x"\n}\noutput "x" {\n  value = 1\n}\n', []),
        ('# { \n// {\n/* {\n */\nlocals {\n  a = "{ }" # {\n}\n', []),
        ("\ufefflocals {\r\n  a = 1\r\n}\r\n", []),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(tmp_path, text, said):
    found = files.read(tmp_path, text)
    assert sentences(found) == said


def test_files_are_read_together_and_errors_name_theirs(tmp_path):
    files.folder(tmp_path, main=files.ANNOUNCED, more="locals {\n  x = sym_target.admim.id\n}\n")
    found = configuration.read(tmp_path, {})
    assert [str(one.place) for one in found.problems] == ["more.tf:2:7"]


def test_the_caret_stands_under_the_mistake(tmp_path):
    found = files.read(tmp_path, "locals {\n  targets = [sym_target.admin_prod.id]\n}\n")
    assert found.problems[0].shown(found.sources) == (
        "main.tf:2:14: There is no sym_target.admin_prod.\n"
        "  2 |   targets = [sym_target.admin_prod.id]\n"
        "    |              ^^^^^^^^^^^^^^^^^^^^^"
    )


def test_a_folder_without_files_and_a_file_that_is_not_text_are_told(tmp_path):
    assert "There is no .tf file" in configuration.read(tmp_path, {}).problems[0].sentence
    assert "There is no .tf file" in configuration.read(tmp_path / "none", {}).problems[0].sentence
    (tmp_path / "main.tf").write_bytes(b'locals {\n  a = "\xff"\n}\n')
    assert sentences(configuration.read(tmp_path, {})) == ["2: This file is not UTF-8."]


@pytest.mark.parametrize("name", ["more.tf.json", "x.auto.tfvars.json", "terraform.tfvars.json"])
def test_files_that_are_not_read_are_told(tmp_path, name):
    (tmp_path / name).write_text("{}")
    found = files.read(tmp_path, files.ANNOUNCED)
    assert [(one.place.file, one.sentence[:30]) for one in found.problems] == [(name, "Files in JSON are not read her")]


VARIABLES = 'variable "who" {\n  default = "default"\n}\nresource "sym_target" "it" {\n  label = var.who\n}\n'


@pytest.mark.parametrize(
    ("given_files", "environment", "expected"),
    [
        ({}, {}, "default"),
        ({}, {"TF_VAR_who": "shell"}, "shell"),
        ({"terraform_tfvars": 'who = "file"\n'}, {"TF_VAR_who": "shell"}, "file"),
        ({"terraform_tfvars": 'who = "file"\n', "x_auto_tfvars": 'who = "auto"\n'}, {}, "auto"),
        ({"other_tfvars": 'who = "other"\n'}, {}, "default"),
    ],
)
def test_a_variable_is_set_by_the_nearest(tmp_path, given_files, environment, expected):
    files.folder(tmp_path, main=VARIABLES, **given_files)
    found = configuration.read(tmp_path, environment)
    assert (found.problems, found.resources[0].body.arguments["label"].value) == ([], expected)


def test_a_variable_of_another_type_is_read_as_an_expression(tmp_path):
    text = VARIABLES.replace('default = "default"', "type = list(string)")
    files.folder(tmp_path, main=text)
    found = configuration.read(tmp_path, {"TF_VAR_who": '["a", "b"]'})
    assert found.resources[0].body.arguments["label"].value == ["a", "b"]
    assert sentences(configuration.read(tmp_path, {"TF_VAR_who": "["})) != []


def test_a_value_for_a_variable_that_is_not_declared_is_told(tmp_path):
    files.folder(tmp_path, main=VARIABLES, terraform_tfvars='hwo = "x"\n')
    assert sentences(configuration.read(tmp_path, {})) == ["1: No variable “hwo” is declared. Did you mean who?"]


def test_the_digest_changes_with_any_file(tmp_path):
    first = files.read(tmp_path, files.ANNOUNCED).digest
    assert files.read(tmp_path, files.ANNOUNCED).digest == first
    files.folder(tmp_path, more="locals {\n}\n")
    assert configuration.read(tmp_path, {}).digest != first


@settings(max_examples=150)
@given(
    start=st.integers(0, len(files.ANNOUNCED)),
    length=st.integers(0, 40),
    put=st.text(alphabet="{}[]()\"'$%\\=,.<E\n #/*x1é\x00", max_size=6),
)
def test_whatever_is_broken_is_told_and_nothing_breaks(tmp_path, start, length, put):
    text = files.ANNOUNCED[:start] + put + files.ANNOUNCED[start + length :]
    found = files.read(tmp_path, text)
    for one in check.check(found).problems:
        assert one.shown(found.sources)


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", '${"\\u0000"}'])
@pytest.mark.parametrize("shape", ['"{}"', '["a", "{}"]', '{{ a = "{}" }}'])
def test_text_that_no_database_keeps_has_its_place(tmp_path, text, shape):
    found = files.read(tmp_path, f'resource "sym_target" "a" {{\n  label = {shape.format(text)}\n}}\n')
    assert sentences(found) == ["2: There is a character in this that no text has, such as \\u0000."]
