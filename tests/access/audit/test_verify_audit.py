"""verify_audit.py checks an export without the portal: on an auditor's laptop, line by line."""

import json
import random
import subprocess
import sys

import pytest
from django.core.management import call_command

from access.audit import export, keys, log, seal, verify_audit
from access.models import AuditEvent
from tests import chain, source
from tests.access.audit.tamper import bend, compute_anew, sql

pytestmark = pytest.mark.django_db
SCRIPT = source.ROOT / "access/audit/verify_audit.py"


@pytest.fixture
def file(tmp_path, now):
    for number in range(150):
        log.append("test.a", actor="x", now=now, data={"n": number, "ü": [1.5, None]})
    seal.sign(now=now)
    path = tmp_path / "events.jsonl"
    call_command("audit", "export", str(path))
    return path


def run(path, *options: str, python=("-I",)) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, str(SCRIPT), str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def test_a_whole_export_holds(file):
    done = run(file, "--key", keys.ring().newest.public)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Events read: 150;" in done.stdout
    assert done.stdout.endswith("It holds.\n")


def test_without_cryptography_it_says_what_was_not_checked(file):
    done = run(file, python=("-I", "-S"))
    assert done.returncode == 3
    assert "Signatures that were NOT checked: " in done.stdout


def test_another_key_than_the_portals_is_found(file):
    done = run(file, "--key", "ab" * 32)
    assert (done.returncode, "signed with another key" in done.stdout) == (1, True)


def lines(file):
    return file.read_text().splitlines()


def changed(all_lines, draw):
    at = draw.choice([n for n, one in enumerate(all_lines) if '"type"' in one])
    told = json.loads(all_lines[at])
    name = draw.choice(["actor", "at", "type", "data", "subject", "actor_id", "hash", "previous"])
    told[name] = {"n": "bent"} if name == "data" else 99 if name == "actor_id" else f"{told[name]}0"
    return [*all_lines[:at], json.dumps(told), *all_lines[at + 1 :]]


def removed(all_lines, draw):
    at = draw.choice([n for n, one in enumerate(all_lines) if '"type"' in one])
    return all_lines[:at] + all_lines[at + 1 :]


def exchanged(all_lines, draw):
    at = draw.randrange(1, len(all_lines) - 2)
    return [*all_lines[:at], all_lines[at + 1], all_lines[at], *all_lines[at + 2 :]]


def doubled(all_lines, draw):
    at = draw.choice([n for n, one in enumerate(all_lines) if '"type"' in one])
    return all_lines[: at + 1] + all_lines[at:]


def torn(all_lines, draw):
    at = draw.randrange(1, len(all_lines))
    return [*all_lines[:at], all_lines[at][:-5], *all_lines[at + 1 :]]


@pytest.mark.parametrize("deed", [changed, removed, exchanged, doubled, torn])
def test_every_bent_export_is_found(file, deed, capsys):
    draw = random.Random(deed.__name__)
    whole = lines(file)
    for _ in range(40):
        file.write_text("\n".join(deed(whole, draw)) + "\n")
        assert verify_audit.main([str(file)]) == 1
    assert "It does NOT hold." in capsys.readouterr().out


def test_a_cut_export_is_found_with_an_anchor(file, tmp_path, capsys):
    [*_rest, last] = lines(file)
    (tmp_path / "anchor.json").write_text(last)
    file.write_text("\n".join(lines(file)[:-30]) + "\n")
    assert verify_audit.main([str(file)]) == 0
    assert verify_audit.main([str(file), "--anchors", str(tmp_path / "anchor.json")]) == 1
    assert "its end was cut off" in capsys.readouterr().out


def test_a_part_is_proven_by_digests_and_tells_nothing_else(tmp_path, now):
    for number in range(250):
        log.append("test.a", actor="x", now=now, request=None, data={"n": number})
    seal.sign(now=now)
    chain.sealed()
    path = tmp_path / "part.jsonl"
    some = AuditEvent.objects.filter(seq__in=(3, 5, 140, 250))
    path.write_bytes(b"".join(export.proven(some)))
    assert path.read_text().count('"type"') == 4
    done = run(path)
    assert (done.returncode, "Events read: 4;" in done.stdout, "no seal" in done.stdout) == (0, True, False)
    bent = path.read_text().replace('"data":{"n":139}', '"data":{"n":140}')
    path.write_text(bent)
    assert run(path).returncode == 1


def test_a_file_that_is_none_is_said(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe\x00nonsense\n[]\n")
    assert run(path).returncode == 1
    assert run(tmp_path / "nowhere").returncode == 2
    assert run(path, "--nonsense").returncode == 2


def random_edit(draw, last: int) -> None:
    """What somebody may do who owns the database and has no key."""
    seq = draw.randrange(1, last + 1)
    deed = draw.choice(["bend", "anew", "delete", "cut", "swap", "slip", "unseal"])
    if deed in ("bend", "anew"):
        name = draw.choice(["actor", "type", "subject", "request_ref", "grant_ref", "actor_name"])
        bend(seq, **{name: f"eve{draw.randrange(99)}"})
        if deed == "anew":
            compute_anew()
    elif deed == "delete":
        sql("DELETE FROM access_auditevent WHERE seq = %s", seq)
    elif deed == "cut":
        sql("DELETE FROM access_auditevent WHERE seq >= %s", seq)
    elif deed == "swap":
        other = seq % last + 1
        sql("UPDATE access_auditevent SET seq = %s WHERE seq = %s", 10**9, seq)
        sql("UPDATE access_auditevent SET seq = %s WHERE seq = %s", seq, other)
        sql("UPDATE access_auditevent SET seq = %s WHERE seq = %s", other, 10**9)
    elif deed == "slip":
        columns = "at, actor, type, request_ref, grant_ref, subject, data, format, mark"
        sql(
            f"INSERT INTO access_auditevent ({columns}, previous) SELECT {columns.replace('actor', 'type')}, ''"  # noqa: S608
            " FROM access_auditevent WHERE seq = %s",
            seq,
        )
    else:
        sql("UPDATE access_auditevent SET seq = NULL, hash = NULL WHERE seq = %s", seq)
