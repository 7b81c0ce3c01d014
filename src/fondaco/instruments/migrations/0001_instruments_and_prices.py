import django.db.models.deletion
import fondaco.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PriceSource',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200)),
                ('licence', models.CharField(blank=True, max_length=300)),
                ('shifted_days', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('symbol', models.CharField(max_length=32, unique=True)),
                ('scale', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('share', 'Share'), ('fund', 'Fund'), ('crypto', 'Crypto'), ('index', 'Index'), ('currency', 'Currency')], max_length=20)),
                ('currency', models.CharField(max_length=40)),
                ('exchange', models.CharField(blank=True, max_length=80)),
                ('time_zone', models.CharField(max_length=64)),
                ('step_minor', models.DecimalField(decimal_places=0, max_digits=39)),
                ('provider', models.CharField(blank=True, max_length=40)),
                ('provider_symbol', models.CharField(blank=True, max_length=40)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('step_minor__gt', 0)), name='instruments_step_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('close', models.DecimalField(decimal_places=10, max_digits=28)),
                ('open', models.DecimalField(decimal_places=10, max_digits=28, null=True)),
                ('high', models.DecimalField(decimal_places=10, max_digits=28, null=True)),
                ('low', models.DecimalField(decimal_places=10, max_digits=28, null=True)),
                ('volume', models.BigIntegerField(null=True)),
                ('known_at', models.DateTimeField()),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='instruments.instrument')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instruments.pricesource')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('instrument', 'day', 'known_at'), name='instruments_price_once_at_an_instant'), models.CheckConstraint(condition=models.Q(('close__gt', 0)), name='instruments_price_is_positive')],
            },
        ),
    ]
