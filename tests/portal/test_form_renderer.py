"""What is written without a template is what Django's own templates write, but for empty lines."""

import re
from datetime import date

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from portal.forms.renderer import QUICK, Renderer

CHOICES = [("", "Any"), ("a&b", "A < B"), ('Group "1"', [(1, "One"), (2, mark_safe("<b>Two</b>"))]), (None, None)]


class Form(forms.Form):
    text = forms.CharField(widget=forms.TextInput({"placeholder": '"it\'s"', "data-x": True, "data-y": False}))
    search = forms.CharField(widget=forms.TextInput({"type": "search", "class": mark_safe("a&b")}), required=False)
    day = forms.DateField(widget=forms.DateInput({"type": "date"}))
    number = forms.IntegerField(min_value=1)
    email = forms.EmailField()
    hidden = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(widget=forms.PasswordInput)
    one = forms.ChoiceField(choices=CHOICES)
    other = forms.ChoiceField(choices=CHOICES, widget=forms.Select({"disabled": True, "size": 3}))
    long = forms.CharField(widget=forms.Textarea)


DATA = [
    {},
    {"text": "<script>&amp;'\"", "search": 1000, "day": "2026-01-31", "number": "12345", "one": "2", "other": "a&b"},
    {"text": mark_safe("<i>"), "day": date(2026, 1, 31), "one": 1, "hidden": "x", "password": "secret"},
]


def written(renderer, data):
    form = Form(data or None, renderer=renderer, initial={"number": 1234})
    return {name: re.sub(r"\n\s*\n", "\n", str(form[name])) for name in form.fields}


def test_it_says_the_same():
    for data in DATA:
        assert written(Renderer(), data) == written(DjangoTemplates(), data)


def test_it_writes_what_forms_have():
    named = {field.widget.template_name for field in Form.base_fields.values()}
    assert named - set(QUICK) == {"django/forms/widgets/textarea.html"}
