"""Write rows of the set-up once, in the log as an admin's doing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from access.config import record_changes
from access.models import User

Row = TypeVar("Row", bound=models.Model)


@transaction.atomic
def made(
    model: type[Row], name: str, *, by: User, now: datetime, fill: Callable[[Row], object] | None = None, **fields: Any
) -> Row:
    """Find the row of this name; without one, make it with `fields`, and with `fill` what stands in other tables."""
    row, new = model._default_manager.get_or_create(name=name, defaults=fields)
    if new:
        if fill:
            fill(row)
        record_changes.record_added(row, by=by, now=now)
    return row
