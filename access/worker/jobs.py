"""What the job queue runs: primary keys in, one service call. Twice or late changes nothing more."""

import logging
from functools import partial

from django.conf import settings

from access.audit import anchors, scheduled_check
from access.audit import log as audit
from access.config import proposals
from access.config.provisioning import claims
from access.core.errors import Conflict
from access.core.states import RequestState
from access.directory import connect, sync
from access.events import deliver, write_lines
from access.evidence import activity, canary, reconcile
from access.evidence import take_out as taking_out
from access.evidence.access_reviews import look as access_reviews
from access.evidence.reports import reckon
from access.grants import converge as converging
from access.models import (
    AccessRequest,
    AccessReview,
    AfterReview,
    AnchorPlace,
    Channel,
    Delegation,
    Finding,
    Flow,
    GrantActivity,
    Integration,
    Notification,
    Proposal,
    ReportMonth,
    Schedule,
    SlackHome,
    SlackPost,
    Webhook,
)
from access.notify import outbox
from access.notify import read_log as log
from access.notify.slack import direct, homes, posts, workspace
from access.people import delegations
from access.policy import check_flows
from access.policy.on_call import refresh
from access.requests import ask, break_glass_sign_off, check_pending, escalate
from access.worker import clock, registry
from integrations import json_lines
from integrations import registry as known
from integrations.anchors import put
from integrations.base import AccessProvider, NeedsAttention, ProviderError, Sender
from integrations.unreachable import Unreachable
from integrations.webhooks.sender import WebhookSender

logger = logging.getLogger(__name__)


def converge(target_id: int, **_future: object) -> None:
    """Do what is due on one target."""
    target = converging.due(target_id)
    now = clock.now()
    provider = _provider(target.integration)
    converging.target(target, provider=provider, now=now, holder=registry.holder(), may_grant=not clock.off())
    activity.note(target, now=clock.now())


def lapse(request_id: int, **_future: object) -> None:
    """Let one request lapse whose time is over."""
    request = AccessRequest.objects.select_related("target", "grant").get(pk=request_id)
    try:
        ask.lapse(request=request, now=clock.now())
    except Conflict:
        logger.info("Request %s was settled before it lapsed.", request.ref)


def review_due(review_id: int, **_future: object) -> None:
    """Tell people once more of a review after break-glass that nobody has signed off."""
    review = AfterReview.objects.select_related("request").get(pk=review_id)
    try:
        break_glass_sign_off.come_due(review, now=clock.now())
    except Conflict:
        logger.info("The review of %s is not due any more.", review.request.ref)


def look_at_access_review(review_id: int, **_future: object) -> None:
    """Take into one access review who is new, see what came of its removals, and remind people, when it is due."""
    now = clock.now()
    review = AccessReview.objects.filter(pk=review_id, due_at__lte=now).first()
    if review is not None:
        access_reviews.look(review, now=now)


def sync_integration(integration_id: int, **_future: object) -> None:
    """Read one integration's directory and hold it against the grants, when it is due."""
    integration = Integration.objects.get(pk=integration_id)
    now = clock.now()
    if not sync.take_due(integration, now=now):
        return
    try:
        reconcile.sync(integration=integration, provider=_provider(integration), actor=audit.SYSTEM, now=now)
    except ProviderError as error:
        logger.warning("The sync of %s did not work: %s", integration.name, error.summary)


def take_out(finding_id: int, **_future: object) -> None:
    """Take somebody out of a role whom nobody approved, when it is due."""
    finding = Finding.objects.select_related("integration").filter(pk=finding_id).first()
    if finding is None:
        return
    provider = _provider(finding.integration)
    taking_out.carry_out(finding, provider=provider, now=clock.now(), holder=registry.holder())


def read_activity(activity_id: int, **_future: object) -> None:
    """Read what was done with one grant, when it is due."""
    found = GrantActivity.objects.select_related("grant__target__integration").filter(pk=activity_id).first()
    if found is not None:
        provider = _provider(found.grant.target.integration)
        activity.read(found, provider=provider, now=clock.now())


def lapse_proposal(proposal_id: int, **_future: object) -> None:
    """End a proposal that nobody confirmed in time."""
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is not None:
        proposals.lapse(proposal, now=clock.now())


def try_canary(integration_id: int, **_future: object) -> None:
    """Try whether somebody could be taken out right now, when it is due."""
    integration = Integration.objects.get(pk=integration_id)
    canary.look(integration, provider=_provider(integration), now=clock.now())


def read_schedule(schedule_id: int, **_future: object) -> None:
    """Read who is on call in one schedule from outside, when it is due."""
    now = clock.now()
    schedule = Schedule.objects.select_related("token_secret").filter(pk=schedule_id).first()
    if schedule is None or not refresh.take_due(schedule, now=now):
        return
    try:
        refresh.read(schedule, source=refresh.source_of(schedule), now=now)
    except ProviderError as error:
        refresh.note_trouble(schedule, error, now=now)
        logger.warning("Who is on call in %s could not be read: %s", schedule.name, error.summary)


def read_log(event_id: int, **_future: object) -> None:
    """Write the messages that people have to get because of the events up to this one."""
    log.read(now=clock.now())
    logger.debug("The log was read up to event %d or further.", event_id)


def send_notification(notification_id: int, **_future: object) -> None:
    """Send one message, when it is due. One that was taken back meanwhile is gone."""
    notification = Notification.objects.filter(pk=notification_id).first()
    if notification is not None:
        outbox.send(notification, sender=_sender(notification), now=clock.now())


def show_in_slack(post_id: int, **_future: object) -> None:
    """Bring one announcement in Slack up to date, when it is due."""
    now = clock.now()
    shown = SlackPost.objects.filter(pk=post_id).first()
    if shown is None:
        return
    try:
        found = workspace.workspace(now=now)
    except NeedsAttention as error:
        posts.put_off(shown, error, now=now)
        return
    if found is None:
        posts.forget(shown)
    else:
        posts.converge(shown, workspace=found, now=now)


def deliver_events(webhook_id: int, **_future: object) -> None:
    """Send one webhook the events that it has not had."""
    webhook = Webhook.objects.filter(pk=webhook_id).first()
    if webhook is None:
        return
    sender = WebhookSender(networks=settings.WEBHOOK_PRIVATE_NETWORKS)
    try:
        deliver.deliver(webhook, sender=sender, now=clock.now())
    finally:
        sender.close()


def write_events(_row_id: int, **_future: object) -> None:
    """Write the events that are not in the file of JSON lines yet."""
    if settings.EVENT_LOG:
        write_lines.write(append=partial(json_lines.append, settings.EVENT_LOG), now=clock.now())


def send_anchor(place_id: int, **_future: object) -> None:
    """Send the signed end of the log to one place outside, when it is due."""
    place = AnchorPlace.objects.filter(pk=place_id).first()
    if place is not None:
        send_to = partial(put, networks=settings.WEBHOOK_PRIVATE_NETWORKS)
        anchors.send(place, put=send_to, now=clock.now())


def verify_log(_row_id: int, **_future: object) -> None:
    """Go on with the verification of the log, when it is due."""
    scheduled_check.go_on(now=clock.now())


def reckon_report(month_id: int, **_future: object) -> None:
    """Reckon the figures of one month of the reports anew, when it is due."""
    row = ReportMonth.objects.filter(pk=month_id).first()
    if row is not None:
        reckon.month(row, now=clock.now())


def check_flow(flow_id: int, **_future: object) -> None:
    """Look whether the requests of one flow could be approved, those that wait first, when it is due."""
    now = clock.now()
    flow = Flow.objects.filter(pk=flow_id, check_due_at__lte=now).first()
    if flow is None:
        return
    for request in AccessRequest.objects.filter(flow=flow, state=RequestState.PENDING).order_by("pk"):
        check_pending.check(request, now=now)
    claims.forget_old(now=now)
    check_flows.check(flow, now=now)


def pass_on(request_id: int, **_future: object) -> None:
    """Tell those who are asked only after a while, when their time has come."""
    escalate.pass_on(AccessRequest.objects.get(pk=request_id), now=clock.now())


def look_at_delegation(delegation_id: int, **_future: object) -> None:
    """Let one delegation begin or end, when it is due."""
    delegations.look(Delegation.objects.get(pk=delegation_id), now=clock.now())


def publish_home(home_id: int, **_future: object) -> None:
    """Show one person's home in Slack anew, when it is due."""
    home = SlackHome.objects.filter(pk=home_id).first()
    now = clock.now()
    desk = workspace.workspace(now=now) if home else None
    if home is not None and desk is not None:
        homes.publish(home, workspace=desk, now=now)


def beat(worker_id: int, **_future: object) -> None:
    """Nothing is to be done: what counts is that it came through the whole job cluster; see heartbeat.py."""


def _sender(notification: Notification) -> Sender:
    if notification.channel == Channel.SLACK:
        return direct.DirectMessages(now=clock.now())
    return known.sender(notification.channel)


def _provider(integration: Integration) -> AccessProvider:
    try:
        return connect.provider_for(integration, now=clock.now())
    except ProviderError as error:
        return Unreachable(error)
