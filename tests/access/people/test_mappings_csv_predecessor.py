"""The predecessor's table of identities can be imported as it was exported."""

import pytest

from access.people import mappings_csv
from tests.access.people.mapping_files import (
    MAIN,
    SECOND,
    SECOND_ORGANIZATION,
    account,
    current,
    file,
    second_integration,
)

pytestmark = pytest.mark.django_db

HEADER = "aptible:{},slack:T123ABC,sym:cloud,User ID"


@pytest.fixture
def header(integration):
    account("u-1", "one@example.com")
    account("u-2", "two@example.com")
    return HEADER.format(integration.external_id)


def told(data: bytes) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in mappings_csv.plan(data).wrong]


def test_people_are_found_by_their_email_and_accounts_by_their_id(header, jon, adam, now):
    data = file("u-1,U0001,jon@example.com,a1", "u-2,,Adam@example.com,a2", header=header)

    plan = mappings_csv.apply(data, actor="cli", now=now)

    assert current() == {(MAIN, jon.email): "u-1", (MAIN, adam.email): "u-2"}
    assert [(one.line, one.text) for one in plan.left_out] == [
        (1, "The column “slack:T123ABC” is left out: it is of another service.")
    ]
    assert mappings_csv.plan(data).changes == ()


def test_people_without_an_account_need_not_be_here(header, jon):
    plan = mappings_csv.plan(file(",U0001,stranger@example.com,a1", "u-1,,jon@example.com,a2", header=header))
    assert (plan.wrong, len(plan.changes)) == ((), 1)


def test_several_organizations_have_a_column_each(header, jon):
    second = second_integration()
    account("u-3", "jon@example.com", integration=second)
    plan = mappings_csv.plan(
        file("u-1,,jon@example.com,a1,u-3", header=f"{header},APTIBLE:{SECOND_ORGANIZATION.upper()}")
    )
    assert [(one.integration.name, one.after) for one in plan.changes] == [(MAIN, "u-1"), (SECOND, "u-3")]


@pytest.mark.parametrize("quote", ["`", '"'])
def test_both_quotation_marks_of_the_predecessor_are_read(header, jon, quote):
    plan = mappings_csv.plan(file(f"{quote}u-1{quote},{quote}a,b{quote},jon@example.com,a1", header=header))
    assert [one.after for one in plan.changes] == ["u-1"]


def test_a_backtick_within_a_value_quotes_nothing(header, jon):
    assert len(mappings_csv.plan(file("u-1,a`b,jon@example.com,a1", header=header)).changes) == 1


def test_an_unknown_column_is_refused(header, jon):
    expected = "These are: sym:cloud, aptible:<organization id>, User ID."
    assert told(file("u-1,,jon@example.com,a1,x,y", header=f"{header},aptibel:x,Team")) == [
        (1, f"The column “Team” is not known. {expected}"),
        (1, f"The column “aptibel:x” is not known. {expected}"),
    ]


def test_an_organization_without_an_integration_is_refused(header, jon):
    assert told(file("u-1,,jon@example.com,a1,u-9", header=f"{header},aptible:0000")) == [
        (1, "No integration is for the Aptible organization “0000”. Add one, or take the column out.")
    ]


def test_a_table_without_emails_or_accounts_is_refused(header):
    assert told(file("U1,a1", header="slack:T1,User ID")) == [
        (1, "No column is named “aptible:” and the id of an organization."),
        (1, "The people's e-mails must be in exactly one column: “sym:cloud”."),
    ]


def test_an_organization_twice_is_refused(header, jon):
    [wrong] = told(file("u-1,,jon@example.com,a1,u-2", header=f"{header},{header.split(',')[0].upper()}"))
    assert wrong[1].endswith("is there twice.")


def test_every_line_that_is_wrong_is_told(header, jon, adam):
    data = file(
        "u-9,,jon@example.com,a1", "u-1,,,a2", "u-1,,stranger@example.com,a3", "u-2,,jon@example.com,a4", "u-2,,adam@x",
        header=header,
    )  # fmt: skip
    assert told(data) == [
        (2, f"{MAIN} has no account with the id “u-9”."),
        (2, f"“jon@example.com” in {MAIN} is also on line 5."),
        (3, "The person's e-mail is missing."),
        (4, "Nobody here has the e-mail “stranger@example.com”."),
        (5, f"“jon@example.com” in {MAIN} is also on line 2."),
        (6, "Values in this line: 3, but in the header: 4."),
    ]
