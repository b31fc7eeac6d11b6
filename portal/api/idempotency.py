"""The same call twice, the same answer: the header Idempotency-Key, kept for a day."""

import functools
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Status

from access.core.errors import Invalid, Refusal
from access.models import KeptAnswer
from access.people import api_calls
from portal.api.auth import ApiRequest
from portal.api.problems import problem
from portal.api.renderer import RENDERER

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 200
_SPACE: Final = uuid.UUID("0b5a3f0e-6e0c-4f9e-9d3a-7d1f1f0f6b11")


def once(view: Callable[..., Status[Any]]) -> Callable[..., HttpResponse]:
    """Let a call with a key do its work once. Only what was done is kept: a refusal frees the key.

    A call that was cut off can be sent again after two minutes; `submission` makes it find its own work.
    """

    @functools.wraps(view)
    def call(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return _written(request, view(request, *args, **kwargs))
        try:
            kept = _claim(request, key)
        except api_calls.OtherCall:
            text = _("This idempotency key was used for another call. Take a new one.")
            return problem(422, text, errors={HEADER: text})
        if kept.status is not None:
            return _replayed(kept)
        request.kept = kept  # type: ignore[attr-defined]
        try:
            answer = _written(request, view(request, *args, **kwargs))
        except (Refusal, Http404):
            api_calls.let_go(kept)
            raise
        api_calls.keep(kept, status=answer.status_code, body=answer.content.decode())
        return answer

    return call


def submission(request: ApiRequest) -> uuid.UUID:
    """Name this call, the same way for each time it comes with its key."""
    kept: KeptAnswer | None = getattr(request, "kept", None)
    return uuid.uuid5(_SPACE, f"{kept.pk}:{kept.key}") if kept else uuid.uuid4()


def _claim(request: ApiRequest, key: str) -> KeptAnswer:
    if not key or len(key) > LONGEST or not (key.isascii() and key.isprintable()):
        raise Invalid({HEADER: _("Write 1 to 200 plain characters, such as a UUID.")})
    fingerprint = api_calls.fingerprint(request.method or "", request.get_full_path(), request.body)
    return api_calls.claim(token=request.auth, key=key, fingerprint=fingerprint, now=timezone.now())


def _written(request: ApiRequest, answer: Status[Any]) -> HttpResponse:
    body = RENDERER.render(request, answer.value.model_dump(), response_status=answer.status_code)
    return HttpResponse(body, status=answer.status_code, content_type="application/json")


def _replayed(kept: KeptAnswer) -> HttpResponse:
    headers = {"Idempotency-Replayed": "true"}
    return HttpResponse(kept.body, status=kept.status, content_type="application/json", headers=headers)
