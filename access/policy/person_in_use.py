"""Whether anything here goes by a person: before, an account that nobody has used is nobody's yet."""

from django.db.models import Q

from access.models import Integration, User, UserMapping


def is_named(person: User) -> bool:
    """Whether somebody here has named them, or they have acted here: the directory's own groups do not count."""
    decides = Q(pools__isnull=False) | Q(reports__isnull=False) | Q(asked_in__isnull=False)
    on_duty = Q(turns__isnull=False) | Q(shifts__isnull=False)
    stands_in = Q(delegations__isnull=False) | Q(delegations_to_them__isnull=False)
    by_hand = Q(member_of__isnull=False, member_of__provisioned=None)
    # In Slack they act without having signed in; of another account somebody has said that it is theirs.
    has_account = Q(mappings__integration__type=Integration.Type.SLACK, mappings__account_id__gt="") | Q(
        mappings__method__in=[UserMapping.Method.MANUAL, UserMapping.Method.IMPORTED]
    )
    ways = decides | on_duty | stands_in | by_hand | has_account
    return User.objects.filter(ways, pk=person.pk).exists()
