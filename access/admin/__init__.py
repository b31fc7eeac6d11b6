"""The admin: everything is set up here, and what happened can be read."""

from access.admin import (
    after_review,
    audit,
    delegation,
    flow,
    grant,
    group,
    integration,
    mapping,
    notification,
    person,
    request,
    schedule,
    secret,
    strategy,
    target,
    webhook,
    worker,
)
from access.admin.site import site

__all__ = [
    "after_review",
    "audit",
    "delegation",
    "flow",
    "grant",
    "group",
    "integration",
    "mapping",
    "notification",
    "person",
    "request",
    "schedule",
    "secret",
    "site",
    "strategy",
    "target",
    "webhook",
    "worker",
]
