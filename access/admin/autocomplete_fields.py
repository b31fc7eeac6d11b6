"""Picking several people or groups by search, in forms that no table stands behind."""

from typing import Any

from django import forms
from django.db.models import Model

from access.admin.autocomplete_widgets import PickSeveral
from access.admin.lookups import label
from access.admin.site import site
from access.models import Group, Pool, User


class PickSeveralField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Model) -> str:
        return label(obj)


def people_field(**options: Any) -> PickSeveralField:
    """Those who are asked in a pool. The search finds active people only."""
    return PickSeveralField(User.objects.all(), widget=_widget("people"), **options)


def groups_field(**options: Any) -> PickSeveralField:
    return PickSeveralField(Group.objects.all(), widget=_widget("groups"), **options)


def _widget(field: str) -> PickSeveral:
    return PickSeveral(Pool._meta.get_field(field), site)
