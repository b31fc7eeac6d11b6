"""What a process does not load before somebody needs it, and that it collects garbage once it has loaded."""

import json
import os
import subprocess
import sys

from tests import kept_database, source

LATE = ("hcl2", "lark", "slack_sdk", "webauthn", "boto3", "markdown", "scim2_server", "scim2_models")
PAGES = ("access.admin", "unfold.admin", "portal.urls", "ninja")
SHOWN = f"""
import gc, json, sys
import django
django.setup()
from access.management.commands import job_cluster, worker
pages = [one for one in {PAGES!r} if one in sys.modules]
import portal.wsgi
from django.test import Client
from django.test.utils import override_settings
with override_settings(ALLOWED_HOSTS=["testserver"]):
    status = Client().get("/login/").status_code
print("\\n" + json.dumps([pages, status, gc.isenabled(), [one for one in {LATE!r} if one in sys.modules]]))
"""


def test_pages_are_loaded_by_the_web_alone_and_large_libraries_where_they_are_used(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "DJANGO_"))}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "portal.settings", "DATA_DIR": str(tmp_path), "DEBUG": "true"}
    if not kept_database.begin(tmp_path / "usher.sqlite3"):
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, env=environment, cwd=source.ROOT, check=True, capture_output=True)  # noqa: S603
    shown = [sys.executable, "-c", SHOWN]
    answer = subprocess.run(shown, env=environment, cwd=source.ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    assert json.loads(answer.stdout.splitlines()[-1]) == [[], 200, True, []]
