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
    """No foreign keys: the log must outlive and never hinder what it tells of. Triggers refuse UPDATE and DELETE.

    Within a second after it committed an event is sealed: it gets its number, and the hash that chains it to the one
    before. That is the one change that the triggers let through. `id` is the order in which events were written.
    """

    id = models.BigAutoField(primary_key=True)
    # Without gaps; null until it is sealed. Whoever follows the log goes by it: nothing comes in before it later.
    seq = models.PositiveBigIntegerField(_("number"), null=True, unique=True)
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
    previous = models.CharField(max_length=64, blank=True, db_default="")
    hash = models.CharField(max_length=64, null=True, unique=True)
    # How it is hashed; see access/audit/digest.py. The release before writes the first format.
    format = models.PositiveSmallIntegerField(db_default=1)
    # Shows that a process wrote it that has a key of the portal.
    mark = models.CharField(max_length=64, blank=True, db_default="")

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        get_latest_by = "id"
        indexes = [
            models.Index(fields=["id"], condition=models.Q(seq=None), name="events_to_be_sealed"),
            models.Index(fields=["subject", "id"], name="events_about_a_subject"),
            models.Index(fields=["at"], name="events_of_a_time"),
            models.Index(fields=["actor", "id"], name="events_of_an_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq or '–'} {self.type}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise AppendOnly

    @property
    def number(self) -> int:
        """Its number in the log; 0 before it is sealed."""
        return self.seq or 0


class Seal(models.Model):
    """A signature that says: at this time the log ended with this event. The database never holds the key."""

    sealed_seq = models.PositiveBigIntegerField(_("number"), default=0, db_default=0)
    sealed_hash = models.CharField(max_length=64, blank=True, db_default="")
    sealed_at = models.DateTimeField(_("sealed"), null=True)
    key = models.CharField(_("public key"), max_length=64, blank=True, db_default="")
    signature = models.CharField(max_length=128, blank=True, db_default="")

    class Meta:
        abstract = True


class AuditHead(Seal):
    """The one row that says where the chain ends, with the newest seal. Only sealing locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    # Why events can't be sealed, or not all of them.
    trouble = models.TextField(blank=True, db_default="")
    trouble_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="the_chain_has_one_head")]

    def __str__(self) -> str:
        return str(self.seq)


class AuditSeal(Seal):
    """A seal that is kept: one after so many events, one for each anchor, and each first one of a key."""

    class Meta:
        indexes = [models.Index(fields=["sealed_seq"], name="seals_by_number")]

    def __str__(self) -> str:
        return str(self.sealed_seq)
