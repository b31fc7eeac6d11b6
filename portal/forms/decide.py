"""The short forms on a request: approve, deny, write off."""

from django import forms

from portal.forms.fields import DurationField


class DecideForm(forms.Form):
    """What an approver says. The service says what is missing."""

    comment = forms.CharField(required=False, max_length=2000)
    duration = DurationField(required=False)


class CommentForm(forms.Form):
    comment = forms.CharField(required=False, max_length=10_000, strip=False)


class WriteOffForm(forms.Form):
    reason = forms.CharField(required=False, max_length=2000)
