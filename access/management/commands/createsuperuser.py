"""`manage.py createsuperuser`: Django's own, and a name; where nobody is at the keyboard, the e-mail will do."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        if not options["interactive"] and not options["name"]:
            options["name"] = options["email"]
        return super().handle(*args, **options)
