"""What can't be accepted in a webhook: a sentence for each field."""

import re
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from django.utils.translation import gettext as _

from integrations.http import origin
from integrations.webhooks import addresses

_PREFIXES: Final = re.compile(r"[a-z][a-z0-9_.]*( [a-z][a-z0-9_.]*)*")


def url(typed: str, *, networks: Sequence[str]) -> str:
    """Say what is wrong with an address, as far as it shows without a name server; nothing when it is fine."""
    place = origin(typed)
    if place is None or "#" in typed or any(one.isspace() for one in typed):
        return _("Type an address that starts with https://, without a user name, a password or a #.")
    scheme, host, _port = place
    if scheme == "http" and not networks:
        return _("Use https://. Plain http:// is for the networks that WEBHOOK_PRIVATE_NETWORKS names.")
    with suppress(ValueError):
        if not addresses.allowing(networks)(ip_address(host.strip("[]")), scheme == "https"):
            return _(
                "This leads to a private network or to this machine, which WEBHOOK_PRIVATE_NETWORKS does not name."
            )
    return ""


def types(typed: str) -> str:
    """Say what is wrong with the types of events; nothing when they are fine, or none."""
    if typed and not _PREFIXES.fullmatch(typed):
        return _("Type the beginnings of types, such as “grant. request.approved”, with a space between them.")
    return ""
