"""The further questions of a flow."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from access.core import prompts
from access.models.flow import Flow


class PromptField(models.Model):
    """A question as `access.core.prompts` has it. All of a flow are judged together before one is written."""

    flow = models.ForeignKey(Flow, verbose_name=_("flow"), on_delete=models.CASCADE, related_name="prompt_fields")
    position = models.PositiveSmallIntegerField(_("step"), default=1)
    name = models.CharField(_("name"), max_length=50)
    type = models.CharField(_("type"), max_length=12, choices=prompts.Type, default=prompts.Type.STRING)
    label = models.CharField(_("label"), max_length=100, blank=True)
    help = models.CharField(_("help"), max_length=500, blank=True)
    required = models.BooleanField(_("required"), default=True)
    default = models.JSONField(_("default"), null=True, blank=True)
    visible = models.BooleanField(_("visible"), default=True)
    allowed = models.JSONField(_("allowed values"), default=list, blank=True)
    shown_if = models.CharField(_("asked if this field"), max_length=50, blank=True)
    shown_values = models.JSONField(_("has one of these values"), default=list, blank=True)

    class Meta:
        verbose_name = _("prompt field")
        verbose_name_plural = _("prompt fields")
        ordering = ("position", "pk")
        constraints = [
            models.UniqueConstraint(
                "flow",
                Lower("name"),
                name="one_prompt_field_per_name_in_any_case",
                violation_error_message=_("Another field has this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.name

    @property
    def plain(self) -> prompts.Field:
        """The question as plain data."""
        return prompts.Field(
            name=self.name, type=prompts.Type(self.type), label=self.label, help=self.help, required=self.required,
            default=self.default, visible=self.visible, allowed=tuple(self.allowed),
            shown_if=self.shown_if, shown_values=tuple(self.shown_values),
        )  # fmt: skip
