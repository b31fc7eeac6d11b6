"""How a step of a story is told: when it was to the second, and how long it took."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.core import durations
from portal import times

register = template.Library()

BRIEF: Final = 60.0  # seconds; what took less is told with a tenth


@register.simple_tag
def clock(value: datetime) -> SafeString:
    """{% clock step.at %}: the day and the time to the second; the zone on hover."""
    text = date_format(timezone.localtime(value), "j M, H:i:s")
    machine = value.astimezone(UTC).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, times.absolute(value), text)


@register.filter
def took(length: timedelta) -> str:
    """{{ step.took|took }}: +0.4 s, +3 min 10 s."""
    seconds = length.total_seconds()
    if seconds < BRIEF:
        return _("+%(seconds).1f s") % {"seconds": max(seconds, 0.0)}
    return f"+{durations.shown(seconds)}"
