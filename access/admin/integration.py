"""Integrations: connections to outside systems, tried and synced at a button."""

from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.models import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from access.admin.base import SetUp, signed_in
from access.admin.fields import DAY, DurationField
from access.admin.kinds import ByKind, Kind
from access.admin.lookups import role_field
from access.admin.site import site
from access.config import setup_errors
from access.directory import connect
from access.evidence import reconcile
from access.models import DirectoryRole, Integration
from access.notify.slack import check as slack
from integrations.base import AccessProvider, ConnectionReport, ProviderError
from integrations.unreachable import Unreachable

KINDS: Final = {
    str(Integration.Type.APTIBLE): Kind(
        gettext_lazy("Aptible"),
        gettext_lazy(
            "An organization whose roles people hold for a while. You need the e-mail and the password of a bot,"
            " an Aptible user of its own without multi-factor authentication, each kept as a secret. The set-up path"
            " does all of it on one page, and finds the organization's id itself."
        ),
        ("username_secret", "password_secret", "sync_every"),
    ),
    str(Integration.Type.SLACK): Kind(
        gettext_lazy("Slack"),
        gettext_lazy(
            "The workspace in which people ask, decide and are told. You need the app that the manifest makes, with"
            " its bot token and its signing secret, each kept as a secret or set in the environment."
        ),
        ("bot_token_secret", "signing_secret", "app_token_secret"),
    ),
}
# By kind: what the id from outside is called, and where it is found.
IDS: Final = {
    Integration.Type.APTIBLE: (
        gettext_lazy("Organization id"),
        gettext_lazy("From the address of the organization's page at Aptible, such as 7e1f0c3a-…."),
    ),
    Integration.Type.SLACK: (
        gettext_lazy("Workspace id"),
        gettext_lazy("Starts with T, from the address of Slack in a browser, such as T024BE7LD."),
    ),
}


class IntegrationForm(ModelForm):
    sync_every = DurationField(label=gettext_lazy("Sync every"), longest=DAY, initial=600)
    fallback_role = role_field(
        label=gettext_lazy("Fallback role"),
        required=False,
        help_text=Integration._meta.get_field("fallback_role_id").help_text,
    )

    class Meta:
        model = Integration
        fields = ("name", "external_id", *(name for kind in KINDS.values() for name in kind.fields))

    # The kind of a new row; the page sets it.
    kind = str(Integration.Type.APTIBLE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.instance.type = self.kind
        if "external_id" in self.fields:
            of_id = self.fields["external_id"]
            of_id.label, of_id.help_text = IDS[Integration.Type(self.instance.type)]
        if not self.instance.pk or self.instance.type == Integration.Type.SLACK:
            self._has_no_members_yet()
        else:
            self._pick_fallback_role()

    def _has_no_members_yet(self) -> None:
        del self.fields["fallback_role"]
        if self.instance.type == Integration.Type.SLACK:
            del self.fields["sync_every"]
        else:
            self.fields["sync_every"].required = False

    def _pick_fallback_role(self) -> None:
        self.fields["fallback_role"] = role_field(
            self.instance,
            label=self.fields["fallback_role"].label,
            help_text=self.fields["fallback_role"].help_text,
            required=False,
        )
        role = DirectoryRole.objects.filter(integration=self.instance, external_id=self.instance.fallback_role_id)
        self.initial["fallback_role"] = role.values_list("pk", flat=True).first()

    def clean_sync_every(self) -> int:
        return self.cleaned_data["sync_every"] or int(Integration._meta.get_field("sync_every").default)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field, sentence in setup_errors.of_integration(self.instance.type, cleaned).items():
            if field in self.fields and field not in self.errors:
                self.add_error(field, sentence)
        role = cleaned.get("fallback_role")
        for field, sentence in (setup_errors.of_fallback_role(role) if role else {}).items():
            self.add_error(field, sentence)
        if "fallback_role" in self.changed_data and "fallback_role" not in self.errors:
            self.instance.fallback_role_id = role.external_id if role else ""
        return cleaned


@admin.register(Integration, site=site)
class IntegrationAdmin(ByKind, SetUp):
    form = IntegrationForm
    kind_field = "type"
    kinds = KINDS
    typed_only = ("fallback_role",)
    list_display = ("name", "type", "synced_at", "works", "due_at")
    search_fields = ("name", "external_id")
    ordering = ("name",)
    change_form_outer_before_template = "admin/access/integration/connection.html"

    def get_fields(self, request: HttpRequest, obj: Integration | None = None) -> tuple[str, ...]:
        own = self.own_fields(request, obj)
        if obj is None:
            return ("name", "external_id", *own)
        fallback = ("fallback_role",) if obj.type == Integration.Type.APTIBLE else ()
        return ("type", "name", "external_id", *own, *fallback)

    def get_form(self, request: HttpRequest, obj: Integration | None = None, change: bool = False, **more: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **more)
        form.kind = self.kind_of(request, obj)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Integration | None = None) -> tuple[str, ...]:
        # The targets of one organization would mean nothing in another.
        if obj is None:
            return ()
        return ("type", "external_id") if obj.targets.exists() else ("type",)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """What was read from outside goes too; the summary counts it, the list would be endless."""
        _every, counts, _lacking, protected = super().get_deleted_objects(objs, request)
        return [str(row) for row in objs], counts, set(), protected

    def get_urls(self) -> list[URLPattern]:
        views = {"test": self.test_connection, "sync": self.sync_now}
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"access_integration_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    @method_decorator(require_POST)
    def test_connection(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign in once, even after a refusal, and show what the bot may do."""
        integration, now = self._find(request, pk), timezone.now()
        report = _check(integration, now=now)
        if report.ok:
            connect.note_working(integration, now=now)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Connection of %(name)s") % {"name": integration},
            "integration": integration,
            "report": report,
            "tried_at": now,
            "opts": self.opts,
        }
        return render(request, "admin/access/integration/report.html", context)

    @method_decorator(require_POST)
    def sync_now(self, request: HttpRequest, pk: int) -> HttpResponse:
        integration, now = self._find(request, pk), timezone.now()
        if integration.type != Integration.Type.APTIBLE:
            raise Http404
        try:
            found = reconcile.sync(
                integration=integration, provider=_provider(integration), actor=signed_in(request), now=now
            )
        except ProviderError as error:
            messages.error(request, _("The sync did not work. %(reason)s") % {"reason": error.summary})
        else:
            counts = {
                "roles": len(found.roles), "people": len(found.people),
                "environments": len(found.environments), "permissions": len(found.permissions),
            }  # fmt: skip
            text = _(
                "Synced. Roles: %(roles)d. People: %(people)d. Environments: %(environments)d."
                " Permissions: %(permissions)d."
            )
            messages.success(request, text % counts)
        return redirect(reverse("admin:access_integration_change", args=[pk]))

    def _find(self, request: HttpRequest, pk: int) -> Integration:
        """To look and to try changes nothing of the set-up: it works where the set-up changes by files alone, too."""
        if not signed_in(request).is_admin:
            # First, so that nobody else learns which there are.
            raise PermissionDenied
        integration = Integration.objects.filter(pk=pk).first()
        if integration is None:
            raise Http404
        return integration

    @admin.display(description=gettext_lazy("state"), ordering="attention")
    def works(self, obj: Integration) -> str:
        if obj.attention or obj.type == Integration.Type.SLACK:
            return obj.attention or _("Set up.")
        return _("Works.") if obj.synced_at else _("Not synced yet.")


def _check(integration: Integration, *, now: datetime) -> ConnectionReport:
    if integration.type == Integration.Type.SLACK:
        return slack.check(integration)
    return _provider(integration, anew=True).check(now=now)


def _provider(integration: Integration, *, anew: bool = False) -> AccessProvider:
    try:
        return connect.provider_for(integration, now=timezone.now(), anew=anew)
    except ProviderError as error:
        return Unreachable(error)
