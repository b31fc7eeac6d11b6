"""Forms about people, who sign in with their e-mail."""

from typing import Any

from django import forms
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from access.config import record_changes
from access.models import User

# A person who takes one of these from themselves could lock everybody out.
_OWN = ("is_active", "is_staff", "is_superuser")


class _OneEmail:
    instance: User

    def clean_email(self: Any) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another person has this e-mail already."))
        return email


class PersonAddForm(_OneEmail, forms.ModelForm):
    """Add somebody, who signs in with a provider, or by the password that they set by an invitation."""

    class Meta:
        model = User
        fields = ("email", "name", "is_bot")

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        return super().save(commit)


class PersonForm(_OneEmail, forms.ModelForm):
    """`by` is the admin at the form; the page sets it."""

    by: User

    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "manager",
            "on_call_email",
            "is_active",
            "is_staff",
            "is_superuser",
            "is_auditor",
            "user_permissions",
        )
        field_classes: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if email := self.fields.get("email"):
            email.help_text = _("A new e-mail moves no user mapping: look at them after a change.")
        permissions: Any = self.fields.get("user_permissions")
        if permissions:
            permissions.queryset = _useful_permissions()
            permissions.widget = UnfoldAdminSelect2MultipleWidget(choices=permissions.choices)
            permissions.label_from_instance = lambda one: one.name
            permissions.help_text = _(
                "What people who may open the admin, and are no superusers, can look at. Only admins change anything."
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get("manager") == self.instance:
            self.add_error("manager", _("Nobody is their own manager."))
        other = User.objects.filter(email__iexact=cleaned.get("on_call_email") or "-").exclude(pk=self.instance.pk)
        if other.exists():
            self.add_error("on_call_email", _("Somebody else signs in here with this e-mail, and is on call by it."))
        if cleaned.get("is_auditor") and cleaned.get("is_superuser"):
            self.add_error("is_auditor", _("An auditor changes nothing, so nobody is an auditor and a superuser."))
        for field in _OWN:
            if self.instance.pk == self.by.pk and field in cleaned and not cleaned[field]:
                self.add_error(field, _("You cannot take this from yourself. Ask another superuser."))
        return cleaned


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        before = record_changes.facts(self.user)
        user: User = super().save(commit)
        record_changes.record_changed(user, before=before, by=user, now=timezone.now())
        return user


def _useful_permissions() -> Any:
    """The rights that count for somebody who is no admin: see `who_gets_in.may_be_given`."""
    here = Permission.objects.filter(content_type__app_label="access", codename__startswith="view_")
    return here.select_related("content_type").order_by("content_type__model", "codename")
