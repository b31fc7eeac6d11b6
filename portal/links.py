"""Addresses that carry something along."""

from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from access.core import prompts
from access.models import AccessRequest, AccessReview, Flow

# Web servers refuse longer ones.
LONGEST: Final = 2000
# In the place of a reference: lists tell of more requests than addresses are kept.
_ANY: Final = "R-ANY"


@lru_cache(maxsize=4096)
def address(name: str, *args: str | int) -> str:
    """The path of a page of this portal. Django looks for it anew each time, and a list has a hundred."""
    return reverse(name, args=args)


def ask_again(request: AccessRequest, seconds: int | None = None) -> str:
    """The form, filled in with this request: to ask again, or to extend by as much, or by so many seconds.

    What makes it too long is left out.
    """
    answers = prompts.sent_again(request.answers)
    typed = {
        "flow": request.flow.name,
        "target": request.target.name if request.target else "",
        "duration": str(seconds or request.seconds) if request.gives_access else "",
        "ticket": request.ticket,
        **{f"field-{name}": text for name, text in answers.items()},
        "reason": request.reason,
    }
    here = f"{address('ask')}?{urlencode({name: value for name, value in typed.items() if value})}"
    for last in ("&reason=", "&field-"):
        here = here if len(here) <= LONGEST else here.partition(last)[0]
    return here


def to(request: AccessRequest) -> str:
    """The page of this request, as an address that can be followed from anywhere."""
    return settings.BASE_URL + address("request", _ANY).replace(_ANY, request.ref)


def break_glass_of(flow: Flow) -> str:
    """The form for an emergency, with this flow chosen, as an address that can be followed from anywhere."""
    return f"{settings.BASE_URL}{reverse('break-glass')}?{urlencode({'flow': flow.name})}"


def to_access_review(review: AccessReview) -> str:
    return settings.BASE_URL + reverse("access-review", args=[review.ref])


def form_of(flow: Flow) -> str:
    """The form for asking, with this flow chosen, as an address that can be followed from anywhere."""
    return f"{settings.BASE_URL}{reverse('ask')}?{urlencode({'flow': flow.name})}"
