"""More of those shapes: modules, a folder for each environment, flows of other systems, and the first provider."""

from integrations.aptible.simulator import seed
from tests.access.config.shapes import APTIBLE, BOT, CHAT, PROVIDERS, PYTHON, Files

_FLOW_MODULE = """
variable "environment" {
  type = object({ id = string })
}
variable "name" {}
variable "roles" {
  type    = map(string)
  default = {}
}
variable "bot" {
  type = map(string)
}

resource "sym_integration" "aptible" {
  type        = "aptible"
  name        = "${var.name}-aptible"
  external_id = var.bot.organization
  settings = {
    username_secret = var.bot.name
    password_secret = var.bot.word
  }
}

resource "sym_target" "role" {
  for_each = var.roles
  type     = "aptible_role"
  name     = "${var.name}-${each.key}"
  label    = title(each.key)
  settings = { role_id = each.value }
}

resource "sym_strategy" "aptible" {
  type           = "aptible"
  name           = "${var.name}-aptible"
  integration_id = sym_integration.aptible.id
  targets        = [for one in sym_target.role : one.id]
}

resource "sym_flow" "aptible" {
  count          = length(var.roles) > 0 ? 1 : 0
  name           = "${var.name}-aptible"
  label          = "Roles of ${var.name}"
  implementation = "${path.module}/flow.py"
  environment_id = var.environment.id
  params {
    strategy_id = sym_strategy.aptible.id
  }
  # who decides
}
"""
_CALLS = f"""
module "shared" {{
  source = "SOURCE/shared"
  name   = "prod"
}}

module "flow" {{
  for_each    = toset(["prod"])
  source      = "SOURCE/flow"
  name        = each.key
  environment = module.shared.environment
  roles       = {{ deploy = "{seed.PROD_ROLE_ID}" }}
  bot = {{
    organization = "{seed.ORGANIZATION_ID}"
    name         = module.shared.bot[0]
    word         = module.shared.bot[1]
  }}
}}
"""
_SHARED_MODULE = (
    'variable "name" {\n  type = string\n}\n'
    + CHAT.replace('"prod"\n', "var.name\n").replace('"sym_environment" var.name', '"sym_environment" "prod"')
    + BOT.replace("aws_secretsmanager_secret.bot.name", '"/sym/${var.name}/bot"')
    + 'resource "sym_secrets" "aws" {\n  type = "aws_secrets_manager"\n  name = var.name\n}\n'
    + 'output "environment" {\n  value = sym_environment.prod\n}\n'
    + 'output "bot" {\n  value = [sym_secret.name.id, sym_secret.word.id]\n}\n'
)
MODULES: Files = {
    "main.tf": PROVIDERS + _CALLS.replace("SOURCE", "./modules"), "modules/shared/main.tf": _SHARED_MODULE,
    "modules/flow/main.tf": _FLOW_MODULE, "modules/flow/flow.py": PYTHON,
}  # fmt: skip
# A folder for each environment, and modules beside them: read with --root.
ENVIRONMENTS: Files = {
    "environments/prod/main.tf": PROVIDERS + _CALLS.replace("SOURCE", "../../modules"),
    **{name: text for name, text in MODULES.items() if name != "main.tf"},
}
OTHERS = """
resource "sym_secret" "okta" {
  source_id = sym_secrets.aws.id
  path      = "/sym/prod/okta"
}

resource "sym_integration" "okta" {
  type        = "okta"
  name        = "prod-okta"
  external_id = "dev-1.okta.com"
  settings    = { api_token_secret = sym_secret.okta.id }
}

resource "sym_target" "group" {
  type     = "okta_group"
  name     = "admins"
  settings = { group_id = okta_group.admins.id }
}

resource "sym_strategy" "okta" {
  type           = "okta"
  name           = "prod-okta"
  integration_id = sym_integration.okta.id
  targets        = [sym_target.group.id]
}

resource "sym_flow" "okta" {
  name           = "okta"
  label          = "Groups"
  implementation = file("${path.module}/aptible.py")
  environment_id = sym_environment.prod.id
  params {
    strategy_id = sym_strategy.okta.id
  }
}
"""
WITH_OTHERS: Files = {**APTIBLE, "okta.tf": OTHERS}
FIRST_PROVIDER: Files = {
    "main.tf": PROVIDERS.replace("3.0", "1.0") + CHAT + """
resource "sym_runtime" "prod" {
  name = "prod"
}

resource "sym_flow" "approval" {
  name           = "approval"
  label          = "Approval"
  template       = "sym:template:approval:1.0.0"
  implementation = "${path.module}/approval.py"
  environment_id = sym_environment.prod.id
  params = {
    prompt_fields_json = jsonencode([{ name = "resource", type = "string", required = true }])
  }
}
""",
}  # fmt: skip
APPROVAL_ALONE: Files = {
    "main.tf": PROVIDERS + CHAT + """
variable "flow_vars" {
  type    = map(string)
  default = { channel = "#access", approvers = "adam@example.com,rita@example.com" }
}

resource "sym_flow" "approval" {
  name           = "approval"
  label          = "Approval"
  implementation = <<-EOT
    @reducer
    def get_approvers(event):
        return slack.channel("#access", allow_self=True)
  EOT
  environment_id = sym_environment.prod.id
  vars           = var.flow_vars
  params {
    allowed_sources = ["api", "slack"]
    prompt_field {
      name     = "resource"
      type     = "string"
      required = true
    }
  }
  # who decides
}
""",
}  # fmt: skip
