"""Evidence packs, for auditors and admins: one zip that leaves while it is written."""

from typing import Any, Final

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import ConfigDict

from access.core.errors import Invalid
from access.evidence.pack import pack
from access.models import Scope
from access.people.rules import check_can_read_log
from portal import zip_file
from portal.api import openapi
from portal.api.auth import ApiRequest, Bearer
from portal.api.fields import Moment, Text
from portal.api.schemas import Problem

router: Final = Router(tags=["The log"])
# The type that every maker of clients takes for a file.
FILE: Final = {openapi.FILE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
# It leaves while it is written, so nobody knows beforehand whether it has changed: without 304.
ANSWERS: Final = {200: None, **dict.fromkeys((400, 401, 403, 404, 429), Problem)}


class Which(Schema):
    """`request` is a reference, `person` the e-mail of whoever asked, `since` and `until` are about when they did.

    All that is named has to fit.
    """

    model_config = ConfigDict(extra="forbid")

    request: Text = ""
    person: Text = ""
    target: Text = ""
    since: Moment | None = None
    until: Moment | None = None


@router.get(
    "/evidence", auth=Bearer(Scope.AUDIT), response=ANSWERS, operation_id="get_evidence",
    summary="The evidence of requests, as a zip", openapi_extra={"responses": {200: {"content": FILE}}},
)  # fmt: skip
def show(request: ApiRequest, which: Query[Which]) -> StreamingHttpResponse:
    """JSON, CSV, a page to print, the events with the proof of their places, and the program that verifies them."""
    check_can_read_log(by=request.user)
    named: dict[str, Any] = {name: value for name, value in which.dict().items() if value}
    if not named:
        raise Invalid({"request": _("Say which: by request, person, target, since or until.")})
    ref = str(named.pop("request", ""))
    found = pack.of(**named)
    found = found.filter(ref=ref.upper()) if ref else found
    if not found.exists():
        raise Http404(_("There is no such request."))
    answer = zip_file.response("evidence", pack.stream(found, now=timezone.now()))
    answer["Content-Type"] = openapi.FILE_TYPE
    return answer
