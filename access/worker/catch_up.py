"""What a worker does first when none worked before it: the database may be older than the truth."""

from datetime import datetime

from access.models import Integration, Worker


def after_gap(*, now: datetime) -> bool:
    """Let every organization be read and held against the grants at once, unless another worker was at work."""
    if Worker.objects.any_running(now=now):
        return False
    Integration.objects.filter(type=Integration.Type.APTIBLE, due_at__gt=now).update(due_at=now)
    return True
