"""The announcement's set-up as files, and what plans make of them."""

from datetime import datetime
from pathlib import Path

from access.config.declared import plan
from access.config.declared.apply_changes import Broken
from access.config.declared.plan import Plan
from integrations.aptible.simulator import seed
from integrations.terraform import configuration

FOUNDATION = f"""
resource "sym_secrets" "env" {{
  type = "env"
  name = "env"
}}

resource "sym_secret" "username" {{
  source_id = sym_secrets.env.id
  path = "TEST_BOT_USERNAME"
}}

resource "sym_secret" "password" {{
  source_id = sym_secrets.env.id
  path = "TEST_BOT_PASSWORD"
}}

resource "sym_integration" "aptible" {{
  type = "aptible"
  name = "main"
  external_id = "{seed.ORGANIZATION_ID}"
  settings = {{
    username_secret = sym_secret.username.id
    password_secret = sym_secret.password.id
  }}
}}

resource "sym_strategy" "aptible" {{
  type = "aptible"
  name = "main"
  integration_id = sym_integration.aptible.id
  targets = [sym_target.prod.id]
}}

resource "sym_target" "prod" {{
  type = "aptible_role"
  name = "prod"
  label = "Prod"
  settings = {{
    role_id = "{seed.PROD_ROLE_ID.upper()}"
  }}
}}
"""
FLOW = """
resource "sym_flow" "prod" {
  name = "production-access"
  label = "Production access"
  durations = ["30m", "1h"]
  params {
    strategy_id = sym_strategy.aptible.id
  }
  stage {
    people = ["adam@example.com"]
  }
}
"""
WHOLE = FOUNDATION + FLOW


def read(folder: Path, text: str) -> configuration.Configuration:
    (folder / "main.tf").write_text(text, encoding="utf-8")
    return configuration.read(folder, {})


def planned(folder: Path, text: str, *, now: datetime, adopt: bool = False) -> Plan:
    return plan.plan(read(folder, text), adopt=adopt, now=now)


def applied(folder: Path, text: str, *, now: datetime, adopt: bool = False) -> Plan:
    return plan.apply(read(folder, text), adopt=adopt, actor="cli:test", now=now)


def said(folder: Path, text: str, *, now: datetime, adopt: bool = False) -> list[str]:
    """What is wrong with the files; nothing when they could be applied."""
    try:
        planned(folder, text, now=now, adopt=adopt)
    except Broken as error:
        return [one.sentence for one in error.problems]
    return []


def told(plan: Plan) -> list[str]:
    return [f"{one.action} {one.address}" for one in plan.changes]
