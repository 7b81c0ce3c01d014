from django.db import migrations, models

PURPOSES = (
    "login_code",
    "second_factor",
    "email_link",
    "phone_code",
    "email_change",
    "phone_change",
    "password_reset",
    "step_up",
    "totp",
    "passkey_new",
    "passkey_login",
    "invitation",
    "telegram",
    "telegram_oidc",
)


class Migration(migrations.Migration):

    dependencies = [("credentials", "0001_challenges_locks_and_resets")]

    operations = [
        migrations.RemoveConstraint(model_name="challenge", name="challenge_purpose_is_known"),
        migrations.AlterField(
            model_name="challenge",
            name="purpose",
            field=models.CharField(
                choices=[(one, one.replace("_", " ").title()) for one in PURPOSES], max_length=20
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", list(PURPOSES))),
                name="challenge_purpose_is_known",
            ),
        ),
    ]
