import fondaco.kit.django.fields
import fondaco.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('family', models.CharField(choices=[('exchange', 'Exchange'), ('gateway', 'Gateway'), ('node', 'Node'), ('bank', 'Bank'), ('market_data', 'Market Data'), ('mail', 'Mail')], max_length=20)),
                ('kind', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=100)),
                ('environment', models.CharField(choices=[('live', 'Live'), ('sandbox', 'Sandbox')], max_length=10)),
                ('credentials', fondaco.kit.django.fields.EncryptedJSONField()),
                ('settings', models.JSONField(default=dict)),
                ('priority', models.IntegerField(default=100)),
                ('enabled', models.BooleanField(default=True)),
                ('health', models.CharField(choices=[('unknown', 'Unknown'), ('up', 'Up'), ('degraded', 'Degraded'), ('down', 'Down')], default='unknown', max_length=10)),
                ('health_detail', models.CharField(blank=True, default='', max_length=300)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'label'), name='connections_account_label_is_one_per_kind'), models.CheckConstraint(condition=models.Q(('family__in', ['exchange', 'gateway', 'node', 'bank', 'market_data', 'mail'])), name='connections_account_family_is_known'), models.CheckConstraint(condition=models.Q(('health__in', ['unknown', 'up', 'degraded', 'down'])), name='connections_account_health_is_known'), models.CheckConstraint(condition=models.Q(('environment__in', ['live', 'sandbox'])), name='connections_account_environment_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('credentials', fondaco.kit.django.fields.EncryptedJSONField()),
                ('digest', models.CharField(max_length=64)),
                ('made_by', models.CharField(max_length=100)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='connections_drafts_by_expiry')],
            },
        ),
    ]
