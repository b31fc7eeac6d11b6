"""Who decides: by each rule, in the database's words and under the lock alike."""

import pytest

from access.models import AccessReview, AccessReviewRow, Finding, Group
from access.policy import access_reviewers
from access.policy.access_reviewers import Named
from tests import factories

pytestmark = pytest.mark.django_db

RULES = AccessReview.Reviewers.values


@pytest.fixture
def crowd(flow, jon, adam, rita, olga):
    """Jon reports to Rita, Adam and the group Security approve Prod, and so does whose manager it is; some can't."""
    jon.manager = rita
    jon.save()
    gone = factories.person("gone", is_active=False)
    auditor = factories.person("avery", is_auditor=True)
    security = factories.group("Security", factories.person("sally"), gone, auditor)
    factories.stage(flow, security, managers=True)
    factories.mapping(adam)
    return [jon, adam, rita, olga, factories.person("sally"), gone, auditor, factories.person("stranger")]


@pytest.fixture
def rows(crowd, target, now):
    """A standing row for each of them, one of nobody's here, and one of an account that is mapped to Adam."""

    def rows(review):
        people = [*crowd, None]
        found = [
            Finding.objects.create(
                integration=target.integration, target=target, kind="standing", key=f"{review.pk}-{number}",
                first_seen_at=now, email=person.email if person else "", account_id=f"a-{number}", person=person,
            )
            for number, person in enumerate(people)
        ]  # fmt: skip
        mapped = Finding.objects.create(
            integration=target.integration, target=target, kind="standing", key=f"{review.pk}-mapped",
            first_seen_at=now, email="odd@example.com", account_id=factories.account_id(crowd[1]),
        )  # fmt: skip
        return AccessReviewRow.objects.bulk_create(
            AccessReviewRow(review=review, target=target, finding=one, person=one.person, joined_at=now)
            for one in [*found, mapped]
        )

    return rows


@pytest.fixture
def review(crowd, olga, now):
    def review(rule):
        group = Group.objects.get(name="security") if rule == "group" else None
        return AccessReview.objects.create(
            ref=f"V-{rule[:5]}", title=rule, reviewers=rule, group=group, started_at=now, started_by=olga,
            deadline=now.replace(year=2027), tell_at=now, due_at=now,
        )  # fmt: skip

    return review


@pytest.mark.parametrize("rule", RULES)
def test_both_ways_to_say_the_rule_agree(rule, review, rows, crowd):
    made = review(rule)
    listed = rows(made)
    named = Named(made, listed)
    for person in crowd:
        by_database = set(access_reviewers.waiting(person).filter(review=made).values_list("pk", flat=True))
        assert by_database == {one.pk for one in listed if named.may_decide(one, person)}, person


def decides(made, row):
    return {one.email.partition("@")[0] for one in Named(made, [row]).of(row)}


def test_whom_each_rule_names(review, rows, crowd):
    for rule, expected in {
        "approvers": {"adam", "sally", "rita"}, "manager": {"rita"}, "group": {"sally"}, "admins": {"olga"},
    }.items():  # fmt: skip
        made = review(rule)
        assert decides(made, rows(made)[0]) == expected, rule  # Jon's


def test_nobody_is_named_for_their_own(review, rows, crowd):
    made = review("approvers")
    listed = rows(made)
    assert "adam" not in decides(made, listed[1])
    assert "adam" not in decides(made, listed[-1])  # by his user mapping
    assert decides(made, listed[2]) == {"adam", "sally"}  # Rita's, who has no manager


def test_it_takes_the_same_number_of_queries_at_any_number_of_rows(review, rows, django_assert_max_num_queries):
    for rule in RULES:
        made = review(rule)
        listed = AccessReviewRow.objects.select_related("person", "finding", "grant").filter(
            pk__in=[one.pk for one in rows(made)]
        )
        with django_assert_max_num_queries(6):
            named = Named(made, listed)
            for row in listed:
                named.of(row)
