"""One further question of a flow."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

STRING_MAX: Final = 2000  # characters
LIST_MAX: Final = 50  # items
ALLOWED_MAX: Final = 100
FIELDS_MAX: Final = 40
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
# What every form asks already, or carries along.
RESERVED: Final = frozenset(
    {
        "duration", "flow", "reason", "starts", "starts-at", "starts_at", "submission",
        "target", "target-id", "target_id", "targets", "ticket",
    }
)  # fmt: skip


class Type(TextChoices):
    STRING = "string", _("text")
    STRINGS = "str_list", _("list of texts")
    INT = "int", _("whole number")
    INTS = "int_list", _("list of whole numbers")
    BOOL = "bool", _("yes or no")
    DURATION = "duration", _("length of time")
    PERSON = "person", _("person")
    PEOPLE = "person_list", _("list of people")


# What the items of a list are.
ITEMS: Final = {Type.STRINGS: Type.STRING, Type.INTS: Type.INT, Type.PEOPLE: Type.PERSON}


@dataclass(frozen=True)
class Field:
    """A question. Values are text, whole numbers, true or false, and seconds for a length of time."""

    name: str
    type: Type = Type.STRING
    label: str = ""
    help: str = ""
    required: bool = True  # when it is asked at all
    default: Any = None
    visible: bool = True  # else people never see it, and it has its default
    allowed: tuple[Any, ...] = ()  # empty: anything of its type
    shown_if: str = ""  # the name of an earlier field
    shown_values: tuple[Any, ...] = ()  # one of which that field has to have; empty: any, which for yes or no is yes

    @property
    def title(self) -> str:
        return self.label or self.name

    @property
    def item(self) -> Type:
        """The type of one value, be the field a list or not."""
        return ITEMS.get(self.type, self.type)

    @property
    def is_list(self) -> bool:
        return self.type in ITEMS

    @property
    def is_of_people(self) -> bool:
        return self.item == Type.PERSON
