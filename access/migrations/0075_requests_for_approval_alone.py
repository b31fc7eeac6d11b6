from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0074_reports_changed_at'),
    ]

    # Which flows were asked for an approval alone; else SQLite reads all that was ever asked in each.
    operations = [
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(
                fields=['flow'], condition=models.Q(target=None), name='requests_for_approval_alone',
            ),
        ),
    ]
