"""What is known of a provider account."""

from django.db.models import TextChoices


class Family(TextChoices):
    """What sort of provider it is."""

    EXCHANGE = "exchange"
    GATEWAY = "gateway"
    NODE = "node"
    BANK = "bank"
    MARKET_DATA = "market_data"
    MAIL = "mail"


class Environment(TextChoices):
    """Whether money is real there."""

    LIVE = "live"
    SANDBOX = "sandbox"


class Health(TextChoices):
    """How a provider answers."""

    UNKNOWN = "unknown"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
