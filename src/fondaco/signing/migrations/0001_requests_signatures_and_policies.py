import django.contrib.postgres.fields
import django.db.models.deletion
import fondaco.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0002_what_people_prove_and_choose'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=100)),
                ('subject', models.CharField(max_length=200)),
                ('terms', models.JSONField()),
                ('asset', models.CharField(blank=True, max_length=40)),
                ('amount_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], max_length=40)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('result', models.JSONField(default=dict)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(max_length=100)),
                ('version', models.PositiveIntegerField()),
                ('bands', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signing.request')),
            ],
        ),
        migrations.CreateModel(
            name='RequestStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_from', models.CharField(max_length=40)),
                ('state_to', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
                ('note', models.TextField(blank=True, default='')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='signing.request')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('round', models.PositiveSmallIntegerField()),
                ('step', models.PositiveSmallIntegerField()),
                ('group', models.CharField(max_length=100)),
                ('required', models.PositiveSmallIntegerField()),
                ('maker_signs', models.BooleanField()),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='signing.request')),
            ],
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('round', models.PositiveSmallIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('comment', models.CharField(blank=True, max_length=500)),
                ('signed_at', models.DateTimeField()),
                ('holder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='signing.request')),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='signing.stage')),
            ],
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('actions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('asset', models.CharField(blank=True, max_length=40)),
                ('cap_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('delegate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('delegator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
            options={
                'indexes': [models.Index(fields=['delegate', 'ends_at'], name='signing_delegations_to_one')],
                'constraints': [models.CheckConstraint(condition=models.Q(('delegator', models.F('delegate')), _negated=True), name='signing_delegation_is_to_another'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='signing_delegation_ends_after_it_starts')],
            },
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['expires_at'], name='signing_requests_that_wait'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('action', 'subject'), name='signing_one_request_waits_about_a_subject'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'done', 'refused', 'withdrawn', 'expired'])), name='signing_request_state_is_known'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__isnull', True), ('asset', '')), models.Q(models.Q(('asset', ''), _negated=True), ('amount_minor__gt', 0)), _connector='OR'), name='signing_request_amount_has_its_asset'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.UniqueConstraint(fields=('owner', 'action', 'version'), name='signing_policy_versions_count_up', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='stage',
            index=models.Index(fields=['owner', 'request'], name='signing_stages_of_an_owner'),
        ),
        migrations.AddConstraint(
            model_name='stage',
            constraint=models.CheckConstraint(condition=models.Q(('required__gt', 0)), name='signing_stage_wants_a_signature'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('request', 'round', 'signer'), name='signing_one_human_signs_once'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('request', 'round', 'holder'), name='signing_one_authority_counts_once'),
        ),
    ]
