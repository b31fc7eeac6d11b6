"""What differs between the flows in which something can be asked for: sixty of them are a page.

Whatever somebody typed is escaped here.
"""

from html import escape
from urllib.parse import quote

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.requests.offered import Offer, Way
from portal.templatetags.usher import address, duration

register = template.Library()


@register.simple_tag
def ways(offer: Offer) -> SafeString:
    """{% ways offer %}: a link for each flow that fits, with what it is like there."""
    here, target = address("ask"), offer.target
    to = f"&amp;target={quote(target.name) if target else ''}"
    name = f'<span class="for-readers">: {escape(str(target))}</span>'
    return SafeString(
        "".join(
            [
                f'<li><a href="{here}?flow={quote(one.flow.name)}{to}">{escape(str(one.flow))}{name}</a>'
                f' <span class="small">{_like(one)}</span></li>'
                for one in offer.ways
            ]
        )
    )


def _like(way: Way) -> str:
    told = [escape(way.decides), _("At most %(length)s.") % {"length": duration(way.longest)}]
    return " ".join([*told, _("With break-glass for an emergency.")] if way.flow.break_glass else told)
