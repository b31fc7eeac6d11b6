"""An old encryption key can be let go."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from access.models import AuditEvent, Secret, Webhook
from integrations import secrets

pytestmark = pytest.mark.django_db


@pytest.fixture
def old_key(settings):
    """Two secrets and both generations of a webhook's are sealed with it; a newer key stands before it."""
    old = settings.ENCRYPTION_KEYS[0]
    for name in ("bot", "token"):
        Secret.objects.create(name=name, source="stored", sealed=secrets.seal(f"{name}-value", keys=[old]))
    Secret.objects.create(name="elsewhere", source="env", location="TOKEN")
    Webhook.objects.create(
        name="siem", url="https://siem.example.com", sealed=secrets.seal("whsec_new", keys=[old]),
        sealed_before=secrets.seal("whsec_old", keys=[old]),
    )  # fmt: skip
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), old]
    return old


def test_everything_opens_with_the_new_key_alone(settings, old_key, capsys):
    call_command("secrets", "reseal")
    assert capsys.readouterr().out == "4 secrets were sealed anew.\n"
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert Secret.objects.get(name="bot").value() == "bot-value"
    webhook = Webhook.objects.get()
    opened = [secrets.unseal(one, keys=settings.ENCRYPTION_KEYS) for one in (webhook.sealed, webhook.sealed_before)]
    assert opened == ["whsec_new", "whsec_old"]
    assert AuditEvent.objects.get(type="secrets.resealed").data == {"count": 4}


def test_when_one_can_not_be_opened_nothing_is_changed(settings, old_key):
    Secret.objects.create(name="zz", source="stored", sealed=secrets.seal("x", keys=[Fernet.generate_key().decode()]))
    before = list(Secret.objects.order_by("pk").values_list("sealed", flat=True))
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("secrets", "reseal")
    assert list(Secret.objects.order_by("pk").values_list("sealed", flat=True)) == before
    assert not AuditEvent.objects.filter(type="secrets.resealed").exists()
