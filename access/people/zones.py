"""In which zone a person is told times."""

from access.core import clocks
from access.models import User


def keep(user: User, name: str) -> None:
    """Remember the zone of the browser in which they are here now. Without one, the last one stays."""
    if name and name != user.browser_zone:
        user.browser_zone = name
        User.objects.filter(pk=user.pk).update(browser_zone=name)


def choose(user: User, name: str) -> None:
    """Tell them times in this zone; in that of their browser where it is empty. Raises ValueError for no zone."""
    if name and not clocks.is_zone(name):
        raise ValueError(f"There is no zone {name!r}.")
    User.objects.filter(pk=user.pk).update(zone=name)
