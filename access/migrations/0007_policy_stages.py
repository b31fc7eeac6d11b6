import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0006_notifications'),
    ]

    operations = [
        migrations.CreateModel(
            name='Asked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.PositiveSmallIntegerField()),
                ('after', models.PositiveIntegerField(default=0)),
                ('manager', models.BooleanField(default=False)),
                ('opens_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=100, unique=True, verbose_name='name')),
                ('label', models.CharField(max_length=200, verbose_name='label')),
            ],
            options={
                'verbose_name': 'group',
                'verbose_name_plural': 'groups',
            },
        ),
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('managers', models.BooleanField(default=False, verbose_name="the requester's manager")),
                ('after', models.PositiveIntegerField(default=0, verbose_name='asked after (seconds)')),
            ],
            options={
                'verbose_name': 'pool',
                'verbose_name_plural': 'pools',
                'ordering': ('after', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=1, verbose_name='step')),
                ('label', models.CharField(blank=True, max_length=100, verbose_name='label')),
                ('approvals_needed', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name='approvals needed')),
            ],
            options={
                'verbose_name': 'stage',
                'verbose_name_plural': 'stages',
                'ordering': ('position', 'pk'),
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='stage',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='stage'),
        ),
        migrations.AddField(
            model_name='flow',
            name='check_due_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='flow',
            name='dead_end',
            field=models.TextField(blank=True, editable=False, verbose_name='dead end'),
        ),
        migrations.AddField(
            model_name='flow',
            name='dead_end_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='user',
            name='manager',
            field=models.ForeignKey(blank=True, help_text="Flows can ask a person's manager to decide.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL, verbose_name='manager'),
        ),
        migrations.AddIndex(
            model_name='flow',
            index=models.Index(fields=['check_due_at'], name='flows_to_look_at'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('manager', None), models.Q(('manager', models.F('id')), _negated=True), _connector='OR'), name='nobody_is_their_own_manager'),
        ),
        migrations.AddField(
            model_name='asked',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='asked_in', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='asked',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='access.accessrequest'),
        ),
        migrations.AddField(
            model_name='group',
            name='members',
            field=models.ManyToManyField(blank=True, related_name='member_of', to=settings.AUTH_USER_MODEL, verbose_name='members'),
        ),
        migrations.AddField(
            model_name='asked',
            name='group',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asked_in', to='access.group'),
        ),
        migrations.AddField(
            model_name='pool',
            name='groups',
            field=models.ManyToManyField(blank=True, related_name='pools', to='access.group', verbose_name='groups'),
        ),
        migrations.AddField(
            model_name='pool',
            name='people',
            field=models.ManyToManyField(blank=True, related_name='pools', to=settings.AUTH_USER_MODEL, verbose_name='people'),
        ),
        migrations.AddField(
            model_name='stage',
            name='flow',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='access.flow', verbose_name='flow'),
        ),
        migrations.AddField(
            model_name='pool',
            name='stage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pools', to='access.stage', verbose_name='stage'),
        ),
        migrations.AddConstraint(
            model_name='asked',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group', None), ('manager', False), ('person__isnull', False)), models.Q(('group__isnull', False), ('manager', False), ('person', None)), models.Q(('group', None), ('manager', True), ('person', None)), _connector='OR'), name='a_person_or_a_group_or_the_manager_is_asked'),
        ),
    ]
