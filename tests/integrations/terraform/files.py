"""Writes folders of Terraform files for tests, and reads them."""

from pathlib import Path

from integrations.terraform import check, configuration

ANNOUNCED = """
resource "sym_secrets" "main" {
  type = "env"
  name = "main"
}

resource "sym_secret" "username" {
  source_id = sym_secrets.main.id
  path      = "BOT_USERNAME"
}

resource "sym_secret" "password" {
  source_id = sym_secrets.main.id
  path      = "BOT_PASSWORD"
}

resource "sym_integration" "aptible" {
  type = "aptible"
  name = "main-integration"
  external_id = "94a49e57-d046-4d9d-9dbf-f7711e337368"
  settings = {
    username_secret = sym_secret.username.id
    password_secret = sym_secret.password.id
  }
}

resource "sym_strategy" "aptible" {
  type = "aptible"
  name = "main-strategy"
  integration_id = sym_integration.aptible.id
  targets = [sym_target.admin.id]
}

resource "sym_target" "admin" {
  type  = "aptible_role"
  name  = "admin-role"
  label = "Aptible Admin"
  settings = {
    role_id = "24463EF7-1D6E-402E-A365-69CB6DB80C6E"
  }
}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write files, named without their ending: `main="..."` is main.tf, `prod_tfvars` is prod.tfvars."""
    for name, text in files.items():
        file = f"{name.removesuffix('_tfvars')}.tfvars" if name.endswith("_tfvars") else f"{name}.tf"
        (tmp_path / file.replace("_auto", ".auto")).write_text(text, encoding="utf-8")
    return tmp_path


def read(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> configuration.Configuration:
    return configuration.read(folder(tmp_path, main=text), environment or {})


def value(tmp_path: Path, expression: str, before: str = ""):
    """What an expression is worth as an argument, and the sentences that were told."""
    text = f'{before}\nresource "sym_target" "it" {{\n  label = {expression}\n}}\n'
    found = read(tmp_path, text)
    it = next(one for one in found.resources if one.reference.name == "it")
    return it.body.arguments["label"].value, [one.sentence for one in found.problems]


def said(tmp_path: Path, text: str) -> list[str]:
    """Every mistake with its line."""
    return [f"{one.place.line}: {one.sentence}" for one in check.check(read(tmp_path, text)).problems]
