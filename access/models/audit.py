"""The log: one fact a row, appended, chained, never changed."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppendOnly(Exception):
    """Somebody tried to change or delete what may only be appended to."""


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **_kwargs: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class AuditEvent(models.Model):
    """No foreign keys: the log must outlive and never hinder what it tells of. Triggers refuse UPDATE and DELETE."""

    seq = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("who"), max_length=320)  # a person's address at the time, or what else acted
    # Who that was for ever, whoever has the address later, and what they were called then. Null for what is no
    # person, and for what was written before these were kept. Columns with a default would make SQLite build the
    # table anew, without its triggers.
    actor_id = models.BigIntegerField(_("person who acted"), null=True, db_index=True)
    actor_name = models.CharField(_("called then"), max_length=200, null=True)
    # Whom it is about: who is named as its subject, asks, or holds the access.
    person_id = models.BigIntegerField(_("person concerned"), null=True, db_index=True)
    type = models.CharField(_("what"), max_length=60, db_index=True)
    request_ref = models.CharField(_("request"), max_length=12, blank=True, db_index=True)
    grant_ref = models.CharField(_("grant"), max_length=12, blank=True, db_index=True)
    subject = models.CharField(_("about"), max_length=320, blank=True)
    data = models.JSONField(_("facts"), default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnly


class AuditHead(models.Model):
    """The one row that says where the chain ends. Locked for each append, so that events have one order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="the_chain_has_one_head")]

    def __str__(self) -> str:
        return str(self.seq)
