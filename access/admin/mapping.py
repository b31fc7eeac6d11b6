"""User mappings: which account a person has. Matched by e-mail, or set by hand here."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms.models import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from access.admin.base import signed_in
from access.admin.lookups import account_field
from access.admin.mapping_csv import CsvPages
from access.admin.site import site
from access.models import DirectoryPerson, UserMapping
from access.people import mappings
from access.people.mapping_status import Status, with_status


class MappingForm(ModelForm):
    account = account_field(
        label=gettext_lazy("Account"),
        help_text=gettext_lazy("Type a part of the e-mail or the name. Access that is held now stays as it is."),
    )

    class Meta:
        model = UserMapping
        fields = ("user",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            return
        old = self.fields["account"]
        self.fields["account"] = account_field(self.instance.integration, label=old.label, help_text=old.help_text)
        self.initial["account"] = account_of(self.instance).values_list("pk", flat=True).first()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        account, user = cleaned.get("account"), cleaned.get("user") or getattr(self.instance, "user", None)
        if account is None or user is None:
            return cleaned
        if account.gone_at and "account" in self.changed_data:
            self.add_error("account", _("This account is gone from %(where)s.") % {"where": account.integration})
        if account.integration.is_bot(account.external_id):
            self.add_error("account", mappings.of_the_bot())
        owners = UserMapping.objects.filter(integration=account.integration_id, account_id=account.external_id)
        owner = owners.exclude(user=user).select_related("user").first()
        if owner:
            self.add_error("account", _("This account belongs to %(person)s already.") % {"person": owner.user})
        return cleaned


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        narrower = [(one.value, str(one.label)) for one in Status if one != Status.MAPPED]
        return [("mapped", _("Has an account")), ("unmapped", _("Has no account")), *narrower]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mapped":
            return queryset.exclude(account_id="")
        if self.value() == "unmapped":
            return queryset.filter(account_id="")
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(UserMapping, site=site)
class MappingAdmin(CsvPages):
    form = MappingForm
    typed_only = ("account",)
    autocomplete_fields = ("user",)
    list_display = ("user", "integration", "account_now", "method", "stands", "matched_at")
    list_select_related = ("user", "integration")
    list_filter = (StateFilter, "integration", "method")
    search_fields = ("user__email", "user__name", "account_id")
    ordering = ("user__email", "integration__name")
    actions = ("match_again", "keep_account")
    change_form_outer_before_template = "admin/access/usermapping/match.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_status(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: UserMapping | None = None) -> tuple[str, ...]:
        return ("user", "integration", "account", "method", "stands", "matched_at") if obj else ("user", "account")

    def get_readonly_fields(self, request: HttpRequest, obj: UserMapping | None = None) -> tuple[str, ...]:
        return ("user", "integration", "method", "stands", "matched_at") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # It would only come back, matched by e-mail, with the next sync.
        return False

    def save_model(self, request: HttpRequest, obj: UserMapping, form: ModelForm, change: bool) -> None:
        """Pin the account through the service, which writes the log."""
        account = form.cleaned_data["account"]
        if change and not form.has_changed():
            return
        kept = mappings.set_by_hand(
            user=obj.user, integration=account.integration, account_id=account.external_id, by=signed_in(request),
            now=timezone.now(),
        )  # fmt: skip
        obj.pk = kept.pk
        obj.refresh_from_db()

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        """The service has done it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has done it."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.match_one_again)
        return [path("<int:pk>/match/", view, name="access_usermapping_match"), *super().get_urls()]

    @method_decorator(require_POST)
    def match_one_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = UserMapping.objects.filter(pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        if not rows:
            raise Http404
        self.match_again(request, rows)
        return redirect(reverse("admin:access_usermapping_change", args=[pk]))

    @admin.action(description=gettext_lazy("Match again by e-mail"), permissions=["change"])
    def match_again(self, request: HttpRequest, queryset: QuerySet[UserMapping]) -> None:
        by, now = signed_in(request), timezone.now()
        rows = list(UserMapping.objects.filter(pk__in=queryset).select_related("user", "integration").order_by("pk"))
        _tell(request, [mappings.match_again(mapping=row, by=by, now=now) for row in rows])

    @admin.action(description=gettext_lazy("Keep the account though it was renamed"), permissions=["change"])
    def keep_account(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by, now = signed_in(request), timezone.now()
        renamed = list(queryset.filter(status=Status.RENAMED).select_related("user", "integration"))
        for one in renamed:
            mappings.set_by_hand(user=one.user, integration=one.integration, account_id=one.account_id, by=by, now=now)
        text = ngettext("%(count)d account is kept.", "%(count)d accounts are kept.", len(renamed))
        messages.success(request, text % {"count": len(renamed)})

    @admin.display(description=gettext_lazy("state"), ordering="status")
    def stands(self, obj: Any) -> str:
        return str(Status(obj.status).label)

    @admin.display(description=gettext_lazy("account"))
    def account_now(self, obj: Any) -> str:
        return obj.account_email or obj.account_id or "–"


def _tell(request: HttpRequest, looked_at: list[UserMapping]) -> None:
    failed = [f"{one.user} ({one.get_problem_display()})" for one in looked_at if not one.account_id]
    if count := len(looked_at) - len(failed):
        text = ngettext("%(count)d person has an account.", "%(count)d people have an account.", count)
        messages.success(request, text % {"count": count})
    if failed:
        messages.warning(request, _("Not matched: %(names)s.") % {"names": ", ".join(failed)})


def account_of(mapping: UserMapping) -> QuerySet[DirectoryPerson]:
    return DirectoryPerson.objects.filter(integration=mapping.integration_id, external_id=mapping.account_id)
