"""Public references that tell nothing: no count, no order, no letters that look alike."""

import secrets
from typing import Any, Final

from django.db import models

from access.core.prepared import prepared

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def fresh(model: type[models.Model], prefix: str) -> str:
    """Draw a reference such as R-7K3QF that no row of `model` has yet."""
    while True:
        ref = f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(5))
        if not _with(ref, model=model):
            return ref


@prepared
def _with(ref: str, *, model: type[models.Model]) -> models.QuerySet[Any, Any]:
    return model._default_manager.filter(ref=ref).values_list("pk")
