"""Who the reader is to the portal, and what they want to be told of."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access.core.errors import Invalid
from access.models import Channel
from access.notify import preferences
from access.notify.slack import workspace
from access.people import single_keys, zones
from portal.forms.account import AccountForm
from portal.pages.http import PortalRequest


@require_http_methods(["GET", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    reader, channel = request.user, Channel.EMAIL
    topics = preferences.topics(reader)
    data = request.POST if request.method == "POST" else None
    form = AccountForm(
        data,
        topics=topics,
        muted=preferences.muted(reader, channel=channel),
        zone=reader.zone,
        browser_zone=reader.browser_zone,
    )
    if request.method == "POST" and form.is_valid():
        for each in Channel:
            preferences.choose(reader, channel=each, mute=form.muted)
        zones.choose(reader, form.cleaned_data["zone"])
        messages.success(request, _("Your choice is kept. It holds from the next message on."))
        return redirect("account")
    with_slack = workspace.is_set()
    context = {"form": form, "with_mail": settings.EMAIL_IS_SET or with_slack, "with_slack": with_slack}
    return render(request, "pages/account.html", context, status=400 if form.errors else 200)


@require_POST
def keys(request: PortalRequest) -> HttpResponse:
    """Switch the keys of a single character on or off; `keys` says which."""
    wanted = request.POST.get("keys")
    if wanted not in ("on", "off"):
        raise Invalid({"keys": _("Say whether they are on or off.")})
    single_keys.choose(request.user, on=wanted == "on")
    messages.success(request, _("Keys are on.") if wanted == "on" else _("Keys are off."))
    return redirect("account")
