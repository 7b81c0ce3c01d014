import django.db.models.deletion
import fondaco.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0002_what_people_prove_and_choose'),
        ('instruments', '0001_instruments_and_prices'),
        ('orders', '0002_orders_that_wait_for_prices_and_others'),
    ]

    operations = [
        migrations.CreateModel(
            name='Advice',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('engine', models.CharField(max_length=80)),
                ('engine_version', models.CharField(max_length=80)),
                ('fallback', models.CharField(blank=True, max_length=40)),
                ('risk', models.PositiveSmallIntegerField()),
                ('level', models.PositiveSmallIntegerField()),
                ('currency', models.CharField(max_length=40)),
                ('total_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('inputs', models.JSONField()),
                ('answer', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
        ),
        migrations.CreateModel(
            name='CorporateAction',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell'), ('dividend', 'Dividend'), ('split', 'Split'), ('fee', 'Fee')], max_length=20)),
                ('day', models.DateField()),
                ('per_share', models.DecimalField(decimal_places=10, max_digits=28, null=True)),
                ('numerator', models.PositiveIntegerField(null=True)),
                ('denominator', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.instrument')),
            ],
        ),
        migrations.CreateModel(
            name='Holding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField(unique=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.instrument')),
            ],
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('rules', models.JSONField()),
                ('updated_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
        ),
        migrations.CreateModel(
            name='OutsideAccount',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
            ],
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell'), ('dividend', 'Dividend'), ('split', 'Split'), ('fee', 'Fee')], max_length=20)),
                ('quantity', models.DecimalField(decimal_places=0, default=0, max_digits=39)),
                ('price', models.DecimalField(decimal_places=10, max_digits=28, null=True)),
                ('rate', models.DecimalField(decimal_places=14, default=1, max_digits=28)),
                ('cash_minor', models.DecimalField(decimal_places=0, default=0, max_digits=39)),
                ('currency', models.CharField(max_length=40)),
                ('numerator', models.PositiveIntegerField(null=True)),
                ('denominator', models.PositiveIntegerField(null=True)),
                ('method', models.CharField(blank=True, choices=[('fifo', 'Fifo'), ('average', 'Average'), ('specific', 'Specific')], max_length=20)),
                ('lots', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('digest', models.BinaryField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('instrument', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.instrument')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
                ('price_row', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.price')),
                ('action', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='investing.corporateaction')),
                ('outside', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='investing.outsideaccount')),
            ],
        ),
        migrations.CreateModel(
            name='Portfolio',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='identity.customer')),
                ('currency', models.CharField(max_length=40)),
                ('wallet_id', models.UUIDField(null=True)),
                ('method', models.CharField(choices=[('fifo', 'Fifo'), ('average', 'Average'), ('specific', 'Specific')], default='fifo', max_length=20)),
                ('band_bps', models.PositiveIntegerField(default=500)),
                ('advisor_ref', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField()),
                ('benchmark', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.instrument')),
            ],
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('wallet_id', models.UUIDField()),
                ('mode', models.CharField(choices=[('net', 'Net'), ('literal', 'Literal')], max_length=20)),
                ('plan', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('advice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='investing.advice')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.customer')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.order')),
            ],
        ),
        migrations.AddIndex(
            model_name='advice',
            index=models.Index(fields=['customer', '-id'], name='investing_advice_by_customer'),
        ),
        migrations.AddConstraint(
            model_name='advice',
            constraint=models.CheckConstraint(condition=models.Q(('level__gte', 1), ('level__lte', 10), ('risk__lte', 100), ('total_minor__gt', 0)), name='investing_advice_is_in_range'),
        ),
        migrations.AddConstraint(
            model_name='corporateaction',
            constraint=models.UniqueConstraint(fields=('instrument', 'kind', 'day'), name='investing_action_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='holding',
            constraint=models.UniqueConstraint(fields=('customer', 'instrument'), name='investing_one_account_for_each_instrument'),
        ),
        migrations.AddConstraint(
            model_name='importmapping',
            constraint=models.UniqueConstraint(fields=('customer', 'name'), name='investing_mapping_once'),
        ),
        migrations.AddConstraint(
            model_name='outsideaccount',
            constraint=models.UniqueConstraint(fields=('customer', 'name'), name='investing_outside_account_once'),
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(fields=['customer', 'at', 'id'], name='investing_activity_by_customer'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.UniqueConstraint(condition=models.Q(('outside__isnull', False)), fields=('outside', 'digest'), name='investing_line_is_taken_once'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.UniqueConstraint(condition=models.Q(('action__isnull', False)), fields=('customer', 'action'), name='investing_action_is_done_once'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.CheckConstraint(condition=models.Q(('cash_minor__gte', 0), ('quantity__gte', 0), ('rate__gt', 0)), name='investing_activity_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('order',), name='investing_order_of_one_quote'),
        ),
    ]
