"""What a passkey is asked to sign: the approval of a request, or break-glass; in words and for the browser."""

from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from access.core.errors import Invalid, NotAllowed
from access.models import Challenge, User
from access.people import passkeys as service
from access.people.challenges import Statement
from access.requests import approval_queue, signed_approvals
from access.requests import break_glass as emergency
from access.requests import choices as asking
from portal import passkeys
from portal.forms.break_glass import BreakGlassForm
from portal.forms.decide import DecideForm
from portal.pages import request as request_page
from portal.pages.http import PortalRequest


@require_POST
@passkeys.told
def approval(request: PortalRequest, ref: str) -> JsonResponse:
    """Ask for a signature under the approval of this request, for the duration that is chosen in the form."""
    asked = request_page.found(ref, request.user)
    row = approval_queue.rows([asked], reader=request.user, now=timezone.now())[0]
    if why_not := row.why_not or row.only_deny:
        raise NotAllowed(why_not)
    form = DecideForm(request.POST)
    if not form.is_valid():
        raise Invalid({name: " ".join(map(str, texts)) for name, texts in form.errors.items()})
    seconds = form.cleaned_data["duration"] or row.as_asked
    said = signed_approvals.approval(asked, by=request.user, seconds=seconds)
    return _asked(request.user, signed_approvals.APPROVE, said)


@require_POST
@passkeys.told
def break_glass(request: PortalRequest) -> JsonResponse:
    """Ask for a signature under break-glass as it is typed."""
    flows = [one for one in asking.flows(request.user) if one.break_glass]
    form = BreakGlassForm(request.POST, flows=flows)
    if not form.is_valid():
        raise Invalid({name: " ".join(map(str, texts)) for name, texts in form.errors.items()})
    said = emergency.to_sign(form.cleaned_data, by=request.user)
    return _asked(request.user, signed_approvals.BREAK_GLASS, said)


def _asked(person: User, purpose: Challenge.Purpose, said: Statement) -> JsonResponse:
    site, now = passkeys.site(), timezone.now()
    challenge = signed_approvals.ask(person, purpose, said, site=site, now=now)
    options = service.to_sign(person, challenge, site=site)
    return passkeys.asked(options, verb="get", words=signed_approvals.words(challenge.statement))
