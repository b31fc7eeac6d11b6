"""Which rows of the set-up are kept by files, and by which resource of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Declared(models.Model):
    """A row that files own. What stands here may be changed and removed by the next apply; nothing else may."""

    type = models.CharField(_("type"), max_length=30)  # of the resource, such as sym_target
    name = models.CharField(_("name"), max_length=100)  # of the row, in lower case
    address = models.CharField(_("address"), max_length=300)  # in the files, such as sym_target.prod
    digest = models.CharField(_("hash of the files"), max_length=64)  # SHA-256, hexadecimal
    applied_at = models.DateTimeField(_("applied"))
    applied_by = models.CharField(_("by"), max_length=320)
    # Who that is for ever, whoever has the address later, and what they were called then. Null where nobody knows.
    applied_by_id = models.BigIntegerField(_("by (id)"), null=True)
    applied_by_name = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("declared row")
        verbose_name_plural = _("declared rows")
        constraints = [models.UniqueConstraint(fields=["type", "name"], name="a_row_is_declared_once")]

    def __str__(self) -> str:
        return self.address
