"""What a job logs has the id of its task, and so has what it asks of the outside. How long each takes is counted."""

import time
from typing import Any

from django_q.signals import post_execute_in_worker, pre_execute

from access.worker import measures
from integrations import measure, trace

_begun: list[float] = []  # of the one job that this process is at


def listen() -> None:
    """Before the job processes are forked."""
    pre_execute.connect(_begin)
    post_execute_in_worker.connect(_end)


def _begin(task: dict[str, Any], **_more: object) -> None:
    trace.begin(f"job-{task['id'][:16]}")
    _begun[:] = [time.perf_counter()]


def _end(task: dict[str, Any], **_more: object) -> None:
    job = str(task["func"]).rpartition(".")[2]
    result = "done" if task.get("success") else "failed"
    if _begun:
        measure.note("job", kind=job, result=result, seconds=time.perf_counter() - _begun.pop())
    measures.keep_now_and_then()
