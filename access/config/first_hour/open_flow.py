"""The first flow, with the people who may ask and the people who decide: all of it, or nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.config import plain_policy, record_changes, setup_errors
from access.config.first_hour import people
from access.config.free_name import free_name
from access.core.errors import Conflict, Invalid
from access.models import Flow, Integration, Strategy, User
from access.people.rules import check_can_set_up
from access.policy import approvers


@dataclass(frozen=True)
class Typed:
    label: str
    durations: Sequence[int]  # seconds
    needed: int  # approvals
    sign_in: Collection[str]  # e-mails of those who may sign in, and ask
    decide: Collection[str]  # e-mails of those who decide
    invite: bool = False  # by mail, those who are new


@transaction.atomic
def open_flow(typed: Typed, *, integration: Integration, by: User, now: datetime) -> Flow:
    """Let the people in and open the flow for requests.

    Raises Invalid for `decide` when nobody, or too few, could approve; Conflict when no role was chosen before.
    """
    check_can_set_up(by=by)
    strategy = Strategy.objects.filter(integration=integration, targets__isnull=False).order_by("pk").first()
    if strategy is None:
        raise Conflict(_("Choose first which roles people may ask for."))
    everybody = people.let_in(
        {*typed.sign_in, *typed.decide}, integration=integration, invite=typed.invite, by=by, now=now
    )
    flow = _flow(typed, strategy)
    deciders = [everybody[email] for email in sorted(typed.decide) if email in everybody]
    if len(deciders) < typed.needed:
        names = [str(one) for one in deciders]
        raise Invalid({"decide": people.who_could_approve(names, typed.needed)})
    plain_policy.put(flow, deciders, typed.needed)
    if sentences := setup_errors.of_policy(flow, approvers.of_flow(flow)):
        raise Invalid({"decide": " ".join(sentences)})
    record_changes.record_added(flow, by=by, now=now)
    return flow


def _flow(typed: Typed, strategy: Strategy) -> Flow:
    durations = sorted(set(typed.durations))
    flow = Flow(
        name=free_name(Flow, typed.label, otherwise="access"), label=typed.label.strip(), strategy=strategy,
        allowed_durations=durations, default_duration=durations[0] if durations else 0,
    )  # fmt: skip
    errors = setup_errors.of_flow(flow)
    if errors:
        raise Invalid({"durations": " ".join(errors.values())})
    flow.full_clean()
    flow.save()
    return flow
