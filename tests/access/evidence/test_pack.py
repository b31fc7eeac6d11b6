"""The evidence pack: what proves a request, in one zip that holds without the portal."""

import csv
import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from access.audit import anchors, witness
from access.evidence.pack import pack, parts
from access.models import AccessRequest, AuditSeal, User
from tests import factories
from tests.access.evidence.test_pack_parts import can_make_pdf

pytestmark = pytest.mark.django_db


def made(requests, now) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(pack.stream(requests, now=now))))


@pytest.fixture
def ended(now, flow):
    grant = factories.grant(state="ended", now=now)
    return AccessRequest.objects.get(grant=grant)


def test_it_holds_who_asked_who_decided_what_was_done_and_the_proof(ended, now):
    file = made(pack.of_request(ended.ref), now)
    assert file.testzip() is None
    seal = AuditSeal.objects.get()
    assert file.namelist() == [
        f"requests/{ended.ref}.json", "index.html", "evidence.pdf" if can_make_pdf() else "no-pdf.txt", "style.css",
        "requests.csv", "events.jsonl", "events.csv", f"anchors/{anchors.name_of(witness.of_seal(seal))}",
        "controls.csv", "verify_audit.py",
    ]  # fmt: skip
    told = json.loads(file.read(f"requests/{ended.ref}.json"))
    assert told["asked"]["requester"] == "jon@example.com"
    assert [one["by"] for one in told["decisions"]] == ["adam@example.com"]
    assert told["access"]["end_evidence"]
    assert "Our reading" in file.read("controls.csv").decode()
    assert ended.ref in file.read("index.html").decode()


@pytest.mark.usefixtures("without_pdf")
def test_the_program_in_it_verifies_the_events_in_it(ended, now, tmp_path):
    factories.request_at(now=now)
    made(pack.of_request(ended.ref), now).extractall(tmp_path)
    command = [sys.executable, "-I", "verify_audit.py", "events.jsonl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    assert "no seal" not in done.stdout
    text = (tmp_path / "events.jsonl").read_text().replace("jon@example.com", "eve@example.com", 1)
    (tmp_path / "events.jsonl").write_text(text)
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 1  # noqa: S603


@pytest.mark.usefixtures("without_pdf")
def test_the_same_data_give_the_same_bytes(ended, now):
    first, second = (b"".join(pack.stream(pack.of_request(ended.ref), now=now)) for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("without_pdf")
def test_a_formula_in_a_reason_and_markup_in_a_name_do_nothing(now, flow):
    request = factories.request_at(now=now)
    AccessRequest.objects.filter(pk=request.pk).update(reason="=HYPERLINK()")
    User.objects.filter(pk=request.requester_id).update(name="<script>x</script>")
    file = made(pack.of_request(request.ref), now)
    [row] = csv.DictReader(io.StringIO(file.read("requests.csv").decode()))
    assert row["reason"] == "'=HYPERLINK()"
    assert "<script>x" not in file.read("index.html").decode()


@pytest.mark.usefixtures("without_pdf")
def test_other_rooms_add_parts(ended, now, monkeypatch):
    monkeypatch.setattr(parts, "_parts", list(parts.every()))
    parts.add(
        parts.Part("activity", "What was done", lambda request, _known: [request.ref], "CC7.2", "164.312(b)", "09.aa")
    )
    file = made(pack.of_request(ended.ref), now)
    assert json.loads(file.read(f"requests/{ended.ref}.json"))["activity"] == [ended.ref]


@pytest.mark.usefixtures("without_pdf")
def test_the_command_writes_a_person_a_target_or_a_period(ended, tmp_path, capsys):
    out = str(tmp_path / "x.zip")
    for how in ([ended.ref.lower()], ["--person", "JON@example.com"], ["--target", "prod", "--from", "2020-01-01"]):
        call_command("evidence", *how, "--out", out)
        assert zipfile.ZipFile(out).testzip() is None
    for how, code in (([], 2), (["R-NONE"], 1), (["--from", "soon"], 2), (["--person", "nobody"], 1)):
        with pytest.raises(CommandError) as refused:
            call_command("evidence", *how, "--out", out)
        assert refused.value.returncode == code


def test_it_is_for_those_who_may_see_it(client, ended, jon, adam, olga):
    for who, status in ((jon, 403), (adam, 200), (olga, 200)):
        client.force_login(who)
        answer = client.get(reverse("request-evidence", args=[ended.ref]), {"format": "zip"})
        assert answer.status_code == status
    assert zipfile.ZipFile(io.BytesIO(b"".join(answer))).testzip() is None
    assert client.get(reverse("audit-evidence"), {"who": "jon@example.com"}).status_code == 200
    client.force_login(adam)
    assert client.get(reverse("audit-evidence"), {"who": "jon@example.com"}).status_code == 403


@pytest.mark.usefixtures("without_pdf")
def test_it_asks_no_more_for_each_request_however_many_there_are(now, flow, django_assert_max_num_queries):
    for _ in range(3):
        factories.request_at(now=now)
    made(pack.of(), now)
    with django_assert_max_num_queries(20 + 3 * 12):
        made(pack.of(), now)
