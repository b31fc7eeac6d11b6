"""Ask for access. The page says who will decide, and what stands in the way, before anything is sent."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from access.core import search as find
from access.models import AccessRequest, Flow, Strategy, User
from access.policy import limits
from access.policy.prompts import of_flow
from access.requests import ask as service
from access.requests import ask_errors
from access.requests import choices as asking
from access.requests.preview import Preview, preview_together
from portal.forms import prompts
from portal.forms.ask import LATER, NOW, AskForm
from portal.forms.fields import DurationField, LocalTimeField
from portal.pages import ask_box
from portal.pages.http import PortalRequest, errors_on

MOST_SHOWN: Final = 25
ORDER: Final = ("target", "duration", "starts_at", "reason", "ticket")
SEARCH_FROM: Final = 6  # fewer roles are seen at a glance


@dataclass(frozen=True)
class AskPage:
    """What the form shows: what was typed or linked to, and what the server says to it."""

    flows: Sequence[Flow]
    flow: Flow
    choices: Sequence[asking.Choice]
    more: int  # how many were left out of `choices`
    chosen: Sequence[asking.Choice]
    several: bool  # more than one can be ticked
    seconds: int | None
    starts: str
    search: str
    searchable: bool
    submission: uuid.UUID
    preview: Preview
    usual_wait: timedelta | None
    errors: Mapping[str, str]
    earliest: datetime
    prompts: Sequence[prompts.Prompt]  # the flow's own fields

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """E-mails and names that can be typed into them."""
        return prompts.people_to_offer(self.prompts)

    @property
    def here(self) -> Mapping[str, str]:
        """The errors to be put right in a field; what blocks the whole form is said once, above its button."""
        return {name: text for name, text in self.errors.items() if self.preview.blocked.get(name) != text}

    @property
    def first_wrong(self) -> str:
        """The field to put the cursor in."""
        return next((name for name in (*ORDER, *(one.key for one in self.prompts)) if name in self.here), "")

    @cached_property
    def durations(self) -> list[int]:
        return limits.offered(self.flow, [one.target for one in self.chosen])

    @property
    def most(self) -> int:
        """How many can be asked for at once."""
        return service.MOST_AT_ONCE

    @property
    def only(self) -> asking.Choice | None:
        """What is chosen, if it is one thing."""
        return self.chosen[0] if len(self.chosen) == 1 else None

    @cached_property
    def fitting(self) -> Sequence[Flow]:
        """The flows to choose from: those that give what is chosen."""
        target = self.only.target if self.only else None
        return [one for one in self.flows if target is None or one == self.flow or target in asking.targets_of(one)]

    @property
    def is_one_of_many(self) -> bool:
        """Whether there is something else to ask for."""
        return len(self.flows) > 1 or self.searchable

    @property
    def longest(self) -> int:
        return max(self.durations, default=0)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PortalRequest) -> HttpResponse:
    now = timezone.now()
    flows = asking.flows(request.user, with_questions=False)
    if ask_box.is_for(request, flows):
        return ask_box.show(request, flows, now=now)
    if request.method == "POST":
        asking.read_questions(flows)
        form = AskForm(request.POST, flows=flows)
        made = send(form, by=request.user, now=now)
        if made:
            if was_another(made, form):
                messages.info(request, was_sent_before())
            return redirect("request", ref=made[0].ref)
        errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
        return render(request, "pages/ask.html", _context(request, form.data, flows, errors, now), status=422)
    if request.htmx and not flows:
        return HttpResponseClientRefresh()
    template = "pages/ask.html#form" if request.htmx else "pages/ask.html"
    return render(request, template, _context(request, request.GET, flows, {}, now))


def send(form: AskForm, *, by: User, now: datetime, asked_in: str = "") -> list[AccessRequest]:
    """Ask for what was typed. Returns nothing where something is wrong: the form then says what, all of it."""
    if not form.is_valid():
        _judge_the_rest(form, by=by, now=now)
        return []
    typed = form.cleaned_data
    asked = service.Ask(
        flow=typed["flow"],
        requester=by,
        seconds=typed["duration"],
        reason=typed["reason"],
        ticket=typed["ticket"],
        starts_at=typed["starts_at"],
        submission=typed["submission"],
        answers=form.answers,
        asked_in=asked_in,
    )
    with errors_on(form):
        return service.ask_several(asked, typed["target"], now=now)
    return []


def _judge_the_rest(form: AskForm, *, by: User, now: datetime) -> None:
    """Say everything that is wrong at once, not only what could not be read."""
    typed = form.cleaned_data
    if "flow" not in typed:
        return
    draft = AccessRequest(
        flow=typed["flow"],
        target=next(iter(typed.get("target") or []), None),
        requester=by,
        seconds=typed.get("duration") or 0,
        reason=typed.get("reason", ""),
        ticket=typed.get("ticket", ""),
        starts_at=typed.get("starts_at"),
    )
    _answers, wrong = of_flow.read(typed["flow"], form.answers)
    for name, sentence in (ask_errors.of_typed(draft, now=now) | wrong).items():
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, sentence)


def was_another(together: Sequence[AccessRequest], form: AskForm) -> bool:
    """Whether a form that was sent again, after going back, has something else in it than what it had made."""
    typed, made = form.cleaned_data, together[0]
    targets = [target for one in together for target in one.targets]
    sent = (typed["flow"], set(typed["target"]), typed["duration"], typed["reason"].strip(), typed["starts_at"])
    answers, _wrong = of_flow.read(typed["flow"], form.answers)
    first = (made.flow, set(targets), made.seconds, made.reason, made.starts_at)
    return sent != first or answers != made.answers


def was_sent_before() -> str:
    """Say that nothing new was made; that must not be silent."""
    return _("This form was sent before and made this request. Ask anew for something else.")


def _context(
    request: PortalRequest, typed: Mapping[str, Any], flows: Sequence[Flow], errors: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    if not flows:
        return {"page": None, "typed": typed}
    page = page_of(typed, flows, dict(errors), reader=request.user, sent=request.method == "POST", now=now)
    return {"page": page, "typed": typed, "sent": request.method == "POST", "reason_max": ask_errors.REASON_MAX}


def page_of(
    typed: Mapping[str, Any], flows: Sequence[Flow], errors: dict[str, str],
    *, reader: User, sent: bool, now: datetime, most: int = MOST_SHOWN,
) -> AskPage:  # fmt: skip
    """Fill the form in with what was typed or, unless it was `sent`, linked to. Lists so many targets at `most`."""
    flow = _flow(typed, flows)
    every = asking.choices(flow=flow, requester=reader)
    chosen = _chosen(typed, flow, every, errors, sent=sent)
    search = str(typed.get("q", "")).strip()
    rest = find.best(search, [one for one in every if one not in chosen], asking.Choice.texts)
    starts = LATER if typed.get("starts", LATER if typed.get("starts_at") else NOW) == LATER else NOW
    return AskPage(
        flows=flows,
        flow=flow,
        choices=[*chosen, *rest[:most]],
        more=max(len(rest) - most, 0),
        chosen=chosen,
        several=bool(typed.get("several")) or len(chosen) > 1,
        seconds=_seconds(typed, flow, chosen, errors, sent=sent),
        starts=starts,
        search=search,
        searchable=len(every) >= SEARCH_FROM,
        submission=_submission(typed),
        preview=preview_together(
            flow=flow,
            targets=[one.target for one in chosen],
            requester=reader,
            now=now,
            starts_at=_starts_at(typed, now=now) if starts == LATER else None,
            is_open=True,  # or it would not be among the flows
        ),
        usual_wait=asking.usual_wait(flow, now=now),
        errors=errors,
        prompts=prompts.of_flow(flow, typed, errors, keep=sent),
        earliest=timezone.localtime(now),
    )


def _flow(typed: Mapping[str, Any], flows: Sequence[Flow]) -> Flow:
    """The flow that was named, else the first one that offers the target that was named, else the first one."""
    named = [one for one in flows if one.name == typed.get("flow")]
    wanted = set(_wanted(typed))
    offering = [one for one in flows if one.strategy and wanted & names_of(one.strategy)]
    return [*named, *offering, *flows][0]


def names_of(strategy: Strategy) -> set[str]:
    return {target.name for target in strategy.targets.all()}


def _chosen(
    typed: Mapping[str, Any], flow: Flow, every: Sequence[asking.Choice], errors: dict[str, str], *, sent: bool
) -> list[asking.Choice]:
    names = _wanted(typed)
    if not names and len(every) == 1:
        return [*every]
    found = [one for one in every if one.target.name in names]
    strange = set(names) - {one.target.name for one in found}
    if strange and not sent and flow.gives_access:
        errors["target"] = _("%(name)s cannot be asked for here.") % {"name": ", ".join(sorted(strange))}
    # More are refused when the form is sent; until then they are not worth a question each.
    return found[: service.MOST_AT_ONCE + 1]


def _wanted(typed: Mapping[str, Any]) -> list[str]:
    """The names of the targets that were ticked or linked to."""
    named = typed.getlist("target") if isinstance(typed, QueryDict) else [typed.get("target")]
    return [str(one) for one in named if one]


def _seconds(
    typed: Mapping[str, Any], flow: Flow, chosen: Sequence[asking.Choice], errors: dict[str, str], *, sent: bool
) -> int | None:
    """The duration that was named, if it is offered; else the flow's own, unless the person has to choose anew."""
    if not flow.gives_access:
        return None
    try:
        named = DurationField(required=False).clean(typed.get("duration", ""))
    except ValidationError:
        named = 0
    targets = [one.target for one in chosen]
    offered = limits.offered(flow, targets)
    if named in offered:
        return named
    if named is not None and not sent:
        too_long = limits.why_too_long(named, targets) if named in flow.allowed_durations else ""
        errors["duration"] = too_long or _("The duration in the link is not offered here.")
    return None if sent else limits.recommended(flow, offered)


def _starts_at(typed: Mapping[str, Any], *, now: datetime) -> datetime:
    """The start that was typed; as long as it can't be read, the earliest."""
    try:
        return LocalTimeField(required=False).clean(typed.get("starts_at", "")) or now
    except ValidationError:
        return now


def _submission(typed: Mapping[str, Any]) -> uuid.UUID:
    try:
        return uuid.UUID(str(typed.get("submission", "")))
    except ValueError:
        return uuid.uuid4()
