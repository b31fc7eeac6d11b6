"""What a job logs has the id of its task, and so has what it asks of the outside."""

from typing import Any

from django_q.signals import pre_execute

from integrations import trace


def listen() -> None:
    """Before the job processes are forked."""
    pre_execute.connect(_begin)


def _begin(task: dict[str, Any], **_more: object) -> None:
    trace.begin(f"job-{task['id'][:16]}")
