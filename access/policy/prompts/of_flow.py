"""The further questions of a flow, and what was answered to them."""

from typing import Any

from django.db.models import QuerySet

from access.core import prompts
from access.core.prepared import prepared
from access.models import Flow, PromptField, User


def of_flow(flow: Flow) -> list[prompts.Field]:
    """List the questions in the order in which they are asked, as they are set now."""
    known = "prompt_fields" in getattr(flow, "_prefetched_objects_cache", {})
    return [one.plain for one in (flow.prompt_fields.all() if known else _fields(flow.pk))]


@prepared
def _fields(flow: int) -> QuerySet[PromptField]:
    return PromptField.objects.filter(flow=flow)


def read(flow: Flow, typed: Any) -> tuple[list[prompts.Answer], dict[str, str]]:
    """Read the answers for a request, and say what is wrong with them, by `field-` and the name of the field."""
    return judge(of_flow(flow), typed)


def judge(fields: list[prompts.Field], typed: Any) -> tuple[list[prompts.Answer], dict[str, str]]:
    """As `read`, of questions that are known. People are looked up only where one is named."""
    named = prompts.named_people(fields, typed)
    active = User.objects.filter(email__in=named, is_active=True) if named else []
    answers, wrong = prompts.read(fields, typed, {one.email: str(one) for one in active})
    return answers, {f"field-{name}": sentence for name, sentence in wrong.items()}


def people(limit: int) -> list[User]:
    """List those who can be named, by name: at most so many."""
    return list(User.objects.filter(is_active=True).order_by("name", "email")[:limit])
