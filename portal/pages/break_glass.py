"""Break-glass: a page of its own that says what will happen, and needs a tick. No other form turns into this one."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from access.core.errors import NotAllowed
from access.models import AccessRequest, Flow, User
from access.people.challenges import Signed
from access.policy.prompts import of_flow
from access.requests import ask, ask_errors, break_glass
from access.requests import choices as asking
from portal import passkeys
from portal.forms import prompts
from portal.forms.break_glass import BreakGlassForm
from portal.pages.ask import names_of
from portal.pages.http import PortalRequest, errors_on

# Only this page's own form has it. What comes from elsewhere is shown here, and nothing is done.
CONFIRMED: Final = "confirmed"
ORDER: Final = ("target", "duration", "reason", "ticket")
UNDERSTOOD: Final = "understood"


@dataclass(frozen=True)
class Page:
    flows: Sequence[Flow]
    flow: Flow
    choices: Sequence[asking.Choice]
    chosen: asking.Choice | None
    seconds: int
    outlook: break_glass.Outlook
    submission: uuid.UUID
    errors: Mapping[str, str]
    prompts: Sequence[prompts.Prompt]  # the flow's own fields

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """E-mails and names that can be typed into them."""
        return prompts.people_to_offer(self.prompts)

    @property
    def here(self) -> Mapping[str, str]:
        """The errors to be put right in a field; what blocks the whole form is said once, above it."""
        return {name: text for name, text in self.errors.items() if self.outlook.blocked.get(name) != text}

    @property
    def first_wrong(self) -> str:
        asked = [one.key for one in self.prompts]
        return next((name for name in (*ORDER, *asked, UNDERSTOOD) if name in self.here), "")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    """Say what break-glass would do; do it only for a form of this page, ticked and sent by POST."""
    now = timezone.now()
    flows = [one for one in asking.flows(request.user) if one.break_glass]
    typed = request.POST if request.method == "POST" else request.GET
    errors: dict[str, str] = {}
    if CONFIRMED in request.POST:
        form = BreakGlassForm(request.POST, flows=flows)
        made = send(form, by=request.user, signed=passkeys.signed_if_any(request), now=now)
        if made:
            messages.warning(request, said(made))
            return redirect("request", ref=made.ref)
        errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
    page = page_of(typed, flows, errors, reader=request.user, now=now) if flows else None
    context = {"page": page, "typed": typed, "sent": bool(errors), "reason_max": ask_errors.REASON_MAX}
    return render(request, "pages/break_glass.html", context, status=422 if errors else 200)


def send(
    form: BreakGlassForm, *, by: User, signed: Signed | None = None, now: datetime, asked_in: str = ""
) -> AccessRequest | None:
    """Do what was typed. Returns nothing where something is wrong: the form then says what, all of it."""
    if not form.is_valid():
        _judge_the_rest(form, by=by, now=now)
        return None
    typed = form.cleaned_data
    with errors_on(form), _unsigned_on(form):
        return ask.ask(
            flow=typed["flow"],
            target=typed["target"],
            requester=by,
            seconds=typed["duration"],
            reason=typed["reason"],
            ticket=typed["ticket"],
            starts_at=None,
            submission=typed["submission"],
            now=now,
            break_glass=True,
            answers=form.answers,
            signed=signed,
            asked_in=asked_in,
        )
    return None


@contextmanager
def _unsigned_on(form: BreakGlassForm) -> Iterator[None]:
    """Say on top of the form, where nothing that was typed is lost, that it was not signed as it has to be."""
    try:
        yield
    except NotAllowed as refusal:
        if not form.cleaned_data["flow"].signs_break_glass:
            raise
        form.add_error(None, str(refusal))


def _judge_the_rest(form: BreakGlassForm, *, by: User, now: datetime) -> None:
    """Say everything that is wrong at once, not only what could not be read."""
    typed = form.cleaned_data
    if "flow" not in typed:
        return
    draft = AccessRequest(
        flow=typed["flow"],
        target=typed.get("target"),
        requester=by,
        seconds=typed.get("duration") or 0,
        reason=typed.get("reason", "").strip(),
        ticket=typed.get("ticket", "").strip(),
    )
    _answers, wrong = of_flow.read(typed["flow"], form.answers)
    for name, sentence in (break_glass.of_typed(draft, now=now) | wrong).items():
        if name not in form.errors:
            form.add_error(name if name in form.fields else None, sentence)


def said(made: AccessRequest) -> str:
    """What came of it, in one sentence or two."""
    if made.path != AccessRequest.Path.BREAK_GLASS:
        return _("This form was sent before and made this request. Nothing was taken by break-glass.")
    return _("You used break-glass for %(target)s. Everybody whom it skipped is being told.") % {"target": made.target}


def page_of(
    typed: Mapping[str, Any], flows: Sequence[Flow], errors: Mapping[str, str], *, reader: User, now: datetime
) -> Page:
    """Fill the form in with what was typed, and say what would happen."""
    flow = _flow(typed, flows)
    choices = asking.choices(flow=flow, requester=reader)
    chosen = next((one for one in choices if one.target.name == typed.get("target") or len(choices) == 1), None)
    outlook = break_glass.outlook(flow=flow, target=chosen.target if chosen else None, requester=reader, now=now)
    named = str(typed.get("duration", ""))
    fits = [one for one in outlook.durations if str(one) == named]
    return Page(
        flows=flows,
        flow=flow,
        choices=choices,
        chosen=chosen,
        seconds=[*fits, outlook.longest][0],
        outlook=outlook,
        submission=_submission(typed),
        errors=errors,
        prompts=prompts.of_flow(flow, typed, errors, keep=bool(errors)),
    )


def _flow(typed: Mapping[str, Any], flows: Sequence[Flow]) -> Flow:
    """The flow that was named, else the first one that offers the target that was named, else the first one."""
    named = [one for one in flows if one.name == typed.get("flow")]
    offering = [one for one in flows if one.strategy and typed.get("target") in names_of(one.strategy)]
    return [*named, *offering, *flows][0]


def _submission(typed: Mapping[str, Any]) -> uuid.UUID:
    """The form's own. One that comes from the other page starts anew: that form may have been sent already."""
    try:
        return uuid.UUID(str(typed.get("submission"))) if CONFIRMED in typed else uuid.uuid4()
    except ValueError:
        return uuid.uuid4()
