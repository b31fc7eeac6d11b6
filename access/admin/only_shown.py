"""A form that comes filled in and takes nothing: what stands above it says what to do."""

from typing import Any, Final

from django.http import HttpRequest

NOT_YET: Final = "why_not_yet"  # on a call whose form is only shown: what stands above it


def unless_asked(request: HttpRequest, form: type[Any], why_not: str = "") -> type[Any]:
    """The form itself; for such a call one with the same fields that refuses, so that what was typed stays in it.

    `why_not` says why it refuses where the call is none of these.
    """
    why = getattr(request, NOT_YET, why_not)
    if not why:
        return form

    class OnlyShown(form):
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(None, why)
            return cleaned

    return OnlyShown
