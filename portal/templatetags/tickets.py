"""Tickets as links, where the flow says where they lead."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.models import AccessRequest

register = template.Library()


@register.simple_tag
def ticket(request: AccessRequest) -> SafeString:
    """{% ticket request %}: a link to the ticket, or the ticket alone."""
    if not request.ticket_link:
        return format_html("<bdi>{}</bdi>", request.ticket)
    return format_html('<a class="ticket" href="{}" rel="noreferrer">{}</a>', request.ticket_link, request.ticket)
