"""API tokens: one's own, and for admins those of bots. What a token reads is shown once, when it is issued."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access.core.errors import Conflict, allowed
from access.models import Scope, Token, User
from access.people import token_status, tokens
from access.people.rules import check_can_vouch
from portal.api.auth import SET_UP
from portal.forms.tokens import TokenForm
from portal.pages.http import PortalRequest, errors_on
from portal.sign_in import touch

PER_PAGE = 30


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    now, people = timezone.now(), _people(request.user)
    scopes = Scope.values if len(people) > 1 else settings.PERSONAL_TOKEN_SCOPES
    form = TokenForm(request.POST if request.method == "POST" else None, people=people, scopes=scopes)
    issued = _issue(form, request, now=now) if form.is_valid() else None
    if issued:
        # A new form, so that what was typed is not sent again by mistake.
        form = TokenForm(None, people=people, scopes=scopes)
    page = Paginator(token_status.visible_to(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "issued": issued,
        "page": page,
        "rows": [(one, token_status.status(one, now=now)) for one in page],
        "may_issue": bool(scopes),
        "to_vouch": {one.pk for one in page if settings.SETUP_PASSKEY and _needs_touch(one, request.user, now)},
    }
    return render(request, "pages/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: PortalRequest, ref: str) -> HttpResponse:
    token = get_object_or_404(token_status.visible_to(request.user), ref=ref.upper())
    tokens.revoke(token=token, by=request.user, now=timezone.now())
    messages.success(request, _("The token %(ref)s opens nothing any more.") % {"ref": token.ref})
    return redirect("tokens")


@require_POST
def vouch(request: PortalRequest, ref: str) -> HttpResponse:
    """Stand behind a token; the touch of the passkey was a moment ago, or leads back here."""
    now = timezone.now()
    token = get_object_or_404(token_status.visible_to(request.user), ref=ref.upper())
    check_can_vouch(token, by=request.user, now=now)
    if not touch.is_fresh(request, now=now):
        raise Conflict(_("Touch your passkey first: only then a token counts as confirmed."))
    tokens.vouch(token=token, by=request.user, now=now)
    messages.success(request, _("The token %(ref)s may change the set-up.") % {"ref": token.ref})
    return redirect("tokens")


def _people(reader: User) -> list[User]:
    """The reader, and for an admin every bot."""
    return [reader, *User.objects.filter(is_bot=True, is_active=True)] if reader.is_admin else [reader]


def _needs_touch(token: Token, reader: User, now: datetime) -> bool:
    """Whether the reader can confirm it, and it would change something of the set-up then."""
    return bool(SET_UP & set(token.scopes)) and allowed(check_can_vouch, token, by=reader, now=now)


def _issue(form: TokenForm, request: PortalRequest, *, now: datetime) -> str | None:
    typed, by = form.cleaned_data, request.user
    with errors_on(form):
        _token, text = tokens.issue_own(
            person=typed.get("person", by),
            by=by,
            label=typed["label"],
            scopes=typed["scopes"],
            own_scopes=settings.PERSONAL_TOKEN_SCOPES,
            expires_at=now + timedelta(days=typed["days"]),
            now=now,
            vouched=touch.is_fresh(request, now=now),
        )
        return text
    return None
