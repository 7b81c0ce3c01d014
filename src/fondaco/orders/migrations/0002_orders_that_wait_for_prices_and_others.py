from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0001_headers_history_and_callbacks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='order',
            name='state',
            field=models.CharField(choices=[('new', 'New'), ('waiting_for_price', 'Waiting For Price'), ('aggregated', 'Aggregated'), ('in_progress', 'In Progress'), ('waiting_for_operator', 'Waiting For Operator'), ('cancelling', 'Cancelling'), ('closed', 'Closed'), ('error', 'Error'), ('cancelled', 'Cancelled'), ('expired', 'Expired'), ('rejected', 'Rejected')], max_length=40),
        ),
        migrations.AlterField(
            model_name='ordercallback',
            name='state',
            field=models.CharField(choices=[('new', 'New'), ('waiting_for_price', 'Waiting For Price'), ('aggregated', 'Aggregated'), ('in_progress', 'In Progress'), ('waiting_for_operator', 'Waiting For Operator'), ('cancelling', 'Cancelling'), ('closed', 'Closed'), ('error', 'Error'), ('cancelled', 'Cancelled'), ('expired', 'Expired'), ('rejected', 'Rejected')], max_length=40),
        ),
    ]
