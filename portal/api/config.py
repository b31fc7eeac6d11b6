"""The set-up, for who keeps it by a program: each row as the arguments that a file would have."""

from typing import Annotated, Any, Final, Literal

from annotated_types import Len
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Body, Path, Router, Schema, Status
from pydantic import AfterValidator, JsonValue

from access.config import api_proposals
from access.config.declared import api_resource, dry_run
from access.config.declared.wanted import TYPES
from access.core import texts
from access.models import Scope
from integrations.storable import storable
from portal.api import openapi
from portal.api.auth import ApiRequest, Bearer
from portal.api.fields import Text

router: Final = Router(tags=["The set-up"], auth=Bearer(Scope.CONFIGURE))

Type = Literal[TYPES]  # type: ignore[valid-type]


def _texts(value: Any) -> Any:
    """Take only texts that a database takes, however deep they lie."""
    if storable(value) != value:
        raise ValueError(texts.unfit())
    return value


Document = Annotated[dict[Text, JsonValue], AfterValidator(_texts)]


class RowOut(Schema):
    """One row. `arguments` are those of its type of resource, lengths of time in seconds, ids as names.

    `kept_by` is api, files, or nobody: then it was made by hand. `warnings` tell what was sent and changes nothing.
    """

    type: str
    name: str
    kept_by: str
    arguments: dict[str, Any]
    warnings: list[str] = []


class Rows(Schema):
    items: list[RowOut]


class Step(Schema):
    """A row that is put, or taken away where `arguments` are null."""

    type: Type
    name: Text
    arguments: Document | None = None
    if_match: Text = ""
    if_none_match: Text = ""


class DryRun(Schema):
    """The last of `steps` is judged after those before it, which are planned as well.

    `online` asks Aptible whether it has the role or the organization that the row names.
    """

    steps: Annotated[list[Step], Len(0, 1000)] = []
    online: bool = False


class Judged(Schema):
    """What of the row was sent and changes nothing."""

    warnings: list[str]


@router.post(
    "/config/dry-run", response=openapi.writing({200: Judged}, 404, 412), operation_id="judge_config",
    auth=Bearer(Scope.CONFIGURE, writes=False),
    summary="Say what a PUT or DELETE of a row would be refused for; nothing is written",
)  # fmt: skip
def judge(request: ApiRequest, body: DryRun) -> Judged:
    steps = [
        dry_run.Step(one.type, one.name, one.arguments, one.if_match.strip('"'), one.if_none_match)
        for one in body.steps
    ]
    try:
        return Judged(warnings=dry_run.judge(steps, by=request.user, now=timezone.now(), online=body.online))
    except LookupError:
        raise Http404 from None


@router.get(
    "/config/{type}", response=openapi.reading(Rows, 404), operation_id="list_config",
    summary="Every row of this type, by name",
)  # fmt: skip
def index(request: ApiRequest, type: Path[Type]) -> Rows:
    return Rows(items=[_out(one) for one in api_resource.listed(type, by=request.user)])


@router.get(
    "/config/{type}/{slug:name}", response=openapi.reading(RowOut, 404), operation_id="get_config",
    summary="One row, with the ETag to change it by",
)  # fmt: skip
def show(request: ApiRequest, response: HttpResponse, type: Path[Type], name: Path[Text]) -> RowOut:
    found = api_resource.find(type, name, by=request.user)
    if found is None:
        raise Http404
    response.headers["ETag"] = f'"{found.tag}"'
    return _out(found)


@router.put(
    "/config/{type}/{slug:name}", response=openapi.writing({200: RowOut, 201: RowOut}, 404, 412),
    operation_id="put_config", summary="Make a row what this says, and keep it through the API",
    description="`If-Match` changes only what was read, `If-None-Match: *` only makes. A row that was made by hand is "
    "taken over with `If-Match` alone; one that files keep stays theirs.",
)  # fmt: skip
def put(
    request: ApiRequest, response: HttpResponse, type: Path[Type], name: Path[Text], body: Body[Document]
) -> Status[RowOut]:  # fmt: skip
    done = api_proposals.put(
        type, name, body, by=request.user, through=request.auth, now=timezone.now(), match=_tag(request, "If-Match"),
        none_match=_tag(request, "If-None-Match"),
    )  # fmt: skip
    response.headers["ETag"] = f'"{done.row.tag}"'
    return Status(201 if done.made else 200, _out(done.row, done.warnings))


@router.delete(
    "/config/{type}/{slug:name}", response=openapi.writing({200: RowOut}, 404, 412),
    operation_id="remove_config", summary="Take a row away; what history needs stays out of use",
)  # fmt: skip
def remove(request: ApiRequest, type: Path[Type], name: Path[Text]) -> RowOut:
    try:
        match = _tag(request, "If-Match")
        return _out(
            api_proposals.remove(type, name, by=request.user, through=request.auth, now=timezone.now(), match=match)
        )
    except LookupError:
        raise Http404 from None


def _tag(request: ApiRequest, header: str) -> str:
    return request.headers.get(header, "").strip().removeprefix("W/").strip('"')


def _out(row: api_resource.Row, warnings: list[str] | None = None) -> RowOut:
    return RowOut(
        type=row.type, name=row.name, kept_by=row.kept_by, arguments=dict(row.document), warnings=warnings or []
    )
