"""Who decides the requests of a flow: stages in order, and in each the pools of people who are asked."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models.flow import Flow


class Group(models.Model):
    name = models.SlugField(_("name"), max_length=100, unique=True)
    label = models.CharField(_("label"), max_length=200)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("members"), related_name="member_of", blank=True
    )
    claim = models.CharField(
        _("as the sign-in provider calls it"), max_length=200, blank=True, default="", db_default="",
        help_text=_("Its members are then those of whom the provider says so as they sign in, and no others."),
    )  # fmt: skip

    everybody = models.BooleanField(
        _("everybody is in it"), default=False, db_default=False,
        help_text=_("All people are in it by themselves, whoever joins later too; bots are not."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(everybody=False) | models.Q(claim=""),
                name="a_group_of_everybody_follows_nothing_else",
                violation_error_message=_("A group that everybody is in can't follow what the sign-in provider says."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class Stage(models.Model):
    """One step of a flow's policy. The stages are passed one after the other, by their position."""

    flow = models.ForeignKey(Flow, verbose_name=_("flow"), on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField(_("step"), default=1)
    label = models.CharField(_("label"), max_length=100, blank=True)
    approvals_needed = models.PositiveSmallIntegerField(
        _("approvals needed"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.label or _("Stage %(number)d") % {"number": self.position}


class Pool(models.Model):
    """Who is asked in a stage: from its beginning, or after some seconds without the quorum."""

    stage = models.ForeignKey(Stage, verbose_name=_("stage"), on_delete=models.CASCADE, related_name="pools")
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), related_name="pools", blank=True
    )
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), related_name="pools", blank=True)
    managers = models.BooleanField(_("the requester's manager"), default=False)
    after = models.PositiveIntegerField(_("asked after (seconds)"), default=0)

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        ordering = ("after", "pk")

    def __str__(self) -> str:
        return f"{self.stage}: {self.after} s"
