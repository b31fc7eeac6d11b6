"""Mails tell times in the zone of whoever reads them, and name it."""

import pytest
from django.utils import timezone

from access.core.states import GrantState
from access.models import Notification
from access.notify import letters
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("chosen", "browser", "told"),
    [
        ("", "", "Mon 5 Jan 2026, 13:00 UTC"),
        ("", "Asia/Tokyo", "Mon 5 Jan 2026, 22:00 JST"),
        ("America/New_York", "Asia/Tokyo", "Mon 5 Jan 2026, 08:00 EST"),
        ("", "No/Longer", "Mon 5 Jan 2026, 13:00 UTC"),
    ],
)
def test_each_reader_is_told_times_in_their_own_zone(flow, jon, now, chosen, browser, told):
    jon.zone, jon.browser_zone = chosen, browser
    jon.save()
    grant = factories.grant(state=GrantState.ACTIVE, now=now, person=jon)
    one = Notification(recipient=jon, kind="active", topic="own", grant=grant, request=grant.requests.get())
    one.created_at = now
    before = timezone.get_current_timezone_name()
    message = letters.message(one)
    assert told in message.text
    assert told in message.html
    assert timezone.get_current_timezone_name() == before
