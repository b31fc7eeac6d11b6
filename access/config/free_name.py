"""A name that is not taken yet, made from what a person reads."""

from typing import Final

from django.db import models
from django.utils.text import slugify

LONGEST: Final = 90  # leaves room for a number


def free_name(model: type[models.Model], label: str, *, otherwise: str) -> str:
    """Make the name of a new row from its label; a number follows where the name is taken. One query."""
    wanted = slugify(label)[:LONGEST] or otherwise
    taken = set(model._default_manager.filter(name__startswith=wanted).values_list("name", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (wanted, *numbered) if one not in taken)
