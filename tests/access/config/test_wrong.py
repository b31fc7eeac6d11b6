"""What can't be applied, and the places that say so."""

import pytest

from access.models import Target
from integrations.aptible.simulator import seed
from tests import factories
from tests.access.config import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people(adam, jon):
    return factories.group("Ops", jon)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("adam@example.com", "adma@example.com",
         "Nobody here has the e-mail adma@example.com. Did you mean adam@example.com?"),
        ('people = ["adam@example.com"]', 'groups = ["opps"]', "There is no group opps. Did you mean ops?"),
        ('  stage {\n    people = ["adam@example.com"]\n  }\n', "",
         "Nobody could approve a request: add a “stage” block that says who decides."),
        ("    people = [", "    needed = 2\n    people = [",
         "Nobody's request could be approved: it needs 2 approvals and only one person could give one: Adam Novak."),
        ('type = "env"', 'type = "vault"', "There is no sym_secrets of the type “vault” here."),
        ('name = "production-access"', 'name = "Production access"',
         "A name has letters, digits, “-” and “_” only, and at most 100 of them."),
        ('durations = ["30m", "1h"]', 'durations = ["30m"]\n  default_duration = "1h"',
         "Choose one of the allowed durations: 30m."),
        ("  stage {", '  ticket_pattern = "["\n  stage {', "This is not a regular expression that works."),
        (
            "  stage {", '  ticket_pattern = "[A-Z]+"\n  ticket_example = "1"\n  stage {',
            "The pattern would refuse this example.",
        ),
        ("  stage {", '  pending_timeout = "1s"\n  stage {', "Ensure this value is greater than or equal to 60."),
        ("    strategy_id = sym_strategy.aptible.id\n", "    additional_header_text = \"x\"\n  }\n  break_glass {\n",
         "A flow without a strategy gives no access, so this has to stay off."),
        ("    password_secret =", f'    fallback_role_id = "{seed.PROD_ROLE_ID}"\n    password_secret =',
         "prod is on the fallback role of its integration, which is given without asking, for good."),
        ("  stage {", '  announce {\n    channel = "#ops"\n  }\n  stage {',
         "announce: A channel's id starts with C, such as C024BE7LR."),
        ("  stage {", '  announce {\n    to = "channel"\n  }\n  stage {',
         "announce: Name the channel, and only where a channel is meant."),
        ('label = "Prod"', 'label = "Prod"\n  risk = "none"', "A risk is low, medium or high."),
        ("[sym_target.prod.id]", "[]",
         "No strategy with an integration lists sym_target.prod, so nobody knows whose role it is."),
        ('resource "sym_target" "prod"', 'resource "sym_target" "twin"', None),
        ("  stage {", '  fast_track {\n    reason = "x"\n    on_call = "ops"\n  }\n  stage {',
         "There is no schedule ops."),
    ],
)  # fmt: skip
def test_it_is_told_and_nothing_is_written(tmp_path, now, old, new, sentence):
    text = files.WHOLE.replace(old, new, 1)
    assert text != files.WHOLE
    found = files.said(tmp_path, text, now=now)
    assert found
    if sentence:
        assert sentence in found
    assert not Target.objects.exists()


def test_two_targets_on_one_role_are_told(tmp_path, now):
    twin = files.FOUNDATION[files.FOUNDATION.index('resource "sym_target"') :].replace('"prod"', '"twin"')
    text = files.WHOLE.replace("[sym_target.prod.id]", "[sym_target.prod.id, sym_target.twin.id]") + twin
    assert files.said(tmp_path, text, now=now) == ["sym_target.prod has the same role."]


def test_names_are_compared_without_case(tmp_path, now):
    flow = files.FLOW.replace('"prod"', '"twin"').replace("production-access", "PRODUCTION-ACCESS")
    assert files.said(tmp_path, files.WHOLE + flow, now=now) == [
        "sym_flow.prod is called “production-access”, too; names are unique, without regard to case."
    ]


def test_a_data_source_has_to_be_there(tmp_path, now):
    text = files.WHOLE + 'data "sym_flow" "x" {\n  name = "production-acces"\n}\n'
    assert files.said(tmp_path, text, now=now) == ["There is no sym_flow “production-acces” here."]
    files.applied(tmp_path, files.WHOLE, now=now)
    assert files.said(tmp_path, text, now=now) == [
        "There is no sym_flow “production-acces” here. Did you mean production-access?"
    ]


@pytest.mark.parametrize("kind", ["slack", "pagerduty"])
def test_an_integration_that_is_set_up_elsewhere_is_passed_over_with_a_word(tmp_path, now, kind):
    text = f'resource "sym_integration" "x" {{\n  type = "{kind}"\n  name = "{kind}"\n  external_id = "T1"\n}}\n'
    text = text.replace(
        '"T1"', '"T1"' + "\n  settings = { api_token_secret = sym_secret.username.id }" * (kind == "pagerduty")
    )
    made = files.applied(tmp_path, files.WHOLE + text, now=now)
    assert [one.name for one in made.changes if one.type == "sym_integration"] == ["main"]
    assert [one.sentence[:38] for one in made.warnings] == [
        "sym_integration.x changes nothing: " + {"slack": "mes", "pagerduty": "eac"}[kind]
    ]


def test_a_strategy_gives_no_role_of_another_integration(tmp_path, now):
    files.applied(tmp_path, files.WHOLE, now=now)
    other = files.FOUNDATION.replace("main", "other").replace(seed.ORGANIZATION_ID, "other")
    other = other[: other.index('resource "sym_target"')].replace("sym_target.prod", "data.sym_target.prod")
    text = other + 'data "sym_target" "prod" {\n  name = "prod"\n}\n'
    assert "The target prod is of the integration main, and this strategy of other." in files.said(
        tmp_path, text, now=now
    )


def test_a_target_may_name_its_integration_itself(tmp_path, now):
    text = files.WHOLE.replace('label = "Prod"', "integration_id = sym_integration.aptible.id")
    files.applied(tmp_path, text.replace("[sym_target.prod.id]", "[]"), now=now)
    assert Target.objects.get().integration.name == "main"
