"""Attempts to sign in with a password, kept for minutes, so that guessing is slow on any number of machines."""

from django.db import models


class SignInAttempt(models.Model):
    """One that has not succeeded. A success takes the rows of its e-mail away, time takes the rest."""

    email = models.CharField(max_length=320)  # lower case, as it was typed; nobody may have it. Empty: with a provider.
    address = models.GenericIPAddressField()
    at = models.DateTimeField()
    # From a browser in which this very person was signed in before.
    known = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["email", "at"], name="attempts_at_an_email"),
            models.Index(fields=["address", "at"], name="attempts_from_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email} from {self.address}"
