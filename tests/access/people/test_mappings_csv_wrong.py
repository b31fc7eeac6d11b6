"""Files that can't be followed: nothing changes, and every line that is wrong is told."""

import pytest

from access.models import AuditEvent, DirectoryPerson
from access.people import mappings_csv
from tests import factories
from tests.access.people.mapping_files import HEADER, MAIN, SECOND, account, everything, file, second_integration

pytestmark = pytest.mark.django_db

JON = f"{MAIN},jon@example.com"
ADAM = f"{MAIN},adam@example.com"
QUOTES = "The quotation marks on this line are broken: each that is opened must be closed before the next comma."
NOT_UTF8 = "This line is not UTF-8. Save the file as CSV in UTF-8."
NO_TEXT = "This line has characters that are no text. Save the file as CSV in UTF-8."
COLUMNS = "These are: integration, email, account_id, account_email, method, status."


@pytest.fixture(autouse=True)
def world(jon, adam, rita, integration, now):
    """u-1 and u-2 are free, u-rita is taken, u-left is gone, two accounts share an e-mail."""
    second_integration()
    account("u-1", "one@example.com")
    account("u-2", "two@example.com")
    account("u-rita", "rita@old.example.com")
    account("u-left", "left@example.com", gone_at=now)
    account("u-twin-1", "twin@example.com")
    account("u-twin-2", "Twin@example.com")
    factories.mapping(rita, account_id="u-rita")


WRONG = {
    "an empty file": (b"", [(1, "The file is empty.")]),
    "nothing but white space": (b" \r\n\n", [(1, "The file is empty.")]),
    "nothing but a mark of UTF-8": (b"\xef\xbb\xbf", [(1, "The file is empty.")]),
    "nothing but commas": (b",,,\n,,,\n", [(1, "The file is empty.")]),
    "UTF-16": (file(f"{JON},u-1,").decode().encode("utf-16"), [(1, "The file is UTF-16. Save it as CSV in UTF-8.")]),
    "UTF-16 without a mark": ("a,b\n".encode("utf-16-le"), [(1, NO_TEXT), (2, NO_TEXT)]),
    "a spreadsheet": (b"PK\x03\x04\x14\x00", [(1, "The file is a spreadsheet. Save it as CSV in UTF-8.")]),
    "Latin-1 on some lines": (
        file(f"{JON},u-1,") + f"{ADAM},,\xfcber@example.com\n{MAIN},j\xf6rg@example.com,u-2,\n".encode("latin-1"),
        [(3, NOT_UTF8), (4, NOT_UTF8)],
    ),
    "Latin-1 in the header": ("integration,email,a\xe9\n".encode("latin-1") + b"a,b,c\n", [(1, NOT_UTF8)]),
    "a null character": (file(f"{JON},u-1\0,"), [(2, NO_TEXT)]),
    "an unknown column": (
        file(f"{JON},u-1,x,y", header="integration,email,account_id,acount_email,"),
        [(1, "A column has no name."), (1, f"The column “acount_email” is not known. {COLUMNS}")],
    ),
    "a column twice": (
        file(f"{JON},u-1,u-2", header="integration,email,account_id,Account_ID"),
        [(1, "The column “account_id” is there twice.")],
    ),
    "missing columns": (
        file("x", header="status"),
        [
            (1, "One of the columns “account_id” and “account_email” is missing."),
            (1, "The column “email” is missing."),
            (1, "The column “integration” is missing."),
        ],
    ),
    "semicolons": (
        file(f"{JON},u-1,".replace(",", ";"), header=HEADER.replace(",", ";")),
        [
            (1, "One of the columns “account_id” and “account_email” is missing."),
            (1, f"Separate the columns by commas: “{HEADER.replace(',', ';')}” is read as one column."),
            (1, "The column “email” is missing."),
            (1, "The column “integration” is missing."),
        ],
    ),
    "too few and too many values": (
        file(f"{JON},u-1", f"{ADAM},u-2,,x"),
        [
            (2, "Values in this line: 3, but in the header: 4."),
            (3, "Values in this line: 5, but in the header: 4."),
        ],
    ),
    "a quotation mark that is never closed": (file(f'{JON},"u-1,', f"{ADAM},u-2,"), [(2, QUOTES)]),
    "broken quotation marks on two lines": (
        file(f'{JON},"u-1"x,', f"{MAIN},rita@example.com,,", f'{ADAM},"u-2,'),
        [(2, QUOTES), (4, QUOTES)],
    ),
    "broken quotation marks in the header": (file(f"{JON},u-1,", header='integration,"email'), [(1, QUOTES)]),
    "a value without end": (
        file(f'{JON},"{"x" * 140_000}",'),
        [(2, "A value on this line is too long, or a quotation mark before it is never closed.")],
    ),
    "an integration that is none": (
        file("other,jon@example.com,u-1,", ",adam@example.com,u-2,"),
        [
            (2, f"There is no integration “other”. There are: {MAIN}, {SECOND}."),
            (3, "The integration is missing."),
        ],
    ),
    "people who are not here": (
        file(f"{MAIN},nobody@example.com,u-1,", f"{MAIN},,u-2,"),
        [(2, "Nobody here has the e-mail “nobody@example.com”."), (3, "The person's e-mail is missing.")],
    ),
    "two things on one line": (
        file("other,nobody@example.com,u-1,"),
        [
            (2, "Nobody here has the e-mail “nobody@example.com”."),
            (2, f"There is no integration “other”. There are: {MAIN}, {SECOND}."),
        ],
    ),
    "an account that the organization does not have": (
        file(f"{JON},u-9,", f"{ADAM},,nine@example.com", f"{SECOND},jon@example.com,u-1,"),
        [
            (2, f"{MAIN} has no account with the id “u-9”."),
            (3, f"{MAIN} has no account with the e-mail “nine@example.com”."),
            (4, f"{SECOND} has no account with the id “u-1”."),
        ],
    ),
    "an account that left": (
        file(f"{JON},u-left,", f"{ADAM},,left@example.com"),
        [
            (2, f"The account “u-left” has left {MAIN}."),
            (3, f"The account “left@example.com” has left {MAIN}."),
        ],
    ),
    "an e-mail that several accounts have": (
        file(f"{JON},,twin@example.com"),
        [
            (
                2,
                f"Several accounts in {MAIN} have the e-mail “twin@example.com”."
                " Write the id of the one that is meant.",
            )
        ],
    ),
    "an id and an e-mail of different accounts": (
        file(f"{JON},u-1,two@example.com"),
        [
            (
                2,
                "The e-mail of the account “u-1” is not “two@example.com” but “one@example.com”."
                " Correct one of the two, or leave one empty.",
            )
        ],
    ),
    "a line twice": (
        file(f"{JON},u-1,", f"{ADAM},u-2,", f"{MAIN},Jon@example.com,u-1,", f"{JON},u-9,"),
        [
            (2, f"“jon@example.com” in {MAIN} is also on line 4."),
            (4, f"“jon@example.com” in {MAIN} is also on line 2."),
            (5, f"{MAIN} has no account with the id “u-9”."),
            (5, f"“jon@example.com” in {MAIN} is also on line 2."),
        ],
    ),
    "two people on one account": (
        file(f"{JON},u-1,", f"{ADAM},,one@example.com"),
        [
            (2, "The account “u-1” is also given to adam@example.com, on line 3."),
            (3, "The account “u-1” is also given to jon@example.com, on line 2."),
        ],
    ),
    "an account of somebody who is not in the file": (
        file(f"{JON},u-rita,"),
        [(2, "The account “u-rita” belongs to rita@example.com already.")],
    ),
    "an account of somebody whose line has none": (
        file(f"{JON},u-rita,", f"{MAIN},rita@example.com,,"),
        [(2, "The account “u-rita” belongs to rita@example.com already.")],
    ),
    "an account of somebody who keeps it": (
        file(f"{JON},u-rita,", f"{MAIN},rita@example.com,u-rita,"),
        [
            (2, "The account “u-rita” is also given to rita@example.com, on line 3."),
            (3, "The account “u-rita” is also given to jon@example.com, on line 2."),
        ],
    ),
    "what a terminal would obey": (
        file(f"{MAIN},\x1b[2J\u202enobody@example.com,u-1,"),
        [(2, "Nobody here has the e-mail “�[2J�nobody@example.com”.")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "told"), WRONG.values(), ids=WRONG.keys())
def test_a_file_that_is_wrong_changes_nothing_and_each_line_is_told(data, told, now):
    rows, events = everything(), AuditEvent.objects.count()

    plan = mappings_csv.apply(data, actor="olga@example.com", now=now)

    assert [(one.line, one.text) for one in plan.wrong] == told
    assert plan.changes == ()
    assert (everything(), AuditEvent.objects.count()) == (rows, events)


def test_good_lines_are_not_applied_when_another_is_wrong(now):
    rows = everything()
    plan = mappings_csv.apply(file(f"{JON},u-1,", f"{ADAM},u-9,"), actor="olga@example.com", now=now)
    assert [one.line for one in plan.wrong] == [3]
    assert everything() == rows


def test_a_long_value_is_cut_in_what_is_told():
    [remark] = mappings_csv.plan(file(f"{MAIN},{'x' * 5000},u-1,")).wrong
    assert len(remark.text) < 200


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + file(f"{JON},u-1,"),
        file(f"{JON},u-1,").replace(b"\n", b"\r\n"),
        file(f"{JON},u-1,").replace(b"\n", b"\r"),
        file("", f"{JON},u-1,", ",,,", "", ""),
        file(f' {MAIN} ,"jon@example.com"," U-1 ",'),
        file("jon@example.com,u-1," + MAIN, header=" Email ,ACCOUNT_ID,integration"),
        file(f"{JON},u-1,,manual,left", header=f"{HEADER},method,status"),
        f"{HEADER}\n{JON},u-1,".encode(),
    ],
    ids=["mark", "crlf", "cr", "empty-lines", "spaces", "order-and-case", "all-columns", "no-last-line-end"],
)
def test_a_file_may_come_from_any_editor(data):
    plan = mappings_csv.plan(data)
    assert plan.wrong == ()
    assert [(one.user.email, one.after) for one in plan.changes] == [("jon@example.com", "u-1")]


def test_the_number_of_a_line_is_that_of_an_editor():
    data = file(f'{MAIN},"jon@example.com\n\n",u-1,', "", f"{ADAM},u-9,")
    assert [one.line for one in mappings_csv.plan(data).wrong] == [6]


def test_thousands_of_broken_lines_are_all_told():
    data = file(*(f'{MAIN},"jon@example.com,u-{at},' for at in range(5000)))
    assert len(mappings_csv.plan(data).wrong) == 5000


def test_an_account_that_no_sync_has_seen_may_stay(jon):
    DirectoryPerson.objects.all().delete()
    factories.mapping(jon, account_id="u-unseen")
    assert mappings_csv.plan(file(f"{JON},u-unseen,")).wrong == ()
