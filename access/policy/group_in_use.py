"""Whether anything goes by a group: before, it decides nothing, and can go without anybody noticing."""

from django.db.models import Q

from access.models import AccessRequest, FastTrackRule, Flow


def is_named(name: str) -> bool:
    """Whether a flow, one of its rules or a request that was made goes by the group of this name."""
    flows = Flow.objects.filter(
        Q(stages__pools__groups__name=name) | Q(requesters__name=name) | Q(stand_ins__name=name)
    )  # fmt: skip
    rules = FastTrackRule.objects.filter(Q(in_group__name=name) | Q(not_in_group__name=name))
    return flows.exists() or rules.exists() or AccessRequest.objects.filter(asked__group__name=name).exists()
