"""What a pack tells of Aptible: the account, the calls and their answers, what was done, what was found; and as PDF."""

import builtins
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from functools import cache

import pytest

from access.audit import log
from access.core.states import GrantState
from access.evidence.pack import pack, printed
from access.models import AccessRequest, Finding, Grant, GrantActivity, Operation, User
from integrations import pdf
from tests import factories

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@cache
def can_make_pdf() -> bool:
    """Where the system lacks a library, a pack says so in place of a PDF: that is tested everywhere.

    Asked by the tests that make one, and not by whoever collects them: it takes a second to find out.
    """
    try:
        pdf.of_page("<p>x</p>", style="")
    except pdf.NoPdf:
        return False
    return True


@pytest.fixture
def pango():
    if not can_make_pdf():
        pytest.skip("This machine lacks what a PDF needs: Pango and fonts.")


def made(requests, now) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(pack.stream(requests, now=now))))


def told(request, now):
    return json.loads(made(pack.of_request(request.ref), now).read(f"requests/{request.ref}.json"))


@pytest.fixture
def ended(now, flow):
    """Jon's access, which Aptible took an add and a removal for."""
    grant = factories.grant(state="ended", now=now)
    Grant.objects.filter(pk=grant.pk).update(
        accepted_at=now + SECOND, confirmed_at=now + 2 * SECOND, removed_at=now + 60 * SECOND,
        ended_at=now + 61 * SECOND,
    )  # fmt: skip
    return AccessRequest.objects.select_related("grant", "target__integration").get(grant=grant)


@pytest.mark.usefixtures("without_pdf")
def test_it_names_the_account_that_got_it(ended, now):
    account = told(ended, now)["account"]
    assert (account["account_id"], account["email"]) == (ended.grant.account_id, "jon@example.com")
    assert account["organization"] == ended.target.integration.external_id


@pytest.mark.usefixtures("without_pdf")
def test_it_tells_each_call_with_its_answer_and_both_read_backs_in_their_order(ended, now):
    calls = told(ended, now)["calls"]
    assert [one["call"] for one in calls] == [
        "Add the account to the role", "List the members of the role, after the start", "Remove the memberships",
        "List the members of the role, after the end",
    ]  # fmt: skip
    assert {one["role_id"] for one in calls} == {ended.grant.role_id}
    assert [one.get("memberships_after") for one in calls] == [None, ["m-1"], None, []]
    assert calls[2]["memberships"] == ["m-1"]
    assert [one["answered_at"] for one in calls] == sorted(one["answered_at"] for one in calls)


@pytest.mark.usefixtures("without_pdf")
def test_a_call_that_did_not_work_is_among_them(now, flow):
    grant = factories.grant(state=GrantState.ACTIVE, now=now)
    data = {"text": "Aptible did not answer.", "state": "granting", "attempts": 1}
    log.append("grant.trouble", actor=log.SYSTEM, now=now, grant=grant, data=data)
    assert "Aptible did not answer." in [one.get("answer") for one in told(grant.requests.get(), now)["calls"]]


@pytest.mark.usefixtures("without_pdf")
def test_what_was_done_is_told_in_words_and_nothing_is_said_where_nobody_knows(ended, now):
    assert told(ended, now)["activity"] is None
    GrantActivity.objects.create(grant=ended.grant, is_complete=True, read_at=now)
    Operation.objects.create(
        grant=ended.grant, external_id="7", at=now, type="execute", status="succeeded", resource_kind="apps",
        resource="api", environment="prod",
    )  # fmt: skip
    activity = told(ended, now)["activity"]
    assert activity["complete"] is True
    assert [(one["text"], one["id"]) for one in activity["operations"]] == [("Opened an SSH session on app api", "7")]


@pytest.mark.usefixtures("without_pdf")
def test_findings_about_this_access_and_this_account_are_in_it_and_no_others(ended, rita, now):
    where = {"integration": ended.target.integration, "target": ended.target, "first_seen_at": now}
    account_id = ended.grant.account_id
    Finding.objects.create(kind="outside", key="a", account_id=account_id, email="jon@example.com", **where)
    Finding.objects.create(kind="outside", key="b", account_id="a-rita", email="rita@example.com", **where)
    [found] = told(ended, now)["findings"]
    assert found["kind"] == "outside"
    assert "rita" not in json.dumps(found)


@pytest.mark.usefixtures("without_pdf")
def test_the_anchor_behind_the_events_is_a_file_that_the_program_takes(ended, now, tmp_path):
    factories.request_at(now=now)
    made(pack.of_request(ended.ref), now).extractall(tmp_path)
    command = [sys.executable, "-I", "verify_audit.py", "events.jsonl", "--anchors", "anchors"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")
    [anchor] = (tmp_path / "anchors").iterdir()
    anchor.write_text(anchor.read_text().replace('"hash": "', '"hash": "0000', 1))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 1  # noqa: S603


@pytest.mark.usefixtures("without_pdf")
def test_an_approval_without_access_has_neither_account_nor_calls(now, jon):
    request = factories.request_at(state="approved", now=now, in_flow=factories.approval_flow(), for_target=None)
    found = told(request, now)
    assert (found["account"], found["calls"], found["activity"], found["findings"]) == (None, [], None, [])


@pytest.mark.usefixtures("pango")
def test_the_pdf_has_the_same_bytes_for_the_same_data_and_in_another_process(ended, now):
    first, second = (made(pack.of_request(ended.ref), now).read("evidence.pdf") for _ in range(2))
    assert first.startswith(b"%PDF-")
    assert first == second
    assert b"CreationDate" not in first


@pytest.mark.usefixtures("pango")
def test_a_pdf_fetches_nothing_whatever_the_page_names(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    page = f'<img src="file://{secret}"><img src="http://127.0.0.1:1/x"><link rel="stylesheet" href="file://{secret}">'
    assert pdf.of_page(page, style=f"@import url(file://{secret}); p {{ background: url(http://127.0.0.1:1/) }}")


def test_without_the_library_it_says_what_is_missing(ended, now, monkeypatch):
    real = builtins.__import__

    def missing(kind):
        def no_weasyprint(name, *args, **kwargs):
            if name == "weasyprint":
                raise kind
            return real(name, *args, **kwargs)

        return no_weasyprint

    for kind, word in ((ImportError, "usher[pdf]"), (OSError, "Pango")):
        monkeypatch.setattr(builtins, "__import__", missing(kind))
        file = made(pack.of_request(ended.ref), now)
        assert "evidence.pdf" not in file.namelist()
        assert word in file.read("no-pdf.txt").decode()


def test_a_pdf_is_put_together_in_memory_so_many_requests_have_none(now, flow, monkeypatch):
    monkeypatch.setattr(printed, "MOST_IN_PDF", 1)
    for _ in range(2):
        factories.request_at(now=now)
    assert "at most 1 requests" in made(pack.of(), now).read("no-pdf.txt").decode()


def test_markup_in_names_and_reasons_is_text_on_the_page(now, flow):
    request = factories.request_at(now=now, reason='<img src="http://evil.example/x"></bdi></section>')
    User.objects.filter(pk=request.requester_id).update(name="<script>x</script>")
    page = made(pack.of_request(request.ref), now).read("index.html").decode()
    assert "<script>x" not in page
    assert "<img" not in page
    assert "&lt;img src=" in page
