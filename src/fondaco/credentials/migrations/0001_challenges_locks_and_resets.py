import django.db.models.deletion
import fondaco.kit.django.fields
import fondaco.kit.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LoginLock',
            fields=[
                ('digest', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('failures', models.PositiveSmallIntegerField()),
                ('since_at', models.DateTimeField()),
                ('locked_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['since_at'], name='login_locks_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('login_code', 'Login Code'), ('second_factor', 'Second Factor'), ('email_link', 'Email Link'), ('phone_code', 'Phone Code'), ('email_change', 'Email Change'), ('phone_change', 'Phone Change'), ('password_reset', 'Password Reset'), ('step_up', 'Step Up'), ('totp', 'Totp'), ('passkey_new', 'Passkey New'), ('passkey_login', 'Passkey Login'), ('invitation', 'Invitation'), ('telegram', 'Telegram')], max_length=20)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('code_digest', models.BinaryField(blank=True, max_length=32, null=True)),
                ('subject', fondaco.kit.django.fields.EncryptedTextField(blank=True, null=True)),
                ('context', models.JSONField(blank=True, default=dict)),
                ('tries_left', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'purpose'], name='challenges_of_a_user'), models.Index(fields=['expires_at'], name='challenges_by_expiry')],
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['login_code', 'second_factor', 'email_link', 'phone_code', 'email_change', 'phone_change', 'password_reset', 'step_up', 'totp', 'passkey_new', 'passkey_login', 'invitation', 'telegram'])), name='challenge_purpose_is_known'), models.CheckConstraint(condition=models.Q(('used_at__isnull', True), ('subject__isnull', True), _connector='OR'), name='challenge_is_wiped_once_used')],
            },
        ),
        migrations.CreateModel(
            name='FactorReset',
            fields=[
                ('id', models.UUIDField(default=fondaco.kit.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=500)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True)), fields=('user',), name='factor_reset_is_one_per_user'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='factor_reset_takes_two_persons'), models.CheckConstraint(condition=models.Q(('done_at__isnull', True), ('approved_by__isnull', False), _connector='OR'), name='factor_reset_is_approved_before_done')],
            },
        ),
    ]
