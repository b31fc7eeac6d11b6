"""What is written at once is what the factories make row by row."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import committed_rows, factories, organization
from tests.story import Story

pytestmark = pytest.mark.django_db

STORIES = [(organization.INTEGRATION, []), (factories.FLOW, ["adam"])]


def everything():
    """All rows by their tables; the place in its table for each key, and no times."""
    rows = committed_rows.rows()
    places = {(model, row[model._meta.pk.attname]): n for model in rows for n, row in enumerate(rows[model])}
    return {model: [told(model, row, places) for row in found] for model, found in rows.items()}


def told(model, row, places):
    fields = {one.attname: one for one in model._meta.concrete_fields}
    keys = {name: one.related_model or model for name, one in fields.items() if one.is_relation or one.primary_key}
    plain = {name: "a time" if isinstance(value, datetime) else value for name, value in row.items()}
    return plain | {name: places.get((of, row[name])) for name, of in keys.items()}


def known(row):
    """What is known of a row, and of those it points to, without a question."""
    facts = {name: value for name, value in vars(row).items() if name != "_state"}
    others = {name: known(other) for name, other in row._state.fields_cache.items()}
    return told(type(row), facts, {}), others, row._state.adding, row._state.db


def empty(story):
    for model in reversed(story.models):
        model.objects.all().delete()


@pytest.mark.parametrize(("story", "names"), STORIES)
def test_the_rows_and_the_answer_are_the_same(story, names):
    given, before = [factories.person(one) for one in names], everything()
    made, rows = known(story.make(*given)), everything()
    assert {model for model in rows if rows[model] != before.get(model)} == set(story.models)
    again = Story(story.make, *story.models)
    for _turn in ("put together", "only written"):
        empty(story)
        assert again.may_begin()
        assert (known(again.write(*given)), everything()) == (made, rows)
        assert not again.may_begin()


def test_times_are_those_at_which_it_is_written(monkeypatch):
    factories.flow()
    empty(factories.FLOW)
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert factories.flow().strategy.integration.due_at == later
