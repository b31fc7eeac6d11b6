"""The groups that everybody is in: all people, whoever joins later too, and no bot.

Who can't sign in any more, and auditors, stay in them and decide nothing, as in every other group.
"""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from access.audit import log
from access.config import record_changes
from access.models import Group, User

# What files call it that let whoever may ask decide, where everybody may ask.
NAME: Final = "everybody"


def make(*, now: datetime) -> Group:
    """Make the group that files name, with everybody in it."""
    group = Group.objects.create(name=NAME, label=_("Everybody"), everybody=True)
    record_changes.record_added(group, by=log.SYSTEM, now=now)
    fill(group)
    return group


def fill(group: Group) -> None:
    """Let everybody be in it, if it is a group of everybody."""
    if not group.everybody:
        return
    links = Group.members.through
    people = User.objects.filter(is_bot=False).exclude(member_of=group).values_list("pk", flat=True)
    links.objects.filter(group=group, user__is_bot=True).delete()
    links.objects.bulk_create(
        (links(group_id=group.pk, user_id=pk) for pk in people), ignore_conflicts=True, batch_size=500
    )
