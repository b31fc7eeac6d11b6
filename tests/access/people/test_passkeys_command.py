"""`manage.py passkeys`: what whoever runs the server does for an admin who has lost all of theirs."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from access.models import AuditEvent, Notification, Passkey
from access.notify import read_log
from tests.authenticator import device_of


def test_a_lost_passkey_is_listed_and_removed(olga, now):
    device_of(olga, now=now)
    out = io.StringIO()
    call_command("passkeys", "list", "--json", stdout=out)
    [told] = json.loads(out.getvalue())
    assert (told["person"], told["name"]) == ("olga@example.com", "Key")
    out = io.StringIO()
    call_command("passkeys", "list", stdout=out)
    assert "olga@example.com  “Key”" in out.getvalue()
    call_command("passkeys", "remove", str(told["number"]), stdout=out)
    assert not Passkey.objects.exists()
    assert AuditEvent.objects.latest().type == "passkey.removed"
    with pytest.raises(CommandError, match="There is no passkey"):
        call_command("passkeys", "remove", str(told["number"]))


def test_its_person_and_the_admins_are_written_to(adam, olga, now, settings):
    settings.EMAIL_IS_SET = True
    read_log.read(now=now)
    device_of(adam, now=now)
    read_log.read(now=now)
    told = Notification.objects.filter(kind="concerned")
    assert {one.recipient for one in told} == {adam, olga}
    assert "registered the passkey “Key”" in told[0].facts["said"]
    assert "It counts from" in told[0].facts["detail"]
