"""verify_audit.py checks what passkeys signed: whoever owns the server, its keys and its database makes nothing up."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from access.audit import export, log, seal, verify_audit
from access.evidence.pack import pack
from access.models import AccessRequest, AuditEvent, Flow, Stage
from access.people import passkeys
from access.requests import decide
from tests import factories
from tests.authenticator import PRESENT, Authenticator, device_of, sign

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def asked(flow, now):
    Flow.objects.update(approve_with_passkey=True)
    return factories.request_at(now=now)


@pytest.fixture
def device(adam, now):
    return device_of(adam, now=now)


@pytest.fixture
def approved(asked, adam, device, now):
    decide.approve(request=asked, by=adam, comment="", now=now, signed=sign(asked, adam, device, now=now))
    return AccessRequest.objects.get(pk=asked.pk)


def verdict(*, now, lines=None) -> str:
    """What is said of the whole log; empty when it holds."""
    seal.sign(now=now)
    check = verify_audit.Check([], [])
    try:
        for line in lines or export.whole():
            check.line(json.loads(line))
        check.end()
    except verify_audit.Wrong as wrong:
        return str(wrong)
    return ""


def forge(request, by, *, now, signature=None, **facts):
    """Write into the log, as its owner can, that somebody approved."""
    data = {"comment": "", "place": "web", "seconds": request.seconds, "stage": 0, **facts}
    signed = {"signature": signature} if signature else {}
    log.append("request.approved", actor=by, now=now, request=request, data={**data, **signed})


def signature_of(request) -> dict[str, Any]:
    return dict(AuditEvent.objects.get(type="request.approved", request_ref=request.ref).data["signature"])


def test_a_signed_approval_holds(approved, now):
    assert verdict(now=now) == ""


def test_an_approval_that_an_ed25519_key_signed_holds(asked, adam, now):
    device = device_of(adam, now=now, edwards=True)
    decide.approve(request=asked, by=adam, comment="", signed=sign(asked, adam, device, now=now), now=now)
    assert verdict(now=now) == ""


def test_where_nothing_is_demanded_nothing_is_looked_for(flow, adam, now):
    decide.approve(request=factories.request_at(now=now), by=adam, comment="", now=now)
    log.append("request.asked", actor=adam, now=now, data={"flow": "as it was told once"})
    assert verdict(now=now) == ""


def test_an_approval_without_a_signature_is_found(asked, adam, now):
    forge(asked, adam, now=now)
    assert "has no signature of a passkey, and its flow demands one" in verdict(now=now)


def test_access_without_any_approval_is_found(asked, now):
    log.append("grant.scheduled", actor=log.SYSTEM, now=now, request=asked)
    assert "which nobody had approved" in verdict(now=now)


def test_an_approval_by_a_rule_is_found(asked, now):
    forge(asked, log.SYSTEM, now=now, path="fast_track")
    assert "has no signature" in verdict(now=now)


def test_an_approval_after_it_was_settled_is_found(asked, adam, now):
    decide.deny(request=asked, by=adam, comment="No.", now=now)
    forge(asked, adam, now=now)
    assert "comes when it was denied already" in verdict(now=now)


def test_the_signature_of_another_request_is_found(approved, rita, adam, now):
    factories.mapping(rita)
    other = factories.request_at(now=now, requester=rita)
    forge(other, adam, now=now, signature=signature_of(approved))
    assert "is signed for something else" in verdict(now=now)


CHANGES = {
    "reason": "x", "target": "", "seconds": 60, "account": "x", "by_id": 0, "policy": {},
    "time": "2026-01-05T12:01:00Z",
    "ticket": "x", "request": "R-22222", "starts_at": "2026-01-06T12:00:00Z", "nonce": "x", "verdict": "deny",
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_statement_that_was_changed_is_found(asked, adam, device, now, name):
    given = forged(asked, adam, device, now=now)
    given["statement"][name] = CHANGES[name]
    forge(asked, adam, now=now, signature=given)
    assert "is signed for " in verdict(now=now)


def test_a_request_that_was_changed_to_fit_is_found(asked, adam, device, now):
    given = forged(asked, adam, device, now=now)
    given["statement"]["seconds"] = 60
    forge(asked, adam, now=now, signature=given, seconds=60)
    assert "is signed for something else" in verdict(now=now)


def forged(asked, by, device, *, now, **lies):
    answer = sign(asked, by, device, now=now, **lies).answer
    statement = by.challenges.latest("pk").statement
    said = answer["response"]
    return {
        "statement": statement, "passkey": "Key", "credential": answer["id"], "client_data": said["clientDataJSON"],
        "authenticator_data": said["authenticatorData"], "signature": said["signature"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lies", "told"),
    [
        ({"flags": PRESENT}, "did not ask who it was"),
        ({"site": "evil.example"}, "on another site"),
        ({"type": "webauthn.create"}, "in another way"),
        ({"framed": True}, "in another way"),
        ({"signature": b"0\x06\x02\x01\x01\x02\x01\x01"}, "not genuine"),
        ({"challenge": "AAAA"}, "for something else"),
    ],
)
def test_a_signature_that_lies_is_found(asked, adam, device, now, lies, told):
    forge(asked, adam, now=now, signature=forged(asked, adam, device, now=now, **lies))
    assert told in verdict(now=now)


def test_a_passkey_of_somebody_else_is_found(asked, adam, rita, device, now):
    own = device_of(rita, now=now)
    given = forged(asked, adam, Authenticator(), now=now)
    mine = forged(asked, rita, own, now=now)
    given["credential"] = mine["credential"]
    forge(asked, adam, now=now, signature=given)
    assert "the passkey of somebody else" in verdict(now=now)


def test_a_passkey_that_nobody_had_registered_is_found(asked, adam, device, now):
    forge(asked, adam, now=now, signature=forged(asked, adam, Authenticator(), now=now))
    assert "nobody had registered by then" in verdict(now=now)


def test_a_passkey_that_was_removed_is_found(asked, adam, device, now):
    given = forged(asked, adam, device, now=now)
    passkeys.remove(passkey=adam.passkeys.get(), by=adam, now=now)
    forge(asked, adam, now=now, signature=given)
    assert "nobody had registered by then" in verdict(now=now)


def test_a_passkey_that_was_too_new_is_found(asked, adam, olga, device, now):
    new = device_of(adam, now=now, wait=DAY)
    forge(asked, adam, now=now, signature=forged(asked, adam, new, now=now))
    assert "too new to count" in verdict(now=now)


def test_another_admins_word_lets_it_count(asked, adam, olga, now):
    new = device_of(adam, now=now, wait=DAY)
    passkeys.confirm(passkey=adam.passkeys.get(), by=olga, now=now)
    decide.approve(request=asked, by=adam, comment="", now=now, signed=sign(asked, adam, new, now=now))
    assert verdict(now=now) == ""


def test_a_passkey_that_is_registered_again_is_found(approved, adam, now):
    facts = AuditEvent.objects.get(type="passkey.registered").data
    log.append("passkey.registered", actor=adam, now=now, subject=adam, data=facts)
    assert "registers a passkey that was there" in verdict(now=now)


def test_a_signature_of_another_time_is_found(asked, adam, device, now):
    given = forged(asked, adam, device, now=now)
    forge(asked, adam, now=now + timedelta(hours=1), signature=given)
    assert "at another time" in verdict(now=now + timedelta(hours=1))


def test_a_signature_counts_once(asked, adam, rita, device, now):
    factories.also_decided_by(asked.flow, rita)
    Stage.objects.update(approvals_needed=2)
    asked = AccessRequest.objects.get(pk=asked.pk)
    given = forged(asked, adam, device, now=now)
    for _ in range(2):
        log.append("request.approval", actor=adam, now=now, request=asked, data={"seconds": 3600, "signature": given})
    assert "used before" in verdict(now=now)


def test_fewer_than_the_policy_needs_is_found(flow, adam, rita, device, now):
    Flow.objects.update(approve_with_passkey=True)
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    asked = factories.request_at(now=now)
    forge(asked, adam, now=now, signature=forged(asked, adam, device, now=now))
    assert "signed by 1, and its policy needs 2" in verdict(now=now)


@pytest.mark.parametrize(
    "broken", [{"statement": 7}, {"client_data": "!"}, {"authenticator_data": ""}, {"credential": []}, {"signature": 7}]
)
def test_what_can_not_be_read_is_found(asked, adam, device, tmp_path, now, broken):
    forge(asked, adam, now=now, signature={**forged(asked, adam, device, now=now), **broken})
    seal.sign(now=now)
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join(export.whole()))
    assert verify_audit.main([str(file)]) == 1


def unpacked(request, tmp_path, *, now):
    zipfile.ZipFile(io.BytesIO(b"".join(pack.stream(pack.of_request(request.ref), now=now)))).extractall(tmp_path)
    return tmp_path / "events.jsonl"


def run(folder, *python):
    command = [sys.executable, "-I", *python, "verify_audit.py", "events.jsonl"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def test_a_pack_has_all_that_it_takes_and_is_verified_offline(approved, tmp_path, now):
    factories.request_at(now=now)
    unpacked(approved, tmp_path, now=now)
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "; approvals by passkey: 1;" in done.stdout
    told = json.loads((tmp_path / f"requests/{approved.ref}.json").read_text())
    assert {"statement", "public_key", "attestation"} <= set(told["signatures"][0])
    assert told["decisions"][0]["signature"]


def test_without_cryptography_it_says_what_was_not_checked(approved, tmp_path, now):
    unpacked(approved, tmp_path, now=now)
    done = run(tmp_path, "-S")
    assert done.returncode == 3
    assert "Signatures that were NOT checked: " in done.stdout


def test_a_pack_without_the_registration_says_that_it_could_not_be_checked(approved, tmp_path, now):
    file = unpacked(approved, tmp_path, now=now)
    lines = [one for one in file.read_text().splitlines() if "passkey.registered" not in one]
    file.write_text("\n".join(lines))
    done = run(tmp_path)
    assert done.returncode == 3, done.stdout
    assert "NOT checked, as their registration is not in this file: 1." in done.stdout


def test_a_passkey_that_is_registered_after_the_fact_is_found_in_a_pack(asked, adam, now, tmp_path):
    device = Authenticator()
    given = forged_with_unregistered(asked, adam, device, now=now)
    forge(asked, adam, now=now, signature=given)
    facts = {"passkey": "Key", "credential": given["credential"], "public_key": "", "site": "usher.example.com"}
    log.append("passkey.registered", actor=adam, now=now, subject=adam, data={**facts, "counts_from": now.isoformat()})
    assert "nobody had registered by then" in verdict(now=now)


def forged_with_unregistered(asked, adam, device, *, now):
    device_of(adam, now=now)
    return forged(asked, adam, device, now=now)
