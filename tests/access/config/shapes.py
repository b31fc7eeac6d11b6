"""The shapes in which the predecessor's files are kept, in words of our own: a folder each, as texts by path."""

from integrations.aptible.simulator import seed

Files = dict[str, str]

PROVIDERS = """
terraform {
  required_providers {
    sym = {
      source  = "symopsio/sym"
      version = "~> 3.0"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "sym" {
  org = "S-EXAMPLE"
}

provider "aws" {
  region = "eu-central-1"
}
"""
CHAT = """
resource "sym_integration" "chat" {
  type        = "slack"
  name        = "chat"
  external_id = "T024BE7LD"
}

resource "sym_error_logger" "chat" {
  integration_id = sym_integration.chat.id
  destination    = "#access-errors"
}

resource "sym_environment" "prod" {
  name            = "prod"
  error_logger_id = sym_error_logger.chat.id
  integrations = {
    slack_id = sym_integration.chat.id
  }
}
"""
SECRET = """
resource "aws_secretsmanager_secret" "bot" {
  name = "/sym/prod/bot"
  tags = {
    SymEnv = "prod"
    Owner  = data.aws_caller_identity.current.account_id
  }
}
"""
BOT = """
resource "sym_secret" "name" {
  source_id = sym_secrets.aws.id
  path      = aws_secretsmanager_secret.bot.name
  settings = {
    json_key = "username"
  }
}

resource "sym_secret" "word" {
  source_id  = sym_secrets.aws.id
  path       = aws_secretsmanager_secret.bot.name
  depends_on = [sym_secret.name]
  settings = {
    json_key = "password"
  }
}
"""
ROLES = f"""
resource "sym_integration" "aptible" {{
  type        = "aptible"
  name        = "prod-aptible"
  external_id = "{seed.ORGANIZATION_ID.upper()}"
  settings = {{
    username_secret = sym_secret.name.id
    password_secret = sym_secret.word.id
  }}
}}

resource "sym_target" "deploy" {{
  type  = "aptible_role"
  name  = "prod-deploy"
  label = "Deploy"
  settings = {{
    role_id = "{seed.PROD_ROLE_ID.upper()}"
  }}
}}

resource "sym_strategy" "aptible" {{
  type           = "aptible"
  name           = "prod-aptible"
  integration_id = sym_integration.aptible.id
  targets        = [sym_target.deploy.id]
}}
"""
FLOW = """
resource "sym_flow" "aptible" {
  name           = "aptible"
  label          = "Roles of Aptible"
  implementation = "${path.module}/aptible.py"
  environment_id = sym_environment.prod.id

  params {
    strategy_id = sym_strategy.aptible.id

    prompt_field {
      name     = "reason"
      label    = "What is it for?"
      type     = "string"
      required = true
    }
    prompt_field {
      name           = "duration"
      type           = "duration"
      allowed_values = ["30m", "4h", "2d"]
      required       = true
    }
  }
  # who decides
}
"""
STAGE = """
  stage {
    people = ["adam@example.com"]
  }
"""
PYTHON = """
@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.ADMIN, approve_deny=PermissionLevel.MEMBER)
"""
CONNECTED = """
module "aws" {
  source      = "symopsio/runtime-connector/aws"
  version     = "~> 2.0"
  environment = "prod"
}

module "secrets" {
  source        = "symopsio/secretsmgr-addon/aws"
  environment   = "prod"
  iam_role_name = module.aws.sym_runtime_connector_role.name
}

data "aws_caller_identity" "current" {}
"""
SECRETS_OF_TWO = """
resource "sym_secrets" "aws" {
  type = "aws_secrets_manager"
  name = "prod-secrets"
  settings = {
    context_id = module.aws.sym_integration.id
  }
}
"""
SECRETS_OF_ONE = """
resource "sym_integration" "aws" {
  type        = "permission_context"
  name        = "prod-aws"
  external_id = module.aws.settings.account_id
  settings    = module.aws.settings
}

resource "sym_runtime" "prod" {
  name       = "prod"
  context_id = sym_integration.aws.id
}

resource "sym_secrets" "aws" {
  type = "aws_secrets_manager"
  name = "prod-secrets"
  settings = {
    context_id = sym_integration.aws.id
  }
}
"""


def decided(text: str) -> str:
    """The flow once somebody has said who decides."""
    return text.replace("  # who decides\n", STAGE)


APTIBLE: Files = {
    "main.tf": PROVIDERS + CHAT, "connect.tf": CONNECTED + SECRETS_OF_TWO, "roles.tf": SECRET + BOT + ROLES,
    "flow.tf": FLOW, "aptible.py": PYTHON,
}  # fmt: skip
IN_ONE_FILE: Files = {
    "main.tf": PROVIDERS + CONNECTED + SECRETS_OF_ONE + SECRET + BOT + ROLES + FLOW
    + CHAT.replace("  error_logger_id", "  runtime_id = sym_runtime.prod.id\n  error_logger_id"),
    "aptible.py": PYTHON,
}  # fmt: skip
WITHOUT_MODULES: Files = {
    "main.tf": PROVIDERS + CHAT + SECRETS_OF_ONE,
    "roles.tf": BOT.replace("aws_secretsmanager_secret.bot.name", '"/sym/prod/bot"') + ROLES, "flow.tf": FLOW,
}  # fmt: skip
LOOKED_UP: Files = {
    "main.tf": WITHOUT_MODULES["roles.tf"] + FLOW.replace("sym_environment.prod.id", "data.sym_environment.prod.id"),
    "shared.tf": """
data "sym_integration" "slack" {
  type = "slack"
  name = "chat"
}
data "sym_environment" "prod" {
  name = "prod"
}
resource "sym_secrets" "aws" {
  type = "aws_secrets_manager"
  name = "prod-secrets"
}
resource "sym_log_destination" "stream" {
  type           = "kinesis_firehose"
  integration_id = data.sym_integration.slack.id
  settings       = { stream_name = "access" }
}
resource "sym_flows_filter" "this" {
  implementation = file("filter.py")
  vars           = { group = "ops" }
  integrations   = { slack_id = data.sym_integration.slack.id }
}
""",
    "filter.py": "@reducer\ndef get_flows(user, flows, flows_filter_vars):\n    return flows\n",
}
