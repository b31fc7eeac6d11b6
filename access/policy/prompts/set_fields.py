"""Set the further questions of a flow."""

from collections.abc import Sequence

from django.db import transaction

from access.core import prompts
from access.core.errors import Invalid
from access.models import Flow, PromptField


@transaction.atomic
def set_all(flow: Flow, fields: Sequence[prompts.Field]) -> None:
    """Let the flow ask these, in this order, instead of what it asked. Values may be as people write them.

    Raises Invalid with a sentence for each that is wrong, by the field's number from 1 and what of it.
    """
    settled, wrong = prompts.settle(fields)
    errors = {
        f"{number}. {name}": sentence for number, one in enumerate(wrong, 1) for name, sentence in one.items()
    }  # fmt: skip
    if errors:
        raise Invalid(errors)
    flow.prompt_fields.all().delete()
    PromptField.objects.bulk_create(_row(flow, number, one) for number, one in enumerate(settled, 1))


def _row(flow: Flow, position: int, field: prompts.Field) -> PromptField:
    return put(PromptField(flow=flow, position=position), field)


def put(row: PromptField, field: prompts.Field) -> PromptField:
    """Write what a settled field says onto its row, unsaved."""
    row.name, row.type, row.label, row.help = field.name, field.type, field.label, field.help
    row.required, row.visible, row.default = field.required, field.visible, field.default
    row.allowed, row.shown_if, row.shown_values = list(field.allowed), field.shown_if, list(field.shown_values)
    return row
