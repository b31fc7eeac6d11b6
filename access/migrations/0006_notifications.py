import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CHANNELS = [("email", "E-mail")]
TOPICS = [
    ("review", "Requests for me to decide"),
    ("own", "My requests and my access"),
    ("reminders", "Reminders"),
    ("trouble", "Trouble with other people's access"),
]
KINDS = [
    ("asked", "Somebody asks"),
    ("reminder", "Somebody still waits"),
    ("settled", "Settled by somebody else"),
    ("approval", "One approval of several"),
    ("approved", "Approved"),
    ("denied", "Denied"),
    ("lapsed", "Lapsed"),
    ("active", "Access is there"),
    ("extended", "Access was extended"),
    ("ends_soon", "Access ends soon"),
    ("refused", "Aptible refused to grant it"),
    ("ended", "Access has ended"),
    ("trouble", "Access takes long to begin"),
    ("overdue", "Access is overdue to end"),
    ("last_role", "The last role is gone"),
    ("written_off", "A grant was written off"),
    ("attention", "An integration needs attention"),
    ("undelivered", "A message could not be sent"),
]
ONE_OF_THREE = (
    models.Q(due_at__isnull=False, sent_at=None, given_up_at=None)
    | models.Q(due_at=None, sent_at__isnull=False, given_up_at=None)
    | models.Q(due_at=None, sent_at=None, given_up_at__isnull=False)
)


def start_at_the_end(apps, schema_editor):
    """Nobody is told of what had happened before there were messages."""
    head = apps.get_model("access", "AuditHead").objects.filter(pk=1).first()
    apps.get_model("access", "LogReader").objects.create(name="notify", seq=head.seq if head else 0)


class Migration(migrations.Migration):
    dependencies = [("access", "0005_email_at_match")]
    operations = [
        migrations.CreateModel(
            name="LogReader",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seq", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="MutedTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=CHANNELS, max_length=20)),
                ("topic", models.CharField(choices=TOPICS, max_length=20)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="muted_topics",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "channel", "topic"), name="one_choice_per_person_way_and_topic"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=CHANNELS, max_length=20, verbose_name="by")),
                ("kind", models.CharField(choices=KINDS, max_length=20, verbose_name="kind")),
                ("topic", models.CharField(blank=True, choices=TOPICS, max_length=20, verbose_name="topic")),
                ("key", models.CharField(max_length=200, verbose_name="reason")),
                ("facts", models.JSONField(default=dict, verbose_name="facts")),
                ("created_at", models.DateTimeField(verbose_name="written")),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("first_tried_at", models.DateTimeField(null=True, verbose_name="first tried")),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("last_error", models.TextField(blank=True, verbose_name="last trouble")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("given_up_at", models.DateTimeField(null=True, verbose_name="given up")),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="access.grant",
                        verbose_name="grant",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="to",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notifications",
                        to="access.accessrequest",
                        verbose_name="request",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [
                    models.Index(
                        condition=models.Q(due_at__isnull=False), fields=["due_at"], name="messages_that_are_due"
                    ),
                    models.Index(
                        condition=models.Q(given_up_at__isnull=False), fields=["given_up_at"], name="messages_given_up"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("recipient", "channel", "key"), name="one_message_per_person_and_reason"
                    ),
                    models.CheckConstraint(condition=ONE_OF_THREE, name="a_message_is_due_or_sent_or_given_up"),
                ],
            },
        ),
        migrations.RunPython(start_at_the_end, migrations.RunPython.noop),
    ]
