"""A webhook, somebody who receives what it is sent, and a log to be told of."""

import pytest

from access.audit import log
from access.events import webhook_secrets
from access.models import AuditEvent, Webhook
from integrations.webhooks.sender import WebhookSender
from tests import chain
from tests.webhook_receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver().start() as receiver:
        yield receiver


@pytest.fixture
def sender():
    sender = WebhookSender(networks=["127.0.0.0/8"])
    yield sender
    sender.close()


@pytest.fixture
def key(webhook, olga, now) -> str:
    """What the webhook signs with."""
    plain = webhook_secrets.renew(webhook, by=olga, now=now)
    at_the_end(webhook)
    return plain


@pytest.fixture
def webhook(receiver, now, db) -> Webhook:
    return Webhook.objects.create(name="siem", url=receiver.url, due_at=now)


@pytest.fixture
def ready(webhook: Webhook, key) -> Webhook:
    """The webhook with a secret, and nothing to send yet."""
    webhook.refresh_from_db()
    return webhook


def at_the_end(webhook) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(position=AuditEvent.objects.count())


@pytest.fixture
def events(now):
    """Append so many events; `types` are theirs."""

    def append(*types: str) -> list[AuditEvent]:
        made = [log.append(one, actor="jon@example.com", now=now, subject="target:prod") for one in types]
        chain.sealed()
        return [AuditEvent.objects.get(pk=one.pk) for one in made]

    return append
