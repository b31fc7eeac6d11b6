"""Who decides for whom. Set here for somebody who is away already, and ended here; never changed or deleted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms.models import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.admin.base import Page, signed_in
from access.admin.site import site
from access.core.errors import Conflict
from access.models import Delegation
from access.people import delegations


class DelegationForm(ModelForm):
    class Meta:
        model = Delegation
        fields = ("from_person", "to_person", "starts_at", "ends_at", "reason")
        help_texts = {"starts_at": gettext_lazy("Empty means now.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "starts_at" in self.fields:
            self.fields["starts_at"].required = False

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, unknown to its stubs
        if self.errors:
            return
        for field, sentence in delegations.errors(self.instance, now=timezone.now()).items():
            self.add_error(field, sentence)

    def _get_validation_exclusions(self) -> set[str]:
        # The service says in words what the database's constraints would say by their names.
        return {field.name for field in Delegation._meta.fields}


@admin.register(Delegation, site=site)
class DelegationAdmin(Page):
    """The log tells of each by its own events, so the admin writes none of its own."""

    form = DelegationForm
    autocomplete_fields = ("from_person", "to_person")
    fields = ("from_person", "to_person", "starts_at", "ends_at", "reason")
    list_display = ("from_person", "to_person", "starts_at", "ends_at", "ended_at", "reason", "created_by")
    list_select_related = ("from_person", "to_person", "created_by")
    search_fields = ("from_person__email", "from_person__name", "to_person__email", "to_person__name", "reason")
    ordering = ("-starts_at", "-pk")
    actions = ("end_now",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # The service lets nobody else say it for another person.
        return signed_in(request).sets_up

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and signed_in(request).is_admin

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Delegation, form: ModelForm, change: bool) -> None:
        made = delegations.delegate(
            from_person=obj.from_person, to_person=obj.to_person, starts_at=obj.starts_at, ends_at=obj.ends_at,
            reason=obj.reason, by=signed_in(request), now=timezone.now(),
        )  # fmt: skip
        obj.pk = made.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The service has written its own event."""

    @admin.action(description=gettext_lazy("End now"), permissions=["change"])
    def end_now(self, request: HttpRequest, rows: QuerySet[Delegation]) -> None:
        for one in rows.select_related("from_person", "to_person"):
            try:
                delegations.end(delegation=one, by=signed_in(request), now=timezone.now())
            except Conflict as refusal:
                messages.warning(request, f"{one}: {refusal}")
            else:
                messages.success(request, _("%(delegation)s has ended.") % {"delegation": one})
