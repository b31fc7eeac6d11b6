"""What is said before an ask is sent: the same that the ask itself would say."""

import uuid

import pytest

from access.core.errors import Invalid
from access.models import DirectoryPerson, DirectoryRole, Flow, Stage, UserMapping
from access.requests import ask
from access.requests.preview import preview
from tests import factories

pytestmark = pytest.mark.django_db


def names(told):
    return [one.name for step in told.outlook.steps for one in step.able]


def test_it_names_who_could_decide_and_how_many_are_needed(flow, target, jon, rita, now):
    factories.also_decided_by(flow, rita)
    Stage.objects.update(approvals_needed=2)
    told = preview(flow=Flow.objects.get(), target=target, requester=jon, now=now)
    assert names(told) == ["Adam Novak", "Rita Moss"]
    assert told.outlook.approvals_needed == 2
    assert told.blocked == {}


def test_nobody_is_offered_as_the_decider_of_their_own(flow, target, adam, rita, now):
    factories.also_decided_by(flow, rita)
    assert names(preview(flow=flow, target=target, requester=adam, now=now)) == ["Rita Moss"]


def no_approvers(flow, jon, adam, rita):
    flow.stages.all().delete()


def only_the_requester(flow, jon, adam, rita):
    factories.decided_by(flow, jon)


def deactivated(flow, jon, adam, rita):
    adam.is_active = False
    adam.save()


def too_few(flow, jon, adam, rita):
    Stage.objects.update(approvals_needed=2)


def closed(flow, jon, adam, rita):
    flow.is_active = False
    flow.save()


def missing(flow, jon, adam, rita):
    UserMapping.objects.all().delete()
    DirectoryPerson.objects.filter(email=jon.email).delete()


def ambiguous(flow, jon, adam, rita):
    UserMapping.objects.all().delete()
    DirectoryPerson.objects.create(
        integration=flow.strategy.integration, external_id="p-2", email="JON@example.com", name="Jon"
    )


def taken(flow, jon, adam, rita):
    UserMapping.objects.all().delete()
    factories.mapping(rita, account_id=factories.account_id(jon))


def gone(flow, jon, adam, rita):
    DirectoryRole.objects.update(gone_at=jon.joined_at)


def another_flows(flow, jon, adam, rita):
    flow.strategy.targets.clear()


BLOCKS = [
    (no_approvers, "flow", "no approvers are set"),
    (only_the_requester, "flow", "you are the only approver"),
    (deactivated, "flow", "can no longer sign in: Adam Novak"),
    (too_few, "flow", "2 approvals and only one person could give one: Adam Novak"),
    (closed, "flow", "takes no requests"),
    (missing, "target", "No account in Aptible has your e-mail jon@example.com"),
    (ambiguous, "target", "Several accounts in Aptible have your e-mail"),
    (taken, "target", "belongs to another person"),
    (gone, "target", "no longer has the role of Prod"),
    (another_flows, "target", "cannot be asked for in Production access"),
]


@pytest.mark.parametrize(("block", "field", "words"), BLOCKS, ids=[one[0].__name__ for one in BLOCKS])
def test_what_blocks_is_said_before_and_by_the_ask_itself(flow, target, jon, adam, rita, now, block, field, words):
    factories.mapping(jon)
    block(flow, jon, adam, rita)

    told = preview(flow=flow, target=target, requester=jon, now=now)
    assert words in told.blocked[field]
    with pytest.raises(Invalid) as refused:
        ask.ask(
            flow=flow, target=target, requester=jon, seconds=3600, reason="to fix Ticket 123", ticket="",
            starts_at=None, submission=uuid.uuid4(), now=now,
        )  # fmt: skip
    assert refused.value.errors == told.blocked


def test_without_a_target_it_says_what_holds_for_the_whole_flow(flow, jon, adam, now):
    adam.is_active = False
    adam.save()
    told = preview(flow=flow, target=None, requester=jon, now=now)
    assert "can no longer sign in" in told.blocked["flow"]


def test_it_says_when_a_missing_account_is_looked_for_again(flow, target, jon, now):
    factories.mapping(jon)
    assert preview(flow=flow, target=target, requester=jon, now=now).looks_again_at is None
    missing(flow, jon, None, None)
    assert preview(flow=flow, target=target, requester=jon, now=now).looks_again_at == target.integration.due_at


def test_it_writes_nothing(flow, target, jon, now):
    preview(flow=flow, target=target, requester=jon, now=now)
    assert not UserMapping.objects.exists()
