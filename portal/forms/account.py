"""What a person wants to be told of."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from access.core import clocks
from access.models import Topic

YES: Final = "yes"
NO: Final = "no"
_AT_ONCE: Final = [(YES, _("At once")), (NO, _("Never"))]
_ON: Final = [(YES, _("On")), (NO, _("Off"))]
_HELP: Final[Mapping[Topic, str | Promise]] = {
    Topic.REVIEW: _("When somebody asks for what you may approve, and when somebody else has settled it."),
    Topic.OWN: _("What was decided, and when your access begins and ends."),
    Topic.REMINDERS: _("While somebody waits for you to decide, and ten minutes before your access ends."),
    Topic.TROUBLE: _("When access takes long to begin, or a message could not be sent."),
}


class AccountForm(forms.Form):
    """One choice for each topic that this person has, and the zone in which they are told times."""

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        topics: Sequence[Topic],
        muted: Collection[str] = (),
        zone: str = "",
        browser_zone: str = "",
    ) -> None:
        super().__init__(data)
        of_browser = (
            _("As in my browser (%(zone)s)") % {"zone": browser_zone} if browser_zone else _("As in my browser")
        )
        self.fields["zone"] = forms.ChoiceField(
            label=_("Tell me times in the zone"),
            help_text=_("In mails and on the pages. Slack shows them in the zone that is set there."),
            choices=[("", of_browser), *((one, one) for one in sorted(clocks.zones()))],
            initial=zone,
            required=False,
        )
        for topic in topics:
            self.fields[topic] = forms.ChoiceField(
                label=topic.label,
                help_text=str(_HELP[topic]),
                choices=_ON if topic is Topic.REMINDERS else _AT_ONCE,
                initial=NO if topic in muted else YES,
                widget=forms.RadioSelect,
            )

    @property
    def muted(self) -> set[str]:
        return {name for name, choice in self.cleaned_data.items() if choice == NO}
