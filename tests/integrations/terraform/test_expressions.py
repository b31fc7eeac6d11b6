"""What expressions are worth, and what is said of those that are worth nothing."""

import pytest

from integrations.terraform.values import WRONG, Reference
from tests.integrations.terraform import files

LOCALS = 'locals {\n  list = ["b", "a"]\n  map = { one = 1, "two" = 2 }\n  team = "Ops"\n}\n'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"plain"', "plain"),
        ("12", 12),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        (r'"a\n\t\"q\" \\ \u00e9"', 'a\n\t"q" \\ é'),
        ('"$${kept} %%{kept}"', "${kept} %{kept}"),
        ('"${local.team}-${1 + 2}"', "Ops-3"),
        ('"${local.list}"', ["b", "a"]),
        ("local.list[0]", "b"),
        ("local.map.two", 2),
        ('local.map["one"]', 1),
        ("{ a = 1, (local.team) = 2 }", {"a": 1, "Ops": 2}),
        ("[1, [2], {}]", [1, [2], {}]),
        ('local.team == "Ops" ? "yes" : "no"', "yes"),
        ("!true || 1 < 2 && 3 != 4", True),
        ("1 - 2 - 3", -4),
        ("2 + 3 * 4", 14),
        ("-(7 % 4)", -3),
        ("[for one in local.list : upper(one)]", ["B", "A"]),
        ("[for one in [1, 2, 3] : one * 2 if one > 1]", [4, 6]),
        ("{for key, one in local.map : key => one + 1}", {"one": 2, "two": 3}),
        ("[for at, one in local.list : at]", [0, 1]),
        ("[{ x = 1 }, { x = 2 }][*].x", [1, 2]),
        ("[{ x = 1 }, { x = 2 }].*.x", [1, 2]),
        ("jsonencode({ a = [1, true, null] })", '{"a":[1,true,null]}'),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ('format("%s has %d%%", "it", 5)', "it has 5%"),
        ('merge(local.map, { three = 3 })["three"]', 3),
        ('lookup(local.map, "no", "other")', "other"),
        ('join("-", concat(local.list, ["c"]))', "b-a-c"),
        ('split(",", "a,b")', ["a", "b"]),
        ("length(keys(local.map))", 2),
        ("flatten([[1], [[2]]])", [1, 2]),
        ('coalesce("", "x")', "x"),
        ("<<EOT\n  hello ${local.team}\nEOT\n", "  hello Ops\n"),
        ('<<-EOT\n    deep "quoted" \\n\n      deeper ${local.map["one"]}\n  EOT\n', 'deep "quoted" \\n\n  deeper 1\n'),
        ("<<EOT\nEOT\n", ""),
        ("(2\n  * 3)", 6),
    ],
)
def test_an_expression_is_worth(tmp_path, expression, expected):
    found, sentences = files.value(tmp_path, expression, LOCALS)
    assert sentences == []
    assert found == expected


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("local.taem", "There is no local value “taem”. Did you mean local.team?"),
        ("var.who", "There is no variable “who”."),
        ("loca.team", "Nothing is called “loca”. Did you mean local?"),
        ("sym_target.nobody.id", "There is no sym_target.nobody. Did you mean sym_target.it?"),
        ("sym_target.it.labell", "sym_target.it has no argument “labell”. Did you mean label?"),
        ("sym_target.it.label", "These depend on each other in a circle: sym_target.it.label → sym_target.it.label."),
        ("each.key", "“each” is known only where for_each is set."),
        ("uper(local.team)", "There is no function uper() here. Did you mean upper()?"),
        ("upper(1)", "upper() can't take a number."),
        ("upper()", "upper() can't take nothing."),
        ('format("%s")', "format() can't take a string."),
        ('file("none.py")', "There is no file none.py."),
        ("coalesce()", "coalesce() can't take nothing."),
        ('"${local.list} and"', "A list can't be a part of a text."),
        ("local.list[2]", "There is no element 2: the list has 2."),
        ("local.map.three", "There is no “three” in it."),
        ('local.list["x"]', "A list has no element 'x'."),
        ('"x" ? 1 : 2', "A condition is true or false; this is a string."),
        ('1 + "x"', "“+” can't take a string."),
        ("true < 1", "“<” can't take a bool."),
        ("1 / 0", "Nothing can be divided by zero."),
        ("{ a = 1, a = 2 }", "The key “a” is there twice."),
        ("[for one in 5 : one]", "Only lists and maps can be gone through; this is a number."),
        ('"%{ if true }x%{ endif }"', "Directives with %{ } are not read here."),
        ("<<EOT\n%{ if true }\nEOT\n", "Directives with %{ } are not read here."),
        ("<<EOT\n${ oh\nEOT\n", "The “${” in this heredoc is never closed by an expression and “}”."),
        ("(" * 150 + "1" + ")" * 150, "This is nested more than 100 levels deep."),
    ],
)
def test_a_mistake_is_said_once(tmp_path, expression, sentence):
    found, sentences = files.value(tmp_path, expression, LOCALS)
    assert sentences == [sentence]
    assert found is WRONG


def test_one_mistake_in_a_list_hides_no_other(tmp_path):
    _found, sentences = files.value(tmp_path, "[local.one, local.two, upper(local.three)]")
    assert len(sentences) == 3


def test_an_id_is_a_reference_and_other_arguments_are_their_values(tmp_path):
    before = 'resource "sym_target" "other" {\n  name = "prod"\n}\n'
    assert files.value(tmp_path, "sym_target.other.id", before) == (Reference("resource", "sym_target", "other"), [])
    assert files.value(tmp_path, '"${sym_target.other.name}-x"', before) == ("prod-x", [])


def test_a_data_source_can_be_referred_to(tmp_path):
    before = 'data "sym_integration" "main" {\n  type = "aptible"\n  name = "main"\n}\n'
    assert files.value(tmp_path, "data.sym_integration.main.id", before)[0] == Reference(
        "data", "sym_integration", "main"
    )


def test_a_file_is_read_beside_the_configuration(tmp_path):
    (tmp_path / "flow.py").write_text("# é\n", encoding="utf-8")
    assert files.value(tmp_path, 'file("${path.module}/flow.py")') == ("# é\n", [])
    (tmp_path / "flow.py").write_bytes(b"\xff")
    assert files.value(tmp_path, 'file("flow.py")')[1] == ["flow.py is not UTF-8."]


@pytest.mark.parametrize("each", ['toset(["a", "b"])', '{ a = "a", b = "b" }', '["a", "b"]'])
def test_for_each_makes_an_instance_for_each_key(tmp_path, each):
    text = f'resource "sym_target" "team" {{\n  for_each = {each}\n  name = "t-${{each.key}}-${{each.value}}"\n}}\n'
    found = files.read(tmp_path, text)
    assert [(one.address, one.body.arguments["name"].value) for one in found.resources] == [
        ('sym_target.team["a"]', "t-a-a"),
        ('sym_target.team["b"]', "t-b-b"),
    ]
    both = files.value(tmp_path, "[for one in sym_target.team : one.id]", text)[0]
    assert [one.key for one in both] == ["a", "b"]
    assert files.value(tmp_path, 'sym_target.team["a"].name', text)[0] == "t-a-a"


def test_for_each_of_something_else_is_told(tmp_path):
    found = files.read(tmp_path, 'resource "sym_target" "team" {\n  for_each = 3\n}\n')
    assert [one.sentence for one in found.problems] == [
        'for_each takes a map, or a set of strings such as toset(["a", "b"]).'
    ]
    assert found.resources == []
