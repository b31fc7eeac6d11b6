"""Events get their numbers when they are sealed. What is there is kept as it is, and its end is sealed as found."""

from django.db import migrations, models
from django.utils import timezone

from access.audit import append_only, digest, keys

SEAL = [
    ("sealed_seq", models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="number")),
    ("sealed_hash", models.CharField(blank=True, db_default="", max_length=64)),
    ("sealed_at", models.DateTimeField(null=True, verbose_name="sealed")),
    ("key", models.CharField(blank=True, db_default="", max_length=64, verbose_name="public key")),
    ("signature", models.CharField(blank=True, db_default="", max_length=128)),
]


def take_triggers_away(apps, schema_editor):
    append_only.remove(schema_editor.connection)


def install_triggers(apps, schema_editor):
    append_only.install(schema_editor.connection)


def go_on_numbering(apps, schema_editor):
    """The log counted by itself until now; where PostgreSQL takes over it would begin anew with 1."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "SELECT setval(pg_get_serial_sequence('access_auditevent', 'id'), COALESCE(MAX(id), 1), MAX(id) IS NOT NULL)"
            " FROM access_auditevent"
        )


def seal_what_is_there(apps, schema_editor):
    """From here on the log ends with what was signed; whoever bends it before that is found by older backups only."""
    event, head = apps.get_model("access", "AuditEvent"), apps.get_model("access", "AuditHead")
    end = head.objects.filter(pk=1, seq__gt=0).first()
    if end is None:
        return
    now, key = timezone.now(), keys.ring().newest
    end.sealed_seq, end.sealed_hash, end.sealed_at, end.key = end.seq, end.hash, now, key.public
    end.signature = key.sign(digest.statement(end.seq, end.hash, now))
    end.save()
    began = event(at=now, actor="usher", type="audit.sealing_began", subject="audit:log", data={"events": end.seq})
    began.format, began.request_ref, began.grant_ref = digest.FORMAT, "", ""
    began.mark = key.mark(digest.of_facts(digest.facts_of(began)))
    began.save(force_insert=True)


def refuse_to_lose_events(apps, schema_editor):
    """The older table has no place for an event that has no number yet."""
    if apps.get_model("access", "AuditEvent").objects.filter(seq=None).exists():
        raise RuntimeError("Some events are not sealed yet: run `manage.py audit verify` first, then go back.")


class Migration(migrations.Migration):
    dependencies = [('access', '0030_findings')]

    operations = [
        migrations.RunPython(take_triggers_away, install_triggers),
        migrations.RenameField("auditevent", "seq", "id"),
        migrations.AlterField("auditevent", "id", models.BigAutoField(primary_key=True, serialize=False)),
        migrations.AddField(
            "auditevent", "seq", models.PositiveBigIntegerField(null=True, unique=True, verbose_name="number")
        ),
        migrations.AddField("auditevent", "format", models.PositiveSmallIntegerField(db_default=1)),
        migrations.AddField("auditevent", "mark", models.CharField(blank=True, db_default="", max_length=64)),
        migrations.AlterField("auditevent", "previous", models.CharField(blank=True, db_default="", max_length=64)),
        migrations.AlterField("auditevent", "hash", models.CharField(max_length=64, null=True, unique=True)),
        migrations.RunSQL("UPDATE access_auditevent SET seq = id", migrations.RunSQL.noop),
        migrations.AddIndex(
            "auditevent", models.Index(fields=["id"], condition=models.Q(seq=None), name="events_to_be_sealed")
        ),
        migrations.AlterModelOptions(
            "auditevent",
            {"verbose_name": "audit event", "verbose_name_plural": "audit events", "get_latest_by": "id"},
        ),
        *(migrations.AddField("audithead", name, field.clone()) for name, field in SEAL),
        migrations.AddField("audithead", "trouble", models.TextField(blank=True, db_default="")),
        migrations.AddField("audithead", "trouble_since", models.DateTimeField(null=True)),
        migrations.CreateModel(
            "AuditSeal",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                *SEAL,
            ],
            options={"indexes": [models.Index(fields=["sealed_seq"], name="seals_by_number")]},
        ),
        migrations.RunPython(go_on_numbering, migrations.RunPython.noop),
        migrations.RunPython(seal_what_is_there, refuse_to_lose_events),
        migrations.RunPython(install_triggers, take_triggers_away),
    ]
