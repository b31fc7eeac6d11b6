"""The first admin: a name is asked for, and nothing is where nobody is at the keyboard."""

import pytest
from django.core.management import call_command

from access.models import User


@pytest.mark.parametrize(("options", "name"), [({}, "nina@example.com"), ({"name": "Nina Berg"}, "Nina Berg")])
def test_without_a_keyboard_the_email_will_do(db, options, name):
    call_command("createsuperuser", interactive=False, email="nina@example.com", **options)
    nina = User.objects.get()
    assert (str(nina), nina.is_admin) == (name, True)
    assert not nina.has_usable_password()
