"""The API as a whole: its routers, its refusals and its description."""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.params.models import Query

from access.audit import log
from access.core.errors import Invalid, Refusal
from portal.api import access_reviews, config, events, evidence, grants, me, openapi, problems, requests
from portal.api.renderer import RENDERER


class UsherAPI(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The description, made once for the address of the portal: anybody may ask for it, and it takes long."""
        address = settings.BASE_URL, self.get_root_path({})
        known, described = self._described
        if known != address:
            # One, and no more: a proxy may let whoever asks say under which path.
            described = openapi.completed(super().get_openapi_schema(**kwargs))
            self._described = address, described
        return described  # type: ignore[no-any-return]

    _described: tuple[Any, Any] = (None, None)


api = UsherAPI(
    title="Usher",
    version="1.0.0",
    description=openapi.TEXT,
    renderer=RENDERER,
    docs_url=None,  # it would load its pages from a third party
    urls_namespace="api",
)


def _careful(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse parameters that a call does not know, and name its token in every event that it causes."""
    known = _parameters(view)

    @functools.wraps(view)
    def call(request: Any, *args: Any, **kwargs: Any) -> Any:
        unknown = [name for name in request.GET if name not in known]
        if unknown:
            sentence = _("There is no such parameter.")
            raise Invalid({name.encode(errors="replace").decode()[:100]: sentence for name in unknown})
        with log.through(request.auth.ref):
            answer = view(request, *args, **kwargs)
        # The middleware says the same in a header, for whoever follows those.
        request.next_cursor = getattr(answer, "next_cursor", None)
        return answer

    return call


def _parameters(view: Callable[..., Any]) -> Collection[str]:
    """Name what may stand behind the question mark."""
    names: set[str] = set()
    for name, one in inspect.signature(view).parameters.items():
        model = getattr(one.annotation, "__origin__", None)
        if any(isinstance(mark, Query) for mark in getattr(one.annotation, "__metadata__", ())):
            names |= set(getattr(model, "model_fields", None) or {name})
    return names


api.add_decorator(_careful)
for _part in (me, requests, grants, access_reviews, events, evidence, config):
    api.add_router("", _part.router)

_refusals: Mapping[type[Exception], Callable[..., HttpResponse]] = {
    Refusal: problems.refused,
    Http404: problems.not_found,
    AuthenticationError: problems.no_token,
    problems.TooMany: problems.too_many,
    HttpError: problems.unreadable,
    ValidationError: problems.wrong_types,
}
for _kind, _handler in _refusals.items():
    api.add_exception_handler(_kind, _handler)

urls = api.urls
for _pattern in urls[0]:
    if isinstance(_pattern, URLPattern):
        # Who calls is known by the token; a session opens nothing here.
        _pattern.callback.login_required = False  # type: ignore[attr-defined]
