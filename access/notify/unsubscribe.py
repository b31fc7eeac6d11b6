"""The link of a mail that ends the like of it, for whoever has the mail: without signing in, and nothing but that."""

from typing import Final

from django.core import signing
from django.db import transaction

from access.models import Channel, MutedTopic, Notification, Topic, User
from access.notify import preferences

_SALT: Final = "access.notify.unsubscribe"


def token(notification: Notification) -> str:
    """By which this person says that they want no more of this topic by mail; empty where it has to be heard."""
    if notification.channel != Channel.EMAIL or not notification.topic:
        return ""
    # Without a time: the same message is the same whenever it is put into words.
    return _signer().sign_object([notification.recipient_id, notification.topic])


def find(token: str) -> tuple[User, Topic] | None:
    """Whose link it is, and what it ends; None for what nobody was sent, and for who can't choose any more."""
    try:
        pk, topic = _signer().unsign_object(token)
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=pk, is_active=True, is_auditor=False).first()
    return (person, Topic(topic)) if person and topic in preferences.topics(person) else None


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)


@transaction.atomic
def mute(person: User, topic: Topic) -> None:
    """Send this person nothing more of the topic by mail. Twice changes nothing more."""
    MutedTopic.objects.get_or_create(user=person, channel=Channel.EMAIL, topic=topic)
