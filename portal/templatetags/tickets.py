"""Tickets as links, where the flow says where they lead."""

from typing import Final
from urllib.parse import quote, urlsplit

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.models import AccessRequest

register = template.Library()

SCHEMES: Final = ("https", "http")


@register.simple_tag
def ticket(request: AccessRequest) -> SafeString | str:
    """{% ticket request %}: a link to the ticket, or the ticket alone."""
    address = request.flow.ticket_url.replace("{ticket}", quote(request.ticket, safe=""))
    if not request.ticket or urlsplit(address).scheme not in SCHEMES:
        return request.ticket
    return format_html('<a class="ticket" href="{}" rel="noreferrer">{}</a>', address, request.ticket)
