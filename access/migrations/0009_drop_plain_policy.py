from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0008_fill_policy_stages")]
    operations = [
        migrations.RemoveField(model_name="accessrequest", name="approvers"),
        migrations.RemoveField(model_name="flow", name="approvals_needed"),
        migrations.RemoveField(model_name="flow", name="approvers"),
    ]
