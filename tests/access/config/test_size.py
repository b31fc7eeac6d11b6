"""A plan asks the database equally often however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.aptible.simulator import seed
from tests.access.config import files

pytestmark = pytest.mark.django_db


def many(count: int) -> str:
    """The set-up with so many targets and flows."""
    ids = ", ".join(f"sym_target.t{number}.id" for number in range(count))
    text = files.FOUNDATION.replace("[sym_target.prod.id]", f"[sym_target.prod.id, {ids}]")
    target = files.FOUNDATION[files.FOUNDATION.index('resource "sym_target"') :]
    for number in range(count):
        text += target.replace('"prod"', f'"t{number}"').replace(seed.PROD_ROLE_ID.upper(), f"r-{number}")
        text += files.FLOW.replace('"prod"', f'"f{number}"').replace("production-access", f"flow-{number}")
    return text


def queries(folder, count, now) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as first:
        files.planned(folder, many(count), now=now)
    files.applied(folder, many(count), now=now)
    with CaptureQueriesContext(connection) as second:
        assert files.planned(folder, many(count), now=now).is_empty
    return len(first), len(second)


def test_the_queries_of_a_plan_do_not_grow_with_the_files(tmp_path, now, adam, jon):
    few = queries(tmp_path, 2, now)
    files.applied(tmp_path, "locals {\n}\n", now=now)
    assert queries(tmp_path, 12, now) == few
