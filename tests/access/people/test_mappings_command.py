"""`manage.py mappings`: what it prints, what it exits with."""

import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from access.core.errors import Conflict
from access.models import AuditEvent, DirectoryPerson
from access.people import mappings_csv
from tests import factories
from tests.access.people.mapping_files import MAIN, SECOND, account, current, everything, file, second_integration

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(jon, adam):
    """Jon and Adam have their accounts."""
    return {one.email: factories.mapping(one).account_id for one in (jon, adam)}


@pytest.fixture
def write(tmp_path):
    def write(data: bytes) -> str:
        path = tmp_path / "mappings.csv"
        path.write_bytes(data)
        return str(path)

    return write


def test_a_list_shows_each_person_their_account_and_how_it_stands(ids, capsys, now):
    DirectoryPerson.objects.filter(email="jon@example.com").update(gone_at=now)
    call_command("mappings", "list")
    jon, adam = (f"{one} ({ids[one]})" for one in ("jon@example.com", "adam@example.com"))
    assert capsys.readouterr().out.splitlines() == [
        f"{MAIN}  adam@example.com  {adam}  mapped",
        f"{MAIN}  jon@example.com   {jon}   left",
    ]


def test_a_list_can_be_narrowed_and_read_by_a_machine(ids, capsys, now):
    second_integration()
    DirectoryPerson.objects.filter(email="jon@example.com").update(gone_at=now)
    call_command("mappings", "list", "--status", "left", "--status", "renamed", "--integration", MAIN, "--json")
    assert json.loads(capsys.readouterr().out) == [
        {
            "integration": MAIN,
            "email": "jon@example.com",
            "account_id": ids["jon@example.com"],
            "account_email": "jon@example.com",
            "method": "email",
            "status": "left",
        }
    ]
    call_command("mappings", "list", "--integration", SECOND)
    assert capsys.readouterr().out == "There is no such user mapping.\n"


def test_an_integration_that_is_none_exits_with_2_and_the_names_there_are(ids):
    with pytest.raises(CommandError, match=f"There are: {MAIN}") as refused:
        call_command("mappings", "list", "--integration", "other")
    assert refused.value.returncode == 2


def test_an_export_can_be_imported_and_changes_nothing(ids, tmp_path, capsys):
    path = str(tmp_path / "mappings.csv")
    call_command("mappings", "export", path)
    assert capsys.readouterr().out == ""
    rows = everything()

    call_command("mappings", "import", path)

    assert capsys.readouterr().out == "There is nothing to change: all of it is so already.\n"
    assert everything() == rows


def test_an_export_goes_to_the_standard_output(ids, capsys):
    call_command("mappings", "export", "-")
    assert capsys.readouterr().out == "".join(mappings_csv.lines())


def test_a_dry_run_shows_each_change_and_makes_none(ids, write, capsys):
    account("u-1", "new@example.com")
    path, rows = write(file(f"{MAIN},jon@example.com,u-1,")), everything()

    call_command("mappings", "import", path, "--dry-run")

    assert capsys.readouterr().out == (
        f"Line 2: jon@example.com in {MAIN}: jon@example.com ({ids['jon@example.com']}) → new@example.com (u-1)\n"
        "1 user mapping would change.\n"
    )
    assert everything() == rows
    assert not AuditEvent.objects.exists()


def test_an_import_says_what_it_changed_and_the_log_says_who_did(ids, rita, write, capsys):
    account("u-1", "new@example.com")
    call_command(
        "mappings", "import", write(file(f"{MAIN},jon@example.com,u-1,", f"{MAIN},rita@example.com,,rita@example.com"))
    )
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.endswith("→ new@example.com (u-1)")
    assert f"rita@example.com in {MAIN}: – → rita@example.com (" in second
    assert last == "2 user mappings were changed."
    assert {event.actor.partition(":")[0] for event in AuditEvent.objects.filter(type="mapping.set")} == {"cli"}


def test_an_import_can_be_read_by_a_machine(ids, write, capsys):
    account("u-1", "new@example.com")
    data = file(f"{MAIN},jon@example.com,u-1,", f"{MAIN},adam@example.com,,adam@example.com")
    call_command("mappings", "import", write(data), "--json")
    told = json.loads(capsys.readouterr().out)
    [change] = told["changes"]
    assert (told["applied"], told["unchanged"], told["wrong"], told["left_out"]) == (True, 1, [], [])
    assert change == {
        "line": 2,
        "integration": MAIN,
        "email": "jon@example.com",
        "before": {"account_id": ids["jon@example.com"], "account_email": "jon@example.com"},
        "after": {"account_id": "u-1", "account_email": "new@example.com"},
    }


def test_a_file_that_is_wrong_exits_with_1_and_tells_each_line(ids, write, capsys):
    rows = everything()
    path = write(file(f"{MAIN},nobody@example.com,u-1,", f"{MAIN},jon@example.com,u-9,"))
    for more in ([], ["--dry-run"]):
        with pytest.raises(SystemExit) as left:
            call_command("mappings", "import", path, *more)
        assert left.value.code == 1
        assert capsys.readouterr().out.splitlines() == [
            "Line 2: Nobody here has the e-mail “nobody@example.com”.",
            f"Line 3: {MAIN} has no account with the id “u-9”.",
            "Nothing was changed: 2 lines are wrong.",
        ]
    assert everything() == rows


def test_a_file_that_is_wrong_is_told_to_a_machine_too(ids, write, capsys):
    with pytest.raises(SystemExit):
        call_command("mappings", "import", write(file(f"{MAIN},jon@example.com,u-9,")), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["applied"], told["changes"]) == (False, [])
    assert told["wrong"] == [{"line": 2, "text": f"{MAIN} has no account with the id “u-9”."}]


def test_a_column_that_is_left_out_is_told(ids, integration, write, capsys):
    header = f"aptible:{integration.external_id},slack:T1,sym:cloud,User ID"
    call_command("mappings", "import", write(file(",U1,jon@example.com,a1", header=header)))
    assert capsys.readouterr().out.splitlines() == [
        "Line 1: The column “slack:T1” is left out: it is of another service.",
        "There is nothing to change: all of it is so already.",
    ]


def test_an_import_reads_the_standard_input(ids, monkeypatch):
    account("u-1", "new@example.com")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(file(f"{MAIN},jon@example.com,u-1,"))))
    call_command("mappings", "import", "-")
    assert current()[MAIN, "jon@example.com"] == "u-1"


@pytest.mark.parametrize("way", ["import", "export"])
def test_a_file_that_cannot_be_opened_exits_with_2_and_the_reason(ids, way, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("mappings", way, str(tmp_path / "none" / "mappings.csv"))
    assert refused.value.returncode == 2
    assert str(refused.value).endswith("mappings.csv can't be used: No such file or directory.")


def test_somebody_who_was_first_exits_with_1(ids, write, monkeypatch):
    def first(*_args, **_kwargs):
        raise Conflict("Someone else was first.")

    monkeypatch.setattr(mappings_csv, "apply", first)
    with pytest.raises(CommandError, match="Someone else was first") as refused:
        call_command("mappings", "import", write(file()))
    assert refused.value.returncode == 1


@pytest.mark.parametrize("words", [[], ["list"], ["export"], ["import"]])
def test_the_help_shows_an_example(words, capsys):
    with pytest.raises(SystemExit) as left:
        call_command("mappings", *words, "--help")
    assert left.value.code == 0
    assert "Example:" in capsys.readouterr().out
