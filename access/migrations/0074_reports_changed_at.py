from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0073_requests_of_a_person_by_flow"),
    ]

    # The release before writes nothing here: then a month is taken to have changed whenever it was reckoned.
    operations = [
        migrations.AddField(
            model_name="reportmonth",
            name="changed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
