"""The simplest policy of a flow, as the first hour and the demo set it."""

from collections.abc import Iterable

from django.db import transaction

from access.models import Flow, User


@transaction.atomic
def put(flow: Flow, people: Iterable[User], needed: int = 1) -> None:
    """Let so many of these people decide, all asked at once: one stage and one pool, in place of all that was there."""
    flow.stages.all().delete()
    pool = flow.stages.create(approvals_needed=needed).pools.create()
    pool.people.set(people)
