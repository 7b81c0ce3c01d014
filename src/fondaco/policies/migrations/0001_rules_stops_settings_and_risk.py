import django.db.models.deletion
import fondaco.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0002_what_people_prove_and_choose'),
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('released', 'Released'), ('rejected', 'Rejected'), ('refused', 'Refused')], max_length=10)),
                ('operation', models.CharField(max_length=40)),
                ('asset', models.CharField(max_length=40)),
                ('amount_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('fingerprint', models.BinaryField()),
                ('reasons', models.JSONField()),
                ('rules', models.JSONField(default=list)),
                ('reference', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.CharField(blank=True, default='', max_length=100)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('spent_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
        ),
        migrations.CreateModel(
            name='CaseStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_from', models.CharField(max_length=40)),
                ('state_to', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
                ('note', models.TextField(blank=True, default='')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='policies.case')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Count',
            fields=[
                ('reference', models.UUIDField(primary_key=True, serialize=False)),
                ('counts', models.JSONField()),
                ('counted_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['counted_at'], name='policies_counts_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='policies_edition_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='FraudRule',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=40)),
                ('operation', models.CharField(blank=True, default='', max_length=40)),
                ('verdict', models.CharField(max_length=10)),
                ('parameters', models.JSONField()),
                ('enabled', models.BooleanField(default=True)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('operation__in', ['', 'deposit', 'withdrawal', 'purchase', 'exchange', 'fast_exchange', 'movement', 'charge', 'top_up', 'invoice', 'finance_request', 'portfolio_order'])), name='policies_fraud_rule_operation_is_known'), models.CheckConstraint(condition=models.Q(('verdict__in', ['allow', 'hold', 'refuse'])), name='policies_fraud_rule_verdict_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('operation', models.CharField(max_length=40)),
                ('currency', models.CharField(blank=True, default='', max_length=33)),
                ('pair', models.CharField(blank=True, default='', max_length=70)),
                ('subtype', models.CharField(blank=True, default='', max_length=60)),
                ('level', models.CharField(blank=True, default='', max_length=20)),
                ('priority', models.IntegerField(default=0)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('values', models.JSONField()),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customergroup')),
            ],
        ),
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('value', models.JSONField()),
                ('changed_at', models.DateTimeField()),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Stop',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(max_length=10)),
                ('value', models.CharField(blank=True, default='', max_length=70)),
                ('reason', models.CharField(max_length=300)),
                ('set_by', models.CharField(max_length=100)),
                ('set_at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, default='', max_length=100)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('scope', 'value'), name='policies_stop_is_set_once'), models.CheckConstraint(condition=models.Q(('scope__in', ['all', 'operation', 'currency', 'provider', 'customer'])), name='policies_stop_scope_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('scope', 'all'), ('value', '')), models.Q(models.Q(('scope', 'all'), _negated=True), models.Q(('value', ''), _negated=True)), _connector='OR'), name='policies_stop_names_what_it_stops')],
            },
        ),
        migrations.CreateModel(
            name='Trace',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('customer_id', models.UUIDField()),
                ('operation', models.CharField(max_length=40)),
                ('asset', models.CharField(max_length=40)),
                ('amount_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('counterparty_id', models.UUIDField(null=True)),
                ('destination', models.BinaryField(null=True)),
                ('device', models.BinaryField(null=True)),
                ('address', models.BinaryField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['customer_id', '-at'], name='policies_traces_of_a_customer'), models.Index(condition=models.Q(('device__isnull', False)), fields=['device', '-at'], name='policies_traces_of_a_device'), models.Index(condition=models.Q(('address__isnull', False)), fields=['address', '-at'], name='policies_traces_of_an_address'), models.Index(condition=models.Q(('destination__isnull', False)), fields=['destination', '-at'], name='policies_traces_of_a_target'), models.Index(fields=['at'], name='policies_traces_by_age')],
            },
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['state', '-id'], name='policies_cases_in_a_state'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['fingerprint', '-id'], name='policies_cases_by_fingerprint'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['customer', '-id'], name='policies_cases_of_a_customer'),
        ),
        migrations.AddIndex(
            model_name='rule',
            index=models.Index(fields=['customer'], name='policies_rules_of_a_customer'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('operation__in', ['deposit', 'withdrawal', 'purchase', 'exchange', 'fast_exchange', 'movement', 'charge', 'top_up', 'invoice', 'finance_request', 'portfolio_order'])), name='policies_rule_operation_is_known'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', ''), models.Q(('group', None), ('customer', None), _connector='OR')), models.Q(('customer', None), ('group', None)), _connector='OR'), name='policies_rule_has_one_owner'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('priority', 0), ('group__isnull', False), _connector='OR'), name='policies_rule_priority_is_for_groups'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at', None), ('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='policies_rule_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='setting',
            constraint=models.UniqueConstraint(fields=('name', 'customer'), name='policies_setting_is_one_per_name_and_customer', nulls_distinct=False),
        ),
        migrations.RunSQL(
            "INSERT INTO policies_edition (id, number) VALUES (1, 1)", migrations.RunSQL.noop
        ),
    ]
