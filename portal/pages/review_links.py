"""Where a list of requests that wait looks for its news, and where all of it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from access.requests.review_news import News
from portal.forms.request_filters import ReviewForm


def links(request: HttpRequest, shown: Iterable[tuple[str, str]], *, since: datetime, fresh: int = 0) -> dict[str, Any]:
    """The address that looks for news of these references, with what each was told to be, and that of the list."""
    kept = {name: value for name, value in request.GET.items() if name in ReviewForm.base_fields or name == "tab"}
    told = {
        "since": since.isoformat(),
        "shown": ",".join(f"{ref}:{state}" for ref, state in shown),
        "seen": News(fresh, (), ()).version,
    }
    here = reverse("review")
    return {
        "look": f"{reverse('review-news')}?{urlencode(kept | told)}",
        "list": f"{here}?{urlencode(kept)}" if kept else here,
    }
