"""Many rows, read in slices by key: all of them, each once, in order, whatever the size of a slice."""

import re

import pytest

from access.core.slices import in_slices
from access.models import User
from tests import source

ORDERS = [("pk",), ("-pk",), ("name", "pk"), ("name", "email", "pk")]


@pytest.fixture
def people(db):
    User.objects.bulk_create(User(email=f"p{at}@example.com", name=f"Name {at % 3}") for at in range(10))
    return User.objects.all()


@pytest.mark.parametrize("keys", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 5, 10, 99])
def test_each_row_comes_once_and_in_order(people, keys, size):
    assert list(in_slices(people, *keys, size=size)) == list(people.order_by(*keys))


def test_values_and_names_of_other_tables_do_as_well(people):
    rows = people.values("pk", "name")
    assert list(in_slices(rows, "name", "pk", size=3)) == list(rows.order_by("name", "pk"))


def test_each_slice_is_one_query_and_a_short_one_the_last(people, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert len(list(in_slices(people, "pk", size=3))) == 10


def test_nothing_is_read_through_a_cursor_that_a_pooler_would_take_away():
    """PgBouncer may hand each query to another connection."""
    found = [
        str(path.relative_to(source.ROOT))
        for folder in ("access", "portal", "integrations")
        for path in (source.ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and re.search(r"\.iterator\(", path.read_text())
    ]
    assert found == []
