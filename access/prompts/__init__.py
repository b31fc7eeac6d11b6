"""The further questions of a flow: what they are, what may be answered, and what was. Pure, over plain data."""

from access.prompts.answers import Answer, Told, asked_only_if, named_people, read, sent_again, shown, told
from access.prompts.fields import Field, Type
from access.prompts.settle import settle
from access.prompts.values import written
from access.prompts.words import in_words

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
