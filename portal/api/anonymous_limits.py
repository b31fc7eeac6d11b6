"""Calls without a live token, counted by address.

A token has 256 random bits, so this stops nobody from guessing; it keeps a broken script from filling the logs.
That each process counts for itself is good enough, and whoever has a token is never in a stranger's way.
"""

import time
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

from portal.sign_in.client_address import client_address

LIMIT: Final = 60  # a minute
MINUTE: Final = 60


def count(request: HttpRequest) -> int:
    """Count one more of this address; return how many seconds it has to wait, zero while it may go on."""
    minute, second = divmod(int(time.time()), MINUTE)
    key = f"api-stranger:{client_address(request)}:{minute}"
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        calls = cache.incr(key)
    except ValueError:  # the cache was full and has forgotten it
        return 0
    return MINUTE - second if calls > LIMIT else 0
