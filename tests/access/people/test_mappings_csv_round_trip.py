"""What is exported can be imported, and changes nothing. No cell is a formula."""

import csv
import io

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from access.models import DirectoryPerson, User, UserMapping
from access.people import mappings_csv
from access.people.mappings_csv.cells import guarded, unguarded
from tests import factories
from tests.access.people.mapping_files import MAIN, SECOND, account, everything, second_integration

pytestmark = pytest.mark.django_db

# A database stores neither halves of characters nor a null character.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NASTY = st.sampled_from(["=1+1", "'=1", "''", "' =2", "@x", "-", "+\t", '"', '",', ";=1", "\r\n=1", "`", "＝1", " "])
ACCOUNT_EMAILS = ANY_TEXT | NASTY
ACCOUNT_IDS = st.text("=+-@'\"`,;u1é", min_size=1, max_size=8)
LOCAL_PARTS = st.text("=+-'`.u1", min_size=1, max_size=8)
STANDS = st.sampled_from(["left", "here", "unseen", "none"])
ROWS = st.lists(
    st.tuples(LOCAL_PARTS, ACCOUNT_IDS, ACCOUNT_EMAILS, STANDS),
    unique_by=(lambda row: row[0], lambda row: row[1]),
    max_size=6,
)


def exported() -> bytes:
    return "".join(mappings_csv.lines()).encode()


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_an_export_tells_each_mapping_and_how_it_stands(jon, adam, rita, integration, now):
    second = second_integration()
    account("u-1", "jon@new.example.com", integration=second)
    UserMapping.objects.create(
        user=jon,
        integration=second,
        account_id="u-1",
        method="manual",
        matched_at=now,
        email_at_match="jon@example.com",
    )
    mapping = factories.mapping(adam)
    DirectoryPerson.objects.filter(external_id=mapping.account_id).update(gone_at=now)
    UserMapping.objects.create(user=rita, integration=integration, problem="ambiguous")

    assert cells(exported()) == [
        ["integration", "email", "account_id", "account_email", "method", "status"],
        [MAIN, "adam@example.com", mapping.account_id, "adam@example.com", "email", "left"],
        [MAIN, "rita@example.com", "", "", "", "ambiguous"],
        [SECOND, "jon@example.com", "u-1", "jon@new.example.com", "manual", "renamed"],
    ]
    assert mappings_csv.plan(exported()).wrong == ()


def test_an_export_of_nothing_has_its_header_and_can_be_imported(db):
    assert cells(exported()) == [["integration", "email", "account_id", "account_email", "method", "status"]]
    assert mappings_csv.plan(exported()).wrong == ()


def test_an_export_is_the_same_every_time(jon, adam, rita, integration):
    for user in (rita, jon, adam):
        factories.mapping(user)
    assert exported() == exported()
    assert [row[1] for row in cells(exported())[1:]] == ["adam@example.com", "jon@example.com", "rita@example.com"]


@pytest.mark.parametrize("email", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", "'=1"])
def test_no_cell_is_run_by_a_spreadsheet(jon, integration, now, email):
    account("u-1", email)
    UserMapping.objects.create(user=jon, integration=integration, account_id="u-1", matched_at=now)
    [_header, row] = cells(exported())
    assert row[3] == f"'{email}"
    assert mappings_csv.plan(exported()).wrong == ()


def test_every_cell_is_quoted_for_spreadsheets_that_separate_otherwise(jon, integration):
    account("u-1", "x;=1")
    factories.mapping(jon, account_id="u-1")
    assert '"x;=1"' in exported().decode()


@given(ANY_TEXT | NASTY)
def test_a_guard_is_taken_away_exactly(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip().startswith(("=", "+", "-", "@"))


@settings(max_examples=60)
@given(ROWS)
@example([("=u", "=1", "=1", "here"), ("'u", "'=1", "", "left"), ("u", "-1", " \r\n'=1", "here")])
def test_importing_any_export_changes_nothing(now, integration, rows):
    with transaction.atomic():
        for local, id_, email, stands in rows:
            keep(local, id_, email, stands, integration, now)
        before = everything()

        plan = mappings_csv.apply(exported(), actor="cli", now=now)

        assert (plan.wrong, plan.changes) == ((), ())
        assert everything() == before
        transaction.set_rollback(True)


def keep(local, id_, email, stands, integration, now):
    user = User.objects.create(email=f"{local}@example.com")
    if stands == "none":
        UserMapping.objects.create(user=user, integration=integration, problem="missing")
        return
    if stands != "unseen":
        account(id_, email, gone_at=now if stands == "left" else None)
    UserMapping.objects.create(user=user, integration=integration, account_id=id_, matched_at=now)
