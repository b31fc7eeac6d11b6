"""One pass over a target: what is due, whom to ask, what was seen, and what Aptible answered."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from access.core.job_clock import Elapsed
from access.grants import member_list
from access.grants.claim import Work
from access.models import Grant
from integrations.base import AccessProvider, NeedsAttention, ProviderError, ProviderUnavailable


class OutOfTime(ProviderUnavailable):
    """This pass has no time left. That says nothing of whether the provider can be reached."""


@dataclass(frozen=True)
class Call:
    """One add that was asked for, and the answer."""

    at: datetime  # of the answer
    error: ProviderError | None = None  # None: accepted


@dataclass
class Pass:
    """`calls`, `intended` and `troubles` are kept by the primary key of the grant that they are about."""

    work: Work
    provider: AccessProvider
    clock: Elapsed
    seen: member_list.Seen = field(init=False)
    calls: dict[int, Call] = field(default_factory=dict)
    intended: dict[int, datetime] = field(default_factory=dict)  # what was written as `unsure_until`
    troubles: dict[int, ProviderError] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)  # Aptible accepted their removal in this pass
    # Whether the person's own roles show the role, or why nobody says.
    own_roles: dict[int, bool | ProviderError] = field(default_factory=dict)
    unanswered: dict[int, str] = field(default_factory=dict)  # why it is not known whether a last role goes
    has_changed: bool = False  # something may be different from what was listed

    def __post_init__(self) -> None:
        self.seen = member_list.nothing(self.clock)

    @property
    def role_id(self) -> str:
        return self.work.target.role_id

    @property
    def stuck(self) -> NeedsAttention | None:
        """What stands in the way of every call."""
        return next((one for one in self.troubles.values() if isinstance(one, NeedsAttention)), None)

    def may_call(self, grant: Grant, *, until: float) -> bool:
        """Whether nothing stands in the way, and there is time. If not, that is the grant's trouble."""
        late = self.clock.seconds > until
        trouble = self.stuck or (self.out_of_time() if late else None)
        if trouble:
            self.troubles[grant.pk] = trouble
        return trouble is None

    def out_of_time(self) -> OutOfTime:
        """Say what took so long. The next pass goes on at once."""
        text = _("Aptible took %(seconds)d s so far to list who is in the role; it goes on where it stopped.")
        return OutOfTime(text % {"seconds": round(self.clock.seconds)}, retry_after=0.0)
