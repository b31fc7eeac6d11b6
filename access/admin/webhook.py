"""Webhooks: where events are sent to. The secret is shown once, on the page that answers the button."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.models import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from access.admin.base import SetUp, signed_in
from access.admin.site import site
from access.core.errors import Invalid
from access.events import deliver, replay, stream, webhook_errors, webhook_secrets
from access.models import Webhook
from integrations.base import ProviderError
from integrations.webhooks.sender import WebhookSender


class WebhookForm(ModelForm):
    class Meta:
        model = Webhook
        fields = ("name", "url", "types", "is_active")
        help_texts: ClassVar = {
            "url": gettext_lazy("https://…, without a key in it: everybody who sees the set-up or its log sees this."),
        }

    def clean_url(self) -> str:
        typed = str(self.cleaned_data["url"]).strip()
        if sentence := webhook_errors.url(typed, networks=settings.WEBHOOK_PRIVATE_NETWORKS):
            self.add_error("url", sentence)
        return typed

    def clean_types(self) -> str:
        typed = " ".join(str(self.cleaned_data["types"]).split())
        if sentence := webhook_errors.types(typed):
            self.add_error("types", sentence)
        return typed


@admin.register(Webhook, site=site)
class WebhookAdmin(SetUp):
    form = WebhookForm
    fields = ("name", "url", "types", "is_active")
    list_display = ("name", "url", "state", "last_ok_at", "last_status")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    ordering = ("name",)
    change_form_outer_before_template = "admin/access/webhook/panel.html"

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponse]] = {
            "secret": self.new_secret, "test": self.send_test, "replay": self.replay,
        }  # fmt: skip
        return [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"access_webhook_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "head": stream.head(now=timezone.now())}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Webhook, form: ModelForm, change: bool) -> None:
        if not change:
            replay.place(obj, now=timezone.now())
            obj.created_by = signed_in(request)
            super().save_model(request, obj, form, change)
            return
        # The rest is the worker's, which may be at it.
        obj.disabled_at = None if obj.is_active else obj.disabled_at
        obj.save(update_fields=[*form.changed_data, "disabled_at"])
        if obj.is_active and {"url", "is_active"} & set(form.changed_data):
            replay.start(obj, now=timezone.now())

    @method_decorator(require_POST)
    @method_decorator(never_cache)
    @sensitive_variables("plain")
    def new_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a secret and show it, this one time."""
        webhook = self._find(request, pk)
        try:
            plain = webhook_secrets.renew(webhook, by=signed_in(request), now=timezone.now())
        except Invalid as refusal:
            messages.error(request, str(refusal))
            return self._back(webhook)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Secret of %(name)s") % {"name": webhook},
            "webhook": webhook,
            "had_one": bool(webhook.sealed),
            "plain": plain,
            "opts": self.opts,
        }
        return render(request, "admin/access/webhook/secret.html", context)

    @method_decorator(require_POST)
    def send_test(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = self._find(request, pk, only_tries=True)
        if not webhook.sealed:
            messages.error(request, _("Make the secret first: without one nothing is sent."))
            return self._back(webhook)
        sender = WebhookSender(networks=settings.WEBHOOK_PRIVATE_NETWORKS)
        try:
            status = deliver.send_test(webhook, sender=sender, now=timezone.now())
        except ProviderError as error:
            messages.error(request, _("The test event did not arrive. %(why)s") % {"why": error.summary})
        else:
            told = messages.success if 200 <= status < 300 else messages.error
            told(request, _("The test event was answered with HTTP %(status)d.") % {"status": status})
        finally:
            sender.close()
        return self._back(webhook)

    @method_decorator(require_POST)
    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook, text = self._find(request, pk), request.POST.get("from_event", "")
        try:
            count = replay.replay(webhook, from_event=text, actor=signed_in(request), now=timezone.now())
        except Invalid as refusal:
            messages.error(request, str(refusal))
        else:
            words = ngettext(
                "%(count)d event is gone through again.", "%(count)d events are gone through again.", count
            )
            messages.success(request, words % {"count": count})
        return self._back(webhook)

    def _find(self, request: HttpRequest, pk: int, *, only_tries: bool = False) -> Webhook:
        """`only_tries` is for what changes nothing: it works where the set-up changes by files alone, too."""
        if not (signed_in(request).is_admin if only_tries else self.has_change_permission(request)):
            # First, so that nobody else learns which there are.
            raise PermissionDenied
        webhook = Webhook.objects.filter(pk=pk).first()
        if webhook is None:
            raise Http404
        return webhook

    def _back(self, webhook: Webhook) -> HttpResponse:
        return redirect(reverse("admin:access_webhook_change", args=[webhook.pk]))

    @admin.display(description=gettext_lazy("state"), ordering="failing_since")
    def state(self, obj: Webhook) -> str:
        if not obj.sealed:
            return _("Has no secret yet: nothing is sent.")
        if obj.disabled_at:
            return _("Disabled. %(why)s") % {"why": obj.trouble}
        if not obj.is_active:
            return _("Not active.")
        return obj.trouble or _("Works.")
