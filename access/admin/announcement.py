"""Where the requests of a flow are announced in Slack."""

from django.forms.models import ModelForm
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from access.admin.fields import DAY, DurationField
from access.models import Announcement


class AnnouncementForm(ModelForm):
    timeout = DurationField(label=gettext_lazy("Then the next one after"), longest=7 * DAY, required=False)

    class Meta:
        model = Announcement
        fields = ("position", "kind", "channel", "timeout")

    def clean_timeout(self) -> int | None:
        return self.cleaned_data["timeout"] or None


class AnnouncementInline(TabularInline):
    """The first is used; the others are its back-ups. Without any, each approver is told by direct message."""

    model = Announcement
    form = AnnouncementForm
    extra = 0
    classes = ("collapse",)
    verbose_name = gettext_lazy("place")
    verbose_name_plural = gettext_lazy("announced in Slack (without a place: to each approver)")
