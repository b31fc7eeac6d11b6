"""What each type of resource may say."""

import pytest

from integrations.terraform import check
from tests.integrations.terraform import files

FLOW = """
resource "sym_flow" "prod" {
  name = "prod"
  params {
    strategy_id = sym_strategy.aptible.id
    prompt_field {
      name = "urgency"
      type = "string"
      allowed_values = ["low", "high"]
    }
  }
  stage {
    needed = 2
    groups = ["security"]
  }
}
"""


def test_the_announced_resources_and_a_flow_are_right(tmp_path):
    report = check.check(files.read(tmp_path, files.ANNOUNCED + FLOW))
    assert (report.problems, report.warnings) == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("sym_strategy\" ", "sym_strtegy\" ", "There is no resource type sym_strtegy. Did you mean sym_strategy?"),
        ("  label = ", "  lable = ", "sym_target has no argument “lable”. Did you mean label?"),
        ('name  = "admin-role"', "", "sym_target needs “name”."),
        ('label = "Aptible Admin"', "label = 5", "“label” takes a string, and this is a number."),
        ("[sym_target.admin.id]", "sym_target.admin.id",
         "“targets” takes a list of ids of other resources, and this is a reference."),
        ("[sym_target.admin.id]", '["admin"]',
         "“targets” takes a list of ids of other resources, such as sym_target.example.id."),
        ("= sym_integration.aptible.id", "= sym_target.admin.id",
         "“integration_id” takes a sym_integration, and sym_target.admin is a sym_target."),
        ('type = "aptible"\n  name = "main-integration"', 'type = "aptibel"\n  name = "main-integration"',
         "There is no sym_integration of the type “aptibel” here. Did you mean aptible?"),
        ("    role_id =", "    rol_id =", "The settings have no “rol_id”. Did you mean role_id?"),
        ("    username_secret = sym_secret.username.id\n", "", "The settings need “username_secret”."),
        ("sym_secret.username.id", '"bot@example.com"',
         "“username_secret” takes the id of another resource, such as sym_secret.example.id."),
        ("    needed = 2", '    needed = "2"', "“needed” takes a number, and this is a string."),
        ("  stage {", "  stages {", "sym_flow has no block “stages”. Did you mean stage?"),
        ('groups = ["security"]', 'groups = "security"', "“groups” takes a list of strings, and this is a string."),
        ("  params {", "  params {\n  }\n  params {", "sym_flow takes one block “params”."),
        ('name = "prod"', 'name = "prod"\n  pending_timeout = "soon"',
         "“pending_timeout” takes a duration, such as \"1h\" or a number of seconds, and this is a string."),
    ],
)  # fmt: skip
def test_what_a_type_does_not_allow_is_told(tmp_path, old, new, sentence):
    text = (files.ANNOUNCED + FLOW).replace(old, new)
    assert text != files.ANNOUNCED + FLOW
    assert sentence in [one.partition(": ")[2] for one in files.said(tmp_path, text)]


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ('resource "sym_runtime" "main" {\n  name = "main"\n}\n', "sym_runtime.main changes nothing"),
        ('resource "aws_iam_role" "sym" {\n  name = "x"\n}\n', "aws_iam_role.sym is passed over"),
        ('module "runtime" {\n  source = "symopsio/runtime-connector/aws"\n}\n', "module.runtime is not read"),
        ('resource "sym_flow" "b" {\n  name = "b"\n  implementation = "x"\n}\n', "“implementation” changes nothing"),
    ],
)
def test_what_has_no_meaning_here_is_accepted_with_a_warning(tmp_path, more, warning):
    report = check.check(files.read(tmp_path, files.ANNOUNCED + more))
    assert report.problems == []
    assert [one.sentence for one in report.warnings if one.sentence.startswith(warning)] != []


@pytest.mark.parametrize(
    ("written", "expected"),
    [("30s", 30), ("10m", 600), ("1h", 3600), ("2d", 172_800), ("1mo", 2_592_000), (90, 90), ("1 h", 3600),
     ("h", None), ("", None), ("1y", None), (True, None), (1.5, None), ("-1h", None), (None, None)],
)  # fmt: skip
def test_durations_have_the_units_of_the_language(written, expected):
    assert check.seconds(written) == expected
