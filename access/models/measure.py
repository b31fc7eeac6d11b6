"""What was counted, by all processes together: how often, with which result, and how long it took."""

from django.db import models

from integrations.measure import BOUNDS


def no_counts() -> list[int]:
    return [0] * len(BOUNDS)


class Measure(models.Model):
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=200)
    result = models.CharField(max_length=40)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    within = models.JSONField(default=no_counts)  # how many took at most so long, for each bound

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "kind", "result"], name="one_row_per_measure")]

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {self.result}: {self.count}"
