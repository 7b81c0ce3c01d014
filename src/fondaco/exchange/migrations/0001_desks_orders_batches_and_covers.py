import django.db.models.deletion
import fondaco.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0002_orders_that_wait_for_prices_and_others'),
        ('wallets', '0001_wallets_rules_and_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='Balance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('venue', models.CharField(max_length=80)),
                ('asset', models.CharField(max_length=40)),
                ('minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('venue', 'asset'), name='exchange_one_balance_per_venue_and_currency')],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('covering', 'Covering'), ('waiting_for_operator', 'Waiting For Operator'), ('done', 'Done'), ('failed', 'Failed')], default='covering', max_length=24)),
                ('symbol', models.CharField(max_length=70)),
                ('base', models.CharField(max_length=40)),
                ('quote', models.CharField(max_length=40)),
                ('base_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('orders_count', models.PositiveIntegerField()),
                ('closed_by', models.CharField(max_length=20)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['covering', 'waiting_for_operator'])), fields=['id'], name='exchange_batches_at_work')],
            },
        ),
        migrations.CreateModel(
            name='BatchStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_from', models.CharField(max_length=40)),
                ('state_to', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
                ('note', models.TextField(blank=True, default='')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='exchange.batch')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CoveringOrder',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('sent', 'Sent'), ('open', 'Open'), ('filled', 'Filled'), ('failed', 'Failed')], default='planned', max_length=8)),
                ('account_id', models.UUIDField()),
                ('venue', models.CharField(max_length=80)),
                ('symbol', models.CharField(max_length=70)),
                ('side', models.CharField(max_length=4)),
                ('amount', models.DecimalField(decimal_places=24, max_digits=56)),
                ('price', models.DecimalField(decimal_places=24, max_digits=56)),
                ('reason', models.JSONField()),
                ('venue_id', models.CharField(blank=True, max_length=80)),
                ('base_minor', models.DecimalField(decimal_places=0, default=0, max_digits=39)),
                ('cost_minor', models.DecimalField(decimal_places=0, default=0, max_digits=39)),
                ('looks', models.PositiveIntegerField(default=0)),
                ('look_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covers', to='exchange.batch')),
            ],
        ),
        migrations.CreateModel(
            name='CoveringStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_from', models.CharField(max_length=40)),
                ('state_to', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=120)),
                ('note', models.TextField(blank=True, default='')),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='exchange.coveringorder')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pair', models.CharField(max_length=70, unique=True)),
                ('symbol', models.CharField(blank=True, max_length=70)),
                ('cover', models.CharField(choices=[('off', 'Off'), ('immediate', 'Immediate'), ('netted', 'Netted')], default='immediate', max_length=12)),
                ('venues', models.JSONField(default=list)),
                ('threshold_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('age_max_s', models.PositiveIntegerField(null=True)),
                ('at_age', models.CharField(choices=[('top_up', 'Top Up'), ('wait', 'Wait')], default='top_up', max_length=8)),
                ('slip_bps', models.PositiveIntegerField(null=True)),
                ('net_at_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('position_max_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('position_max_minor__isnull', True), ('position_max_minor__gt', 0), _connector='OR'), name='exchange_a_position_limit_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='ExchangeOrder',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='orders.order')),
                ('flavour', models.CharField(choices=[('purchase', 'Purchase'), ('market', 'Market'), ('limit', 'Limit')], max_length=10)),
                ('pair', models.CharField(max_length=70)),
                ('spend', models.CharField(max_length=40)),
                ('get', models.CharField(max_length=40)),
                ('spend_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('fee_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('get_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('price', models.CharField(max_length=80)),
                ('sources', models.JSONField(default=list)),
                ('priced_at', models.DateTimeField()),
                ('quote_id', models.UUIDField(null=True)),
                ('limit_price', models.CharField(blank=True, max_length=80)),
                ('fixed', models.CharField(default='get', max_length=5)),
                ('expires_at', models.DateTimeField(null=True)),
                ('spend_account', models.BigIntegerField()),
                ('get_account', models.BigIntegerField()),
                ('hold_id', models.UUIDField(null=True)),
                ('symbol', models.CharField(blank=True, max_length=70)),
                ('base_minor', models.DecimalField(decimal_places=0, default=0, max_digits=39)),
                ('cover', models.CharField(choices=[('off', 'Off'), ('immediate', 'Immediate'), ('netted', 'Netted')], max_length=12)),
                ('queued_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='exchange.batch')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
            ],
        ),
        migrations.CreateModel(
            name='Fill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.UUIDField()),
                ('trade_id', models.CharField(max_length=80)),
                ('amount', models.DecimalField(decimal_places=24, max_digits=56)),
                ('price', models.DecimalField(decimal_places=24, max_digits=56)),
                ('cost', models.DecimalField(decimal_places=24, max_digits=56)),
                ('fee', models.DecimalField(decimal_places=24, max_digits=56)),
                ('fee_currency', models.CharField(blank=True, max_length=34)),
                ('at', models.DateTimeField()),
                ('cover', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fills', to='exchange.coveringorder')),
            ],
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('cost_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('fee_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('profit_minor', models.DecimalField(decimal_places=0, max_digits=39, null=True)),
                ('at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='exchange.batch')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='exchange.exchangeorder')),
            ],
        ),
        migrations.AddIndex(
            model_name='coveringorder',
            index=models.Index(condition=models.Q(('look_at__isnull', False)), fields=['look_at'], name='exchange_covers_to_look_up'),
        ),
        migrations.AddIndex(
            model_name='coveringorder',
            index=models.Index(fields=['state', '-id'], name='exchange_covers_in_a_state'),
        ),
        migrations.AddConstraint(
            model_name='coveringorder',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'planned', 'sent'])), fields=('batch',), name='exchange_one_live_covering_order_per_batch'),
        ),
        migrations.AddConstraint(
            model_name='coveringorder',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('price__gt', 0)), name='exchange_covers_are_of_something'),
        ),
        migrations.AddIndex(
            model_name='exchangeorder',
            index=models.Index(condition=models.Q(('queued_at__isnull', False)), fields=['symbol', 'queued_at'], name='exchange_orders_that_wait'),
        ),
        migrations.AddIndex(
            model_name='exchangeorder',
            index=models.Index(fields=['batch'], name='exchange_orders_of_a_batch'),
        ),
        migrations.AddConstraint(
            model_name='exchangeorder',
            constraint=models.CheckConstraint(condition=models.Q(('fee_minor__gte', 0), ('get_minor__gt', 0), ('spend_minor__gt', 0)), name='exchange_amounts_are_positive'),
        ),
        migrations.AddConstraint(
            model_name='exchangeorder',
            constraint=models.CheckConstraint(condition=models.Q(('queued_at__isnull', True), ('batch__isnull', True), _connector='OR'), name='exchange_an_order_waits_or_is_in_a_batch'),
        ),
        migrations.AddConstraint(
            model_name='exchangeorder',
            constraint=models.CheckConstraint(condition=models.Q(('spend', models.F('get')), _negated=True), name='exchange_two_currencies_differ'),
        ),
        migrations.AddConstraint(
            model_name='fill',
            constraint=models.UniqueConstraint(fields=('account_id', 'trade_id'), name='exchange_a_trade_is_booked_once'),
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['at'], name='exchange_shares_by_time'),
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.UniqueConstraint(fields=('batch', 'order'), name='exchange_one_share_per_order', nulls_distinct=False),
        ),
    ]
