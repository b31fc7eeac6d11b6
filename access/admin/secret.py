"""Secrets: where a credential comes from. A value is typed once, and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from unfold.widgets import UnfoldAdminPasswordWidget

from access.admin.base import SetUp
from access.admin.site import site
from access.core.errors import Invalid
from access.directory import secrets
from access.models import Secret


class SecretForm(ModelForm):
    value = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        strip=False,
        max_length=10_000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Encrypted at once, and never shown again."),
    )

    class Meta:
        model = Secret
        fields = ("name", "source", "location", "json_key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.sealed:
            self.fields["value"].help_text = _("Leave empty to keep the stored value.")

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        source, typed = cleaned.get("source"), cleaned.pop("value", "")
        if source == Secret.Source.STORED:
            cleaned["sealed"] = self._sealed(typed)
        elif source and not cleaned.get("location", "").strip():
            self.add_error("location", _("Say where the secret is: a variable, a file, or a name at AWS."))
        return cleaned

    def _sealed(self, typed: str) -> str:
        if not typed:
            if not self.instance.sealed and "value" not in self.errors:
                self.add_error("value", _("Type the secret."))
            return ""
        try:
            return secrets.seal(typed)
        except Invalid as error:
            self.add_error("value", error.errors["value"])
            return ""


@admin.register(Secret, site=site)
class SecretAdmin(SetUp):
    form = SecretForm
    typed_only = ("value",)  # the row's own is the secret itself
    readonly_fields = ("readable", "changed_at")
    list_display = ("name", "source", "location", "readable_at_a_glance", "changed_at")
    list_filter = ("source",)
    search_fields = ("name", "location")
    ordering = ("name",)
    # The theme shows only what belongs to the source that is chosen.
    conditional_fields = {
        "location": "source != 'stored'",
        "json_key": "source == 'aws_secrets_manager'",
        "value": "source == 'stored'",
    }

    def get_fields(self, request: HttpRequest, obj: Secret | None = None) -> tuple[str, ...]:
        typed = ("name", "source", "location", "json_key", "value")
        return (*typed, "readable", "changed_at") if obj else typed

    @method_decorator(sensitive_post_parameters("value"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Secret, form: ModelForm, change: bool) -> None:
        now = timezone.now()
        is_another = bool({"source", "location", "json_key", "value"} & set(form.changed_data))
        if is_another:
            secrets.set_source(obj, sealed=form.cleaned_data.get("sealed", ""), now=now)
        super().save_model(request, obj, form, change)
        if is_another:
            secrets.let_integrations_try([obj.pk], now=now)

    @admin.display(description=gettext_lazy("can be read now"))
    def readable(self, obj: Secret) -> str:
        trouble = secrets.trouble(obj)
        return _("No. %(trouble)s") % {"trouble": trouble} if trouble else _("Yes.")

    @admin.display(description=gettext_lazy("can be read now"))
    def readable_at_a_glance(self, obj: Secret) -> str:
        """A list must not wait for AWS, once for each of its rows."""
        return _("Open it to see.") if obj.source == Secret.Source.AWS else self.readable(obj)
