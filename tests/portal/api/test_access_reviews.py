"""Access reviews through the API: as far as the pages show them, in parts, at a fixed cost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.evidence.access_reviews import begin, decide
from access.models import Finding
from tests import factories
from tests.portal.api.test_auth import is_problem


def stands(number):
    target = factories.target()
    return Finding.objects.create(
        integration=target.integration, target=target, kind="standing", key=f"k{number}", first_seen_at=timezone.now(),
        account_id=f"a{number}", email=f"somebody{number}@example.com",
    )  # fmt: skip


def started(by, title="Third quarter"):
    return begin.start(
        title=title, targets=[factories.target()], every_target=False, reviewers="approvers", group=None,
        deadline=timezone.now() + timedelta(days=10), by=by, now=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def review(flow, olga):
    for number in range(3):
        stands(number)
    return started(olga)


def test_how_far_one_is(caller, review, adam):
    row = review.rows.order_by("pk").first()
    decide.decide(row, verdict=decide.Verdict.KEEP, by=adam, why="On the team.", now=timezone.now())
    [told] = caller(adam).get("/access-reviews").json()["items"]
    assert told == caller(adam).get(f"/access-reviews/{review.ref.lower()}").json()
    assert (told["ref"], told["state"], told["targets"], told["closed_at"]) == (review.ref, "open", ["prod"], None)
    assert told["rows"] == {"waiting": 2, "kept": 1, "removing": 0, "removed": 0, "left_in": 0, "dropped": 0}
    [kept] = caller(adam).get(f"/access-reviews/{review.ref}/rows?state=kept").json()["items"]
    assert (kept["account"], kept["why"], kept["decided_by"]["email"]) == (
        "somebody0@example.com", "On the team.", "adam@example.com",
    )  # fmt: skip


def test_rows_come_in_parts_and_none_twice(caller, review, adam):
    seen, cursor = [], ""
    while cursor is not None:
        answer = caller(adam).get(
            f"/access-reviews/{review.ref}/rows?limit=1" + (f"&cursor={cursor}" if cursor else "")
        )
        seen += [one["account"] for one in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
    assert seen == [f"somebody{number}@example.com" for number in range(3)]


@pytest.mark.parametrize("query", ["state=gone", "cursor=MQ", "cursor=x", "limit=0", "who=adam"])
def test_what_is_wrong_is_said(caller, review, adam, query):
    is_problem(caller(adam).get(f"/access-reviews/{review.ref}/rows?{query}"), 400)


def test_who_has_nothing_to_do_with_it_does_not_learn_that_it_is_there(caller, review, jon, rita):
    for who in (jon, rita):
        assert caller(who).get("/access-reviews").json()["items"] == []
        for path in (f"/access-reviews/{review.ref}", f"/access-reviews/{review.ref}/rows"):
            told = is_problem(caller(who).get(path), 404)
            assert told["detail"] == is_problem(caller(who).get("/access-reviews/V-ZZZZZ"), 404)["detail"]


def test_a_list_takes_as_many_queries_at_any_size(caller, review, olga, django_assert_max_num_queries):
    api = caller(olga)
    with django_assert_max_num_queries(8) as few:
        api.get("/access-reviews")
    for number in range(5):
        started(olga, title=f"Review {number}")
    with django_assert_max_num_queries(len(few)):
        assert len(api.get("/access-reviews").json()["items"]) == 6
