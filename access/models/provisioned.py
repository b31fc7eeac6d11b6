"""People and groups that the company's directory keeps (SCIM): what it calls them, beside the rows of the portal.

It sees what stands here and nothing else: an account that was made by hand is none of its own until it is taken over.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models.policy import Group


def fresh_ref() -> str:
    return uuid.uuid4().hex


class Provisioned(models.Model):
    """What both have. A row stays when the directory has deleted its own: then `gone_at` says when."""

    ref = models.CharField(max_length=32, unique=True, default=fresh_ref)  # the id that the directory knows
    external_id = models.CharField(max_length=255, blank=True, db_index=True)  # the directory's own
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # one more with each change
    gone_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.ref


class ProvisionedPerson(Provisioned):
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="provisioned"
    )
    # The parts of the name, further addresses. It is given back; nobody gets in by an address that stands here alone.
    said = models.JSONField(default=dict)
    # The account is the directory's own: nobody had it before.
    made_here = models.BooleanField(default=True)
    # It was the directory that switched the account off, so the directory may switch it on again.
    switched_off = models.BooleanField(default=False)
    # The e-mail that the directory has given to an account in use, until a sign-in with the provider that the account
    # is tied to says the same: so long nothing else is the person's by this address.
    unproven_email = models.CharField(max_length=320, blank=True, default="", db_default="")


class ProvisionedGroup(Provisioned):
    """Its members and its label are the directory's; that a flow names it is the portal's."""

    group = models.OneToOneField(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="provisioned")
