"""An access review over Prod at the simulator: `look`, `seen` and `active` come from the folder above."""

from datetime import timedelta

import pytest

from access.evidence import take_out
from access.evidence.access_reviews import begin
from access.evidence.access_reviews import look as looking
from access.models import AccessReview, AccessReviewRow, Finding, Target

DAY = timedelta(days=1)


@pytest.fixture
def start(flow, olga, now):
    """Olga starts one over Prod, whose approvers decide, due in ten days; unless something else is said."""

    def start(**changes):
        given = {
            "title": "Third quarter", "targets": [Target.objects.get(name="prod")], "every_target": False,
            "reviewers": AccessReview.Reviewers.APPROVERS, "group": None, "deadline": now + 10 * DAY, "by": olga,
            "now": now, **changes,
        }  # fmt: skip
        return begin.start(**given)

    return start


@pytest.fixture
def member(aptible, look, now):
    """Let somebody be in Prod at Aptible, and be found there."""

    def member(name="mia", roles=("Everyone", "Prod"), at=now):
        aptible.add_person(f"{name}@example.com", name.title(), roles)
        look(at)
        return Finding.objects.get(email=f"{name}@example.com", closed_at=None)

    return member


@pytest.fixture
def work(provider, now):
    """Let the worker take out what is due, and look at every open review."""

    def work(at=now):
        for finding in Finding.objects.filter(pk__in=take_out.due(at)):
            take_out.carry_out(finding, provider=provider, now=at, holder="w")
        for review in AccessReview.objects.filter(due_at__isnull=False):
            looking.look(review, now=at)

    return work


def row_of(review, email="mia@example.com"):
    rows = AccessReviewRow.objects.filter(review=review)
    return (rows.filter(finding__email=email) | rows.filter(grant__person__email=email)).get()
