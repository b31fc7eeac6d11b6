from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0017_delegations'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='accessrequest',
            name='one_request_per_submission',
        ),
        migrations.AddField(
            model_name='accessrequest',
            name='batch',
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name='accessrequest',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='requests_asked_together'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('batch', None)), fields=('requester', 'submission'), name='one_request_per_submission'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.UniqueConstraint(fields=('requester', 'submission', 'target'), name='one_request_per_submission_and_target'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(('batch', None), ('target__isnull', False), _connector='OR'), name='only_targets_are_asked_together'),
        ),
    ]
