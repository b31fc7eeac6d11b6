"""Whether keys of a single character do something on the pages of a person: WCAG 2.1.4."""

from access.models import User


def choose(user: User, *, on: bool) -> None:
    """Let j, k, a, d, x and / do what they do, or nothing, in every browser of this person from their next page on."""
    User.objects.filter(pk=user.pk).update(single_keys=on)
