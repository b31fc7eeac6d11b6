"""Lists in parts: a cursor says after which row to go on, so that new rows neither repeat nor hide another."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from access.core.errors import Invalid
from portal.api.fields import Text

MOST: Final = 100
USUAL: Final = 50
_SIGNER: Final = Signer(salt="usher.api.cursor")

Row = TypeVar("Row", bound=Model)


class Part(Schema):
    """Which part of a list: at most `limit` rows, after `cursor`."""

    model_config = ConfigDict(extra="forbid")

    cursor: Text = Field("", max_length=100)
    limit: int = Field(USUAL, ge=1, le=MOST)


def newest_first(rows: QuerySet[Row], part: Part) -> tuple[Sequence[Row], str | None]:
    """Take a part of rows that have references, the newest first, and the cursor of the next part, if there is one.

    The cursor is a reference, because a row's number would tell how many there are; and signed, because one that was
    made up would tell whether somebody else's row exists.
    """
    if named := reference_in(rows.model, part):
        rows = rows.filter(pk__lt=rows.model._default_manager.filter(ref=named).values("pk")[:1])
    found = list(rows.order_by("-pk")[: part.limit + 1])
    shown = found[: part.limit]
    return shown, of_reference(shown[-1].ref) if len(found) > part.limit else None  # type: ignore[attr-defined]


def by_number(rows: QuerySet[Row], part: Part) -> tuple[Sequence[Row], str | None]:
    """Take a part of rows without references, as they came, and the cursor of the next part, if there is one.

    It is signed, so that nobody tries out which numbers there are.
    """
    if part.cursor:
        try:
            rows = rows.filter(pk__gt=int(_SIGNER.unsign(_opened(part.cursor))))
        except (BadSignature, ValueError):
            raise _unknown() from None
    found = list(rows.order_by("pk")[: part.limit + 1])
    shown = found[: part.limit]
    return shown, of_reference(str(shown[-1].pk)) if len(found) > part.limit else None


def reference_in(model: type[Model], part: Part) -> str:
    """Read the reference that a cursor names; empty at the beginning of the list."""
    if not part.cursor:
        return ""
    try:
        named = _SIGNER.unsign(_opened(part.cursor))
    except BadSignature:
        raise _unknown() from None
    if not model._default_manager.filter(ref=named).exists():
        raise _unknown()
    return named


def of_reference(ref: str) -> str:
    """The cursor behind which a list goes on after this row."""
    return sealed(_SIGNER.sign(ref))


def number_after(part: Part) -> int:
    """Read the number that a cursor of the log names."""
    if not part.cursor:
        return 0
    text = _opened(part.cursor)
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(2**62)):
        raise _unknown()
    return min(int(text), 2**62)


def sealed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise _unknown() from None


def _unknown() -> Invalid:
    return Invalid({"cursor": _("This is no cursor of this list. Begin without one.")})
