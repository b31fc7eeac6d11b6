"""`manage.py access_reviews`: started by a schedule, listed, and its evidence written."""

import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.models import AccessReview, AuditEvent, Finding
from tests import factories

pytestmark = pytest.mark.django_db


def run(*words):
    out = StringIO()
    call_command("access_reviews", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def stands(flow, target, now):
    Finding.objects.create(
        integration=target.integration, target=target, kind="standing", key="k", first_seen_at=now,
        email="mia@example.com", account_id="a-1",
    )  # fmt: skip


def test_it_starts_one_by_nobody_s_hand(stands):
    said = run("start", "Third quarter", "--target", "prod", "--days", "7")
    made = AccessReview.objects.get()
    assert said.startswith(f"{made.ref} has begun with 1 row, due ")
    assert (made.started_by, made.starter, made.reviewers) == (None, "a command", "approvers")
    assert AuditEvent.objects.get(type="access_review.started").actor.startswith("cli")
    assert [one.name for one in made.targets.all()] == ["prod"]


def test_it_lists_them_for_machines_and_people(stands):
    run("start", "Third quarter", "--every-target", "--reviewers", "manager")
    [told] = json.loads(run("list", "--json"))
    assert (told["title"], told["state"], told["rows"]["waiting"]) == ("Third quarter", "open", 1)
    assert "Third quarter: waiting 1" in run("list")


def test_it_writes_the_evidence(stands, tmp_path):
    run("start", "Third quarter", "--every-target")
    file = tmp_path / "q3.zip"
    assert str(file) in run("evidence", AccessReview.objects.get().ref.lower(), "--out", str(file))
    told = json.loads(zipfile.ZipFile(file).read("review.json"))
    assert (told["title"], told["started_by"]) == ("Third quarter", None)
    assert "a command" in zipfile.ZipFile(file).read("index.html").decode()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["start", "Q3", "--target", "nothing"], 2, "There is no target nothing."),
        (["start", "Q3", "--reviewers", "group", "--group", "nobody"], 2, "There is no group nobody."),
        (["start", "Q3"], 1, "Choose at least one target"),
        (["start", "Q3", "--every-target", "--reviewers", "group"], 1, "Choose the group"),
        (["start", "Q3", "--every-target", "--days", "999999999"], 1, r"\w"),
        (["evidence", "V-22222"], 2, "There is no access review V-22222."),
    ],
)
def test_what_does_not_fit_is_said(stands, words, code, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        run(*words)
    assert refused.value.returncode == code
    assert not AccessReview.objects.exists()


def test_a_group_decides_where_it_is_named(stands, adam):
    factories.group("Security", adam)
    run("start", "Q3", "--every-target", "--reviewers", "group", "--group", "security")
    assert AccessReview.objects.get().group.name == "security"
