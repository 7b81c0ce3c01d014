"""Let every tenant, those that are there and those to come, know the currencies of the distribution."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

FIAT = (("USD", "US dollar"), ("EUR", "Euro"), ("UAH", "Hryvnia"), ("RUB", "Rouble"))
ALL = ["deposit", "exchange", "invoice", "movement", "purchase", "withdrawal"]
COIN = ["deposit", "exchange", "movement", "purchase", "withdrawal"]
TETHER = "0xdac17f958d2ee523a2206206994597c13d831ec7"  # its own contract on Ethereum's main chain


def ship(apps: Any, schema_editor: Any) -> None:
    currency = apps.get_model("market", "Currency")
    rows = [dict(code=code, name=name, kind="fiat", scale=2, uses=ALL) for code, name in FIAT]
    rows += [
        dict(code="BTC", name="Bitcoin", kind="crypto", scale=8, uses=COIN),
        dict(code="ETH", name="Ether", kind="crypto", scale=18, uses=COIN),
        dict(
            code="USDT",
            name="Tether",
            kind="token",
            network="ERC20",
            contract=TETHER,
            scale=6,
            uses=COIN,
        ),
    ]
    now = datetime.now(UTC)
    made = [currency(created_at=now, **row) for row in rows]
    currency.objects.using(schema_editor.connection.alias).bulk_create(made)


def take_back(apps: Any, schema_editor: Any) -> None:
    apps.get_model("market", "Currency").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("market", "0001_currencies_pairs_prices_and_quotes")]

    operations = [migrations.RunPython(ship, take_back)]
