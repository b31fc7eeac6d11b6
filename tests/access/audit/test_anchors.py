"""Anchors outside of the database find what the log can't show of itself."""

import json
import threading
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from werkzeug import Request, Response
from werkzeug.serving import make_server

from access.audit import anchors, keys, log, verify, witness
from access.models import AnchorPlace, AuditEvent, AuditHead, AuditSeal
from integrations.anchors import put
from integrations.base import NeedsAttention
from tests import chain
from tests.access.audit.tamper import compute_anew, sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    settings.AUDIT_ANCHORS = [f"file://{tmp_path}"]
    return tmp_path


def append(now, *names: str) -> None:
    for one in names:
        log.append(f"test.{one}", actor="x", now=now, data={"n": one})


def anchor(now) -> None:
    AnchorPlace.objects.update(due_at=now)
    for place in AnchorPlace.objects.all():
        anchors.send(place, put=partial(put, networks=["127.0.0.0/8"]), now=now)


@pytest.fixture
def anchored(folder, now):
    append(now, "a", "b", "c")
    anchors.set_places([f"file://{folder}"], now=now)
    anchor(now)
    return folder


def bad(folder):
    chain.sealed()
    return verify.run(anchors=anchors.read(folder)).bad


def test_an_anchor_is_the_signed_end_of_the_log(anchored, now):
    [file] = anchored.iterdir()
    told = json.loads(file.read_text())
    assert (told["kind"], told["seq"], told["key"]) == ("usher-anchor", 3, keys.ring().newest.public)
    assert witness.read(told).is_signed()
    assert bad(anchored) is None
    assert AnchorPlace.objects.get().position == 3


def test_it_is_made_each_hour_and_after_a_break_glass_at_once(anchored, now):
    assert not anchors.due(now).exists()
    log.append("request.approved", actor="x", now=now, data={"path": "break_glass"})
    chain.sealed()
    assert AnchorPlace.objects.get().due_at > now


def cut():
    sql("DELETE FROM access_auditevent WHERE seq = 3")


def cut_with_its_head():
    cut()
    compute_anew()
    AuditSeal.objects.all().delete()
    AuditHead.objects.update(sealed_at=None)


def emptied():
    for table in ("auditevent", "auditseal", "audithead"):
        sql(f"DELETE FROM access_{table}")  # noqa: S608


@pytest.mark.parametrize("deed", [cut, cut_with_its_head, emptied])
def test_a_cut_tail_and_an_emptied_log_are_found_with_the_time_it_was_whole(anchored, now, deed):
    deed()
    found = bad(anchored)
    assert found.seq <= 3
    assert found.since == now


def test_an_exchanged_log_is_found(anchored, now):
    emptied()
    append(now, "x", "y", "z", "aa")
    found = bad(anchored)
    assert (found.seq, found.since) == (3, now)
    assert "computed anew or exchanged" in found.why


def test_a_forged_anchor_is_found(anchored):
    [file] = anchored.iterdir()
    told = json.loads(file.read_text())
    (anchored / "forged.json").write_text(json.dumps({**told, "seq": 2}))
    assert "not genuine" in bad(anchored).why
    theirs = keys.read(keys.new())
    from access.audit import digest

    one = witness.read(told)
    signature = theirs.sign(digest.statement(one.seq, one.hash, one.at))
    (anchored / "forged.json").write_text(json.dumps({**told, "key": theirs.public, "signature": signature}))
    assert "a key that nobody here knows" in bad(anchored).why


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"kind": "usher-anchor", "seq": "3"}', "null"])
def test_a_file_that_is_no_anchor_is_said(anchored, text):
    (anchored / "other.json").write_text(text)
    with pytest.raises(CommandError, match="a file among the anchors that is none") as refused:
        call_command("audit", "verify", "--anchors", str(anchored))
    assert refused.value.returncode == 1


def test_a_place_that_cannot_be_written_is_trouble_and_tried_again(anchored, now):
    AnchorPlace.objects.update(address="file:///nowhere/at/all")
    anchor(now)
    place = AnchorPlace.objects.get()
    assert place.trouble == "The anchor can't be written: No such file or directory."
    assert (place.attempts, place.failing_since, place.due_at > now) == (1, now, True)


def test_one_anchor_never_takes_the_place_of_another(anchored, now):
    anchor(now)
    assert len(list(anchored.iterdir())) == 1
    assert "File exists" in AnchorPlace.objects.get().trouble


def test_it_goes_by_mail(anchored, now, mailoutbox):
    put("mailto:auditor@example.com", "usher-anchor-1.json", b"{}", networks=[])
    [mail] = mailoutbox
    assert (mail.to, mail.attachments[0][0]) == (["auditor@example.com"], "usher-anchor-1.json")


@pytest.fixture
def bucket(monkeypatch):
    """A server on this machine that takes what S3 takes."""
    pytest.importorskip("boto3", reason="boto3 is an extra")
    seen = []

    def answer(environ, start_response):
        request = Request(environ)
        seen.append((request.method, request.path, dict(request.headers), request.get_data()))
        return Response("", 200)(environ, start_response)

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    server = make_server("127.0.0.1", 0, answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"s3://proofs/usher?endpoint=http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_it_goes_to_s3_under_object_lock(bucket):
    address, seen = bucket
    put(address, "one.json", b"{}", networks=[])
    [(method, path, headers, _body)] = seen
    assert (method, path.endswith("/usher/one.json")) == ("PUT", True)
    assert headers["X-Amz-Object-Lock-Mode"] == "COMPLIANCE"
    assert headers["X-Amz-Object-Lock-Retain-Until-Date"]


def test_another_kind_of_place_is_refused():
    with pytest.raises(NeedsAttention, match="no place for anchors"):
        put("ftp://example.com", "one.json", b"{}", networks=[])


def test_the_command_sends_to_each_place_and_says_what_went_wrong(folder, now, capsys, settings):
    append(now, "a")
    call_command("audit", "anchor")
    assert "has an anchor of event 1." in capsys.readouterr().out
    settings.AUDIT_ANCHORS = ["file:///nowhere/at/all"]
    with pytest.raises(SystemExit):
        call_command("audit", "anchor", "--json")
    assert json.loads(capsys.readouterr().out)[0]["trouble"]
    assert AuditEvent.objects.count() == 1
