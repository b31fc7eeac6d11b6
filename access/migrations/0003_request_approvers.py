from django.conf import settings
from django.db import migrations, models


def fill(apps, schema_editor):
    """Copy the approvers of the requests that exist from their policies; people who are gone are left out."""
    AccessRequest = apps.get_model("access", "AccessRequest")
    known = set(apps.get_model("access", "User").objects.values_list("pk", flat=True))
    for request in AccessRequest.objects.iterator():
        request.approvers.set({one["id"] for one in request.policy["approvers"]} & known)


class Migration(migrations.Migration):
    dependencies = [("access", "0002_audit_is_append_only")]
    operations = [
        migrations.AddField(
            model_name="accessrequest",
            name="approvers",
            field=models.ManyToManyField(
                editable=False, related_name="may_decide", to=settings.AUTH_USER_MODEL, verbose_name="approvers"
            ),
        ),
        migrations.AlterField(
            model_name="flow",
            name="reason_example",
            field=models.CharField(
                blank=True,
                help_text="Shown beside the field.",
                max_length=200,
                verbose_name="example of a good reason",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
