import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0015_prompt_fields'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='accessrequest',
            name='approved_requests_have_a_grant_and_no_others_do',
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='account_id',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name='accessrequest',
            name='target',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='access.target', verbose_name='target'),
        ),
        migrations.AlterField(
            model_name='flow',
            name='strategy',
            field=models.ForeignKey(blank=True, help_text='Empty: an approval is all that can be asked for, of a deploy or an export. It gives no access.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='flows', to='access.strategy', verbose_name='strategy'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('grant__isnull', False), ('state', 'approved'), ('target__isnull', False)), models.Q(('grant', None), ('state', 'approved'), ('target', None)), models.Q(models.Q(('state', 'approved'), _negated=True), ('grant', None)), _connector='OR'), name='what_is_approved_has_a_grant_if_it_has_a_target'),
        ),
        migrations.AddConstraint(
            model_name='accessrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('seconds__gt', 0), ('target__isnull', False)), models.Q(('account_id', ''), ('approved_seconds', None), ('seconds', 0), ('starts_at', None), ('target', None)), _connector='OR'), name='only_what_has_a_target_takes_time'),
        ),
        migrations.AddConstraint(
            model_name='flow',
            constraint=models.CheckConstraint(condition=models.Q(('strategy__isnull', False), models.Q(('break_glass', False), ('free_extension', 0)), _connector='OR'), name='only_access_is_given_without_approval'),
        ),
    ]
