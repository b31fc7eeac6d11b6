"""The further questions of a flow: what they are, what may be answered, and what was. Pure, over plain data."""

from access.core.prompts.answers import Answer, Told, asked_only_if, named_people, read, sent_again, shown, told
from access.core.prompts.fields import Field, Type
from access.core.prompts.settle import settle
from access.core.prompts.values import written
from access.core.prompts.words import in_words

__all__ = [
    "Answer",
    "Field",
    "Told",
    "Type",
    "asked_only_if",
    "in_words",
    "named_people",
    "read",
    "sent_again",
    "settle",
    "shown",
    "told",
    "written",
]
