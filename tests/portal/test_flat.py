"""A hundred times the past costs a page no more: as many statements, and as little of the database touched.

The newest two hundred requests are the same both times; what is added is older, and over.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.core.states import GrantState, RequestState
from access.models import AccessRequest, Asked, Decision, Grant, User
from bench import looks, touched
from bench.past import Past
from tests.portal.pages import HTMX

NEWEST, OLDER = 200, 199  # times those of the newest that are over
SUBMISSIONS = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
# What may grow, and why: each reads all that some people have asked for, which is a hundred times as much, too. Of the
# rest nothing may by more than twice, and by what the trees of its indexes are deeper.
LATEST = "The newest hundred that one sees are looked through, and most see fewer of two hundred."
BEFORE = "Which time it is for each of these people: what they were given before is counted."
MAY_GROW = {
    "postgresql": {
        "review, decided": BEFORE, "review, all": BEFORE,
        "search": LATEST,
    },
    # SQLite looks for one's own request of each target among all of the target, and orders all that asks somebody
    # before it takes the newest.
    "sqlite": dict.fromkeys(
        [
            "ask", "ask, fragment", "requests, own", "requests, all", "requests, deep", "requests, pending",
            "requests, a person's", "request, settled", "review, for me", "review, decided", "review, all", "search",
        ],
        "Filters and reasons of a list are looked up in all requests of a target, a flow or a person.",
    ),
}  # fmt: skip
MORE, DEEPER = 2, {"sqlite": 1_000, "postgresql": 150}
# Reckoned by month, held by their own tests, or without lists.
LEFT_OUT = ("report", "admin", "account", "polled", "unchanged", "API")


def grow():
    """Copy what is over, each copy with numbers of its own below those that there are."""
    over = f"state <> '{RequestState.PENDING}' AND (grant_id IS NULL OR grant_id IN ({_ended()}))"
    copied(Grant, f"state = '{GrantState.ENDED}'", ref="G", own=["id"])
    copied(AccessRequest, over, ref="R", own=["id", "grant_id"])
    of_them = f"request_id IN (SELECT id FROM access_accessrequest WHERE id > 0 AND {over})"  # noqa: S608
    copied(Asked, of_them, own=["id", "request_id"])
    copied(Decision, of_them, own=["id", "request_id"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE") if connection.vendor == "postgresql" else None


def _ended():
    return f"SELECT id FROM access_grant WHERE state = '{GrantState.ENDED}'"  # noqa: S608


def copied(model, which, *, own, ref=""):
    quoted = {one.column: f'"{one.column}"' for one in model._meta.concrete_fields}
    new = quoted | {name: f'-(k * 10000 + "{name}")' for name in own}
    new |= {"submission": SUBMISSIONS[connection.vendor]} if "submission" in new else {}
    new |= {"ref": f"'{ref}-' || CAST(k * 10000 + id AS text)"} if ref else {}
    sql = f"""
        INSERT INTO {model._meta.db_table} ({", ".join(quoted.values())})
        WITH RECURSIVE times (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM times WHERE k < {OLDER})
        SELECT {", ".join(new.values())} FROM {model._meta.db_table}, times WHERE id > 0 AND {which}
    """  # noqa: S608  nothing that anybody typed
    with connection.cursor() as cursor:
        cursor.execute(sql)


def fresh_files():
    """What other tests wrote and took back stands in PostgreSQL's files until it cleans them, and is read past."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE access_user, access_target, access_flow CASCADE")


@pytest.fixture
def people(db, now):
    fresh_files()
    Past(NEWEST, now - timedelta(minutes=1)).write()
    return {one: User.objects.get(email=f"person{one:03}@example.com") for one in looks.NAMES}


def looked(browser, look):
    """Statements, and how much they touch: pages of PostgreSQL, or instructions of SQLite."""
    headers = HTMX if look.htmx else {}
    with CaptureQueriesContext(connection) as seen:
        answers = []
        steps = touched.instructions(lambda: answers.append(browser.get(look.path, headers=headers)))
    assert answers[0].status_code == 200, look
    asked = [one["sql"] for one in seen.captured_queries]
    return len(asked), steps if connection.vendor == "sqlite" else touched.buffers(asked)


def test_no_list_reads_more_for_a_longer_past(people, sign_in, now):
    browsers = {number: sign_in(person) for number, person in people.items()}
    hot = [one for one in looks.ALL if not any(word in one.name for word in LEFT_OUT)]
    hot = [looks.Look(one.name, one.who, one.path.replace("R-000500", "R-000080"), one.bound, one.htmx) for one in hot]
    short = {(one.name, one.who): looked(browsers[one.who], one) for one in hot}
    grow()
    assert AccessRequest.objects.count() > 15_000
    long = {(one.name, one.who): looked(browsers[one.who], one) for one in hot}
    assert {one: found[0] for one, found in long.items() if found[0] > short[one][0]} == {}
    most = {one: found[1] * MORE + DEEPER[connection.vendor] for one, found in short.items()}
    grew = {one: (short[one][1], found[1]) for one, found in long.items() if found[1] > most[one]}
    assert {one: told for one, told in grew.items() if one[0] not in MAY_GROW[connection.vendor]} == {}
