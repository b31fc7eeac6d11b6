"""First screen: the bot signs in, and its organization is picked and read."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from access.config.first_hour import bot, steps
from access.directory import connect, sync
from access.models import Integration
from access.people.rules import check_can_configure
from integrations.base import Discovery, ProviderError
from portal.forms.setup import BotForm
from portal.pages.http import PortalRequest, errors_on
from portal.pages.setup.steps import screen


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: PortalRequest) -> HttpResponse:
    check_can_configure(by=request.user)
    found: Discovery | None = None
    form = BotForm(request.POST if "email" in request.POST else None)
    if form.is_bound and form.is_valid():
        with errors_on(form):
            found = bot.try_sign_in(**form.cleaned_data, by=request.user, now=timezone.now())
    elif request.method == "POST" and not form.is_bound:
        found = bot.look_again(by=request.user, now=timezone.now())
    wrong = bool(form.errors) or (found is not None and not found.organizations)
    context = {"form": form, "found": found, "kept": bot.kept_email(), "auth_url": settings.APTIBLE_AUTH_ROOT_URL}
    return screen(request, steps.CONNECT, context, status=400 if wrong else 200)


@require_POST
def use(request: PortalRequest) -> HttpResponse:
    """Work in the organization that was picked, read it, and say what the bot may not do there."""
    integration = bot.use_organization(request.POST.get("organization", ""), by=request.user, now=timezone.now())
    return _read(request, integration)


@require_POST
def read_again(request: PortalRequest) -> HttpResponse:
    """Read the organization once more, such as after a role was made at Aptible."""
    check_can_configure(by=request.user)
    integration = steps.the_integration()
    return _read(request, integration) if integration else redirect("setup-connect")


def _read(request: PortalRequest, integration: Integration) -> HttpResponse:
    now = timezone.now()
    try:
        provider = connect.provider_for(integration, now=now, anew=True)
        found = sync.sync(integration=integration, provider=provider, actor=request.user, now=now)
    except ProviderError as error:
        messages.error(request, _("The organization could not be read. %(reason)s") % {"reason": error.summary})
        return redirect("setup-connect")
    counts = {"roles": len(found.roles), "people": len(found.people), "environments": len(found.environments)}
    text = _("Read from Aptible. Roles: %(roles)d, people: %(people)d, environments: %(environments)d.")
    messages.success(request, text % counts)
    for finding in provider.check(now=now).findings:
        if not finding.ok:
            messages.warning(request, finding.text)
    return redirect("setup-roles")
