"""The box "What do you need?": everything that the reader may ask for, and the flow follows from what they choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render

from access.core.search import LONGEST
from access.models import Flow
from access.requests import choices, offered
from access.requests.offered import Offer
from portal.pages.http import PortalRequest

MOST: Final = 20
MANY: Final = 6  # fewer are seen at a glance, on the form itself


@dataclass(frozen=True)
class Box:
    typed: str
    offers: Sequence[Offer]
    more: int  # how many were left out


def is_for(request: PortalRequest, flows: Sequence[Flow]) -> bool:
    """Whether nothing is chosen yet, and there is something to choose from."""
    if request.method == "POST" or not flows or set(request.GET) - {"q"}:
        return False
    return "q" in request.GET or len(flows) > 1 or len(choices.targets_of(flows[0])) >= MANY


def show(request: PortalRequest, flows: Sequence[Flow], *, now: datetime) -> HttpResponse:
    typed = request.GET.get("q", "").strip()[:LONGEST]
    found = offered.found(typed, offered.offers(flows, request.user, now=now))
    box = Box(typed, offered.with_ways(found[:MOST]), max(len(found) - MOST, 0))
    template = "requests/ask/offers.html" if request.htmx else "pages/ask_box.html"
    return render(request, template, {"box": box})
