"""People who come to the portal by themselves."""

from datetime import datetime

from django.db import transaction

from access import audit
from access.models import User


def with_email(email: str) -> User | None:
    """Find the person with this e-mail, without regard to case."""
    return User.objects.filter(email__iexact=email.strip()).first()


@transaction.atomic
def join(*, email: str, name: str, now: datetime) -> User:
    """Make an account without any rights and without a password. Raises ValidationError for an e-mail that is none."""
    user = User.objects.create_user(email, name=name.strip()[:200], joined_at=now)
    audit.append("person.joined", actor=user.email, now=now, subject=f"person:{user.email}")
    return user
