"""Who did it, where a row keeps that beside what it says: an address moves to somebody else, an id does not."""

from django.utils.translation import gettext as _

from integrations.bidi import isolated


def called(address: str, name: str) -> str:
    """What they were called then, as it can stand within a sentence; where that was not kept, say that an address
    alone is known."""
    if name or "@" not in address:
        return isolated(name or address)
    return _("by the address %(address)s at the time") % {"address": address}
