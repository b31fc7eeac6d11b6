"""The real terraform on a real portal: plan, apply, a clean plan, drift, import, destroy."""

import json
import os
import re
import shutil
import subprocess

import pytest
from usher_provider import mirror

TERRAFORM = shutil.which("terraform")
pytestmark = pytest.mark.skipif(not TERRAFORM, reason="NOT TESTED WITH TERRAFORM: there is no terraform on PATH")

FILES = """
terraform {
  required_providers {
    sym = { source = "terraform.local/usher/usher" }
  }
}

provider "sym" {}

resource "sym_secrets" "env" {
  type = "env"
  name = "env"
}

resource "sym_secret" "bot" {
  source_id = sym_secrets.env.id
  path      = "TF_BOT"
}

resource "sym_integration" "aptible" {
  type        = "aptible"
  name        = "Tf"
  external_id = "tf-org"
  settings = {
    username_secret = sym_secret.bot.id
    password_secret = sym_secret.bot.id
    sync_every      = "1h"
  }
}

resource "sym_target" "db" {
  for_each       = toset(["one", "two"])
  type           = "aptible_role"
  name           = "tf-${each.key}"
  integration_id = sym_integration.aptible.id
  max_duration   = "90m"
  settings       = { role_id = "tf-${each.key}", owner_role_is_meant = true }
}

resource "sym_strategy" "aptible" {
  type           = "aptible"
  name           = "tf"
  integration_id = sym_integration.aptible.id
  targets        = [for one in sym_target.db : one.id]
}

resource "sym_environment" "main" {
  name = "main"
}

resource "sym_flow" "db" {
  name           = "tf-db"
  label          = "Database"
  environment_id = sym_environment.main.id
  params {
    strategy_id = sym_strategy.aptible.id
    prompt_field {
      name           = "duration"
      type           = "duration"
      allowed_values = ["1h", "30m"]
    }
    prompt_field {
      name    = "urgent"
      type    = "bool"
      default = true
    }
    prompt_field {
      name     = "why"
      type     = "string"
      shown_if = { field = "urgent", values = ["true"] }
    }
  }
  stage {
    label  = "Second letter first"
    people = ["Rita@example.com"]
  }
  stage {
    label = "A"
    pool {
      people = ["adam@example.com"]
    }
    pool {
      people = ["olga@example.com"]
      after  = "1h"
    }
  }
  break_glass {
    at_most = "30m"
  }
}

data "sym_target" "prod" {
  name = "prod"
}

output "prod" {
  value = data.sym_target.prod.label
}
"""


class Folder:
    """A folder of files, and terraform in it."""

    def __init__(self, path, portal, token):
        self.path, self.token = path, token
        mirror.write(path / "mirror")
        (path / "terraformrc").write_text(mirror.configuration(path / "mirror"))
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "TF_CLI_CONFIG_FILE": str(path / "terraformrc"), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
            "USHER_URL": portal.url, "USHER_TOKEN": token,
        }  # fmt: skip

    def terraform(self, *words, exits=0):
        done = subprocess.run(
            [TERRAFORM, *words], cwd=self.path, env=self.environment, capture_output=True,
            text=True, timeout=180, check=False,
        )  # fmt: skip
        assert done.returncode == exits, done.stdout + done.stderr
        assert self.token not in done.stdout + done.stderr
        return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)

    def write(self, text):
        (self.path / "main.tf").write_text(text)

    def apply(self, exits=0):
        return self.terraform("apply", "-auto-approve", "-input=false", exits=exits)

    def plan(self, exits=0):
        """Plan: 0 says that there is nothing to do, 2 that there is."""
        return self.terraform("plan", "-detailed-exitcode", "-input=false", exits=exits)


@pytest.fixture
def folder(portal, tmp_path):
    one = Folder(tmp_path, portal, portal.token("olga@example.com", "read", "configure"))
    one.write(FILES)
    one.terraform("init", "-input=false")
    yield one
    one.terraform("destroy", "-auto-approve", "-input=false")
    assert json.loads((tmp_path / "terraform.tfstate").read_text())["resources"] == []


def test_what_the_portal_exports_is_imported_and_nothing_else(portal, tmp_path):
    one = Folder(tmp_path, portal, portal.token("olga@example.com", "read", "configure"))
    portal.manage("config", "export", str(tmp_path / "out"))
    one.path = tmp_path / "out"
    one.write(FILES[: FILES.index("resource")])
    one.terraform("init", "-input=false")
    one.terraform("fmt", "-check", "-recursive")
    told = one.plan(exits=2)
    assert re.search(r"Plan: \d+ to import, \d to add, 0 to change, 0 to destroy", told)
    assert {line.split()[1] for line in told.splitlines() if "will be created" in line} <= {"sym_secrets.stored"}


def test_the_life_of_a_set_up(folder):
    told = folder.plan(exits=2)
    assert "8 to add" in told
    assert "applied" not in told
    assert 'prod = "Prod"' in folder.apply()
    folder.plan()
    _a_change_is_applied_and_clean(folder)
    _a_row_leaves_the_state_and_comes_back(folder)
    _a_mistake_is_told_with_its_line(folder)
    _a_target_goes(folder)


def _a_change_is_applied_and_clean(folder):
    folder.write(FILES.replace('label          = "Database"', 'label = "Data"').replace('"90m"', '"2h"'))
    told = folder.plan(exits=2)
    assert "3 to change" in told
    changed = [line.split() for line in told.splitlines() if line.strip().startswith(("~", "+", "-")) and " = " in line]
    assert sorted(one[1] for one in changed) == ["label", "max_duration", "max_duration"]
    folder.apply()
    folder.plan()


def _a_row_leaves_the_state_and_comes_back(folder):
    folder.terraform("state", "rm", "sym_flow.db")
    assert "tf-db is here already. Import it to keep it." in " ".join(folder.apply(exits=1).split())
    folder.terraform("import", "sym_flow.db", "tf-db")
    folder.apply()
    folder.plan()


def _a_mistake_is_told_with_its_line(folder):
    text = (folder.path / "main.tf").read_text()
    folder.write(text.replace('"Rita@example.com"', '"rtia@example.com"'))
    told = " ".join(folder.plan(exits=1).replace("│", " ").split())
    assert "Nobody here has the e-mail rtia@example.com. Did you mean rita@example.com?" in told
    assert 'in resource "sym_flow" "db"' in told
    folder.write(text)
    folder.plan()


def _a_target_goes(folder):
    folder.write((folder.path / "main.tf").read_text().replace('["one", "two"]', '["one"]'))
    assert "1 to destroy" in folder.plan(exits=2)
    folder.apply()
    folder.plan()
