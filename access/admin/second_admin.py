"""Where a second admin confirms: a POST to the admin is tried, taken back, and proposed, and later done again."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from access.admin.mapping_csv import KEPT
from access.admin.only_shown import NOT_YET
from access.config import proposals
from access.core import admin_only
from access.core.errors import Conflict
from access.models import User

WAY: Final = "admin"
# They change nothing of the set-up: two call the outside, which no transaction waits for, one takes all of it back.
_ONLY_TRY: Final = ("test", "sync", "who")
# Actions on a list that only take something away.
_ONLY_TAKE: Final = frozenset({("user", "deactivate"), ("delegation", "end_now")})
_SESSION: Final = (KEPT,)  # what a view reads of the session beside the form


def is_needed(request: HttpRequest) -> bool:
    """Whether this call could change what decides who gets in, and another admin has to confirm that."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    app, _one, rest = (name or "").partition("_")
    table, _one, page = rest.partition("_")
    if request.method != "POST" or app != "access" or table not in admin_only.DECIDES or page in _ONLY_TRY:
        return False
    # A list has two fields of this name, and which one counts is said by another: all of them have to be meant.
    actions = {(table, one) for one in request.POST.getlist("action")}
    if page == "changelist" and actions and actions <= _ONLY_TAKE:
        return False
    return proposals.are_needed()


def propose(view: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    """Answer as the view does when nothing would change; else keep it as a proposal, and lead there."""
    session = {name: request.session[name] for name in _SESSION if name in request.session}
    sent = {"path": request.get_full_path_info(), "post": request.POST.urlencode(), "session": session}
    shown: Any = messages.get_messages(request)
    said = len(shown._queued_messages)
    tried = proposals.attempt(view)
    if not (tried.changes and isinstance(request.user, User)):
        return tried.outcome
    # The view has said that it is done, and it is not.
    del shown._queued_messages[said:]
    request.session.update(session)
    made = proposals.propose(tried, way=WAY, sent=sent, by=request.user, behind=None, now=timezone.now())
    text = _("Nothing is changed yet: %(ref)s waits for another admin, who has a week to confirm it.")
    messages.warning(request, text % {"ref": made.ref})
    return redirect("admin:access_proposal_change", made.pk)


def filled_in(request: HttpRequest, sent: Mapping[str, Any], *, why: str) -> HttpResponse:
    """Show the form as it was sent, with `why` above it, and save nothing. Raises Conflict when its page is gone.

    What is no form of one row, such as an action on a list, leads to its page.
    """
    path = str(sent["path"]).partition("?")[0]
    if not path.endswith(("/add/", "/change/")):
        return redirect(path)
    return again(request, sent, why_not=why, form_url=str(sent["path"]))


def again(request: HttpRequest, sent: Mapping[str, Any], *, why_not: str = "", **more: str) -> HttpResponse:
    """Send the form once more, as the reader of `request`; with `why_not` it is shown and not taken.

    Raises Conflict when its page is gone.
    """
    path, _mark, query = str(sent["path"]).partition("?")
    try:
        match = resolve(path)
    except Resolver404:
        raise Conflict(_("The page on which this was proposed is gone.")) from None
    call: Any = copy.copy(request)
    call.method, call.path, call.path_info, call.resolver_match = "POST", path, path, match
    call.META = {**request.META, "REQUEST_METHOD": "POST", "QUERY_STRING": query, "PATH_INFO": path}
    call.__dict__["GET"] = QueryDict(query)
    call._post, call._files = QueryDict(sent["post"]), MultiValueDict()
    call.session, call._messages = dict(sent["session"]), CookieStorage(call)
    call._dont_enforce_csrf_checks = True  # the confirmation itself was checked
    setattr(call, NOT_YET, why_not)
    answer: HttpResponse = match.func(call, *match.args, **match.kwargs, **more)
    return answer
