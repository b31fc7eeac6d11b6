"""`manage.py export` writes every row, and nothing that opens anything."""

import json

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from access.core.retention import PASSING
from access.evidence import full_export
from access.models import Secret, User
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_row_is_a_line_of_json(now, flow, tmp_path, capsys):
    request = factories.request_at(now=now, state="approved")
    call_command("export", str(tmp_path / "all.jsonl"))
    told = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert request.ref in {one["fields"].get("ref") for one in told}
    assert {"access.auditevent", "access.decision", "access.grant"} <= {one["model"] for one in told}
    call_command("export")
    assert len(capsys.readouterr().out.splitlines()) == len(told)


def test_nothing_secret_is_written(olga, now):
    olga.set_password("hunter2-hunter2")
    olga.save()
    Secret.objects.create(name="bot", source="stored", sealed="gAAAA-sealed")
    text = "".join(full_export.rows())
    assert "gAAAA-sealed" not in text
    assert User.objects.get(pk=olga.pk).password not in text


def test_whoever_adds_a_column_that_may_be_secret_decides_about_it():
    words = ("seal", "password", "digest", "secret")
    known = {
        "password_of", "username_secret", "password_secret", "bot_token_secret", "signing_secret", "app_token_secret",
        "token_secret", "sealed_seq", "sealed_hash", "sealed_at", "sealed_before_until",
    }  # fmt: skip
    open_ = {
        f"{model.__name__}.{one.name}"
        for model in apps.get_app_config("access").get_models()
        if model._meta.model_name not in PASSING
        for one in model._meta.concrete_fields
        if any(word in one.name for word in words)
        and one.name not in known | full_export.SECRET.get(model.__name__, set())
    }
    assert open_ <= {"Declared.digest"}


def test_a_file_that_cannot_be_written_is_said():
    with pytest.raises(CommandError) as refused:
        call_command("export", "/nowhere/at/all")
    assert refused.value.returncode == 2
