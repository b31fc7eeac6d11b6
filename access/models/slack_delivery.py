"""What came from Slack, so that nothing is done twice, and whose home there has to be shown anew."""

from django.db import models


class SlackDelivery(models.Model):
    """Something that came, by a digest of what Slack signed it with: neither who it was about nor what it said."""

    key = models.CharField(max_length=64, primary_key=True)  # SHA-256, hexadecimal
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class SlackHome(models.Model):
    """The home of one account in Slack, while it has to be brought to what is so. Rows are the queue here, too."""

    account_id = models.CharField(max_length=40, unique=True)  # as Slack writes it
    due_at = models.DateTimeField(db_index=True)  # while it is being done, the end of the lease
    attempts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.account_id
