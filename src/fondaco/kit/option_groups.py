"""The options of single domains, one class each; :class:`fondaco.kit.options.Options` joins them.

A new domain adds its class here, or a field to the class that is there.
"""

import re
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings

from fondaco.kit.option_sources import option
from fondaco.kit.option_values import Names, Networks

RELAYS: Final = ("smtp", "smtps")


class PeopleOptions(BaseSettings):
    """Say how customers sign up and prove who they are."""

    registration: Literal["auto", "open", "verified"] = option(
        "auto",
        "Whether an e-mail or telephone is proved before a customer is made; auto: in live tenants.",
        group="people",
    )
    telegram_bot_token: SecretStr = option(
        SecretStr(""), "Token of the bot whose log-ins are believed; empty: none.", group="people"
    )
    telegram_client_id: str = option("", "Client of Telegram's OpenID Connect.", group="people")
    telegram_client_secret: SecretStr = option(SecretStr(""), "Its secret.", group="people")
    telegram_url: str = option(
        "https://oauth.telegram.org", "Issuer of Telegram's OpenID Connect.", group="people"
    )

    sumsub_token: SecretStr = option(
        SecretStr(""),
        "SumSub's application token, sbx:… or prd:…; empty: operators verify customers by documents.",
        group="verification",
    )
    sumsub_secret: SecretStr = option(
        SecretStr(""), "The secret of SumSub's application token.", group="verification"
    )
    sumsub_webhook_secret: SecretStr = option(
        SecretStr(""), "The secret of SumSub's webhook; another one.", group="verification"
    )
    sumsub_url: str = option("https://api.sumsub.com", "Address of SumSub.", group="verification")
    sumsub_level: str = option(
        "basic-kyc-level", "SumSub's name of the check of persons.", group="verification"
    )
    sumsub_level_business: str = option(
        "basic-kyb-level", "SumSub's name of the check of organisations.", group="verification"
    )
    sumsub_allow_sha1: bool = option(
        False, "Take webhooks with SHA-1 digests, SumSub's old kind.", group="verification"
    )


class PolicyOptions(BaseSettings):
    """Say what policies take where a house has no row of its own."""

    time_zone: str = option(
        "UTC",
        "Time zone in which days and months of limits are counted; a house may have its own.",
        group="policies",
    )
    policies_usd_rate_age_max_s: int = option(
        300,
        "A rate that names no end of its own serves a limit in dollars so long (seconds).",
        group="policies",
        ge=1,
    )
    policies_release_hours: int = option(
        24,
        "What an operator released may be tried again within (hours).",
        group="policies",
        ge=1,
        le=720,
    )
    retention_risk_days: int = option(
        90,
        "What rules against fraud look back at is kept (days).",
        group="retention",
        ge=90,
    )

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is a name of the IANA time zone database, such as Europe/Madrid")
        return value


class MessageOptions(BaseSettings):
    """Say how messages and webhooks leave the house."""

    smtp_url: SecretStr = option(
        SecretStr(""),
        "E-mail relay, smtp://user:password@host:587 (STARTTLS; ?tls=off on one machine) or smtps://; "
        "empty: development sends to the sandbox, production none.",
        group="messages",
    )
    pages_url: str = option(
        "",
        "Where the pages are to which letters link and passkeys are bound, https://…; empty: letters "
        "give tokens, passkeys are bound to localhost.",
        group="messages",
    )
    mail_from: str = option("Fondaco <no-reply@localhost>", "Sender of e-mails.", group="messages")
    sandbox_url: str = option(
        "", "Address of the sandbox; empty: its port on this machine.", group="messages"
    )

    webhook_timeout_s: int = option(
        15, "A receiver of webhooks answers within (seconds).", group="webhooks", ge=1, le=30
    )
    webhook_pause_factor: float = option(
        1.0,
        "Pauses between tries of webhooks are so many times as long; below 1 for drills.",
        group="webhooks",
        ge=0.0001,
        le=10,
    )
    webhook_allowed_networks: Networks = option(
        (),
        "Networks that webhooks may go to though they are not public, also by plain HTTP, such as "
        "127.0.0.0/8; for development.",
        group="webhooks",
    )

    @field_validator("smtp_url")
    @classmethod
    def _is_relay(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and urlsplit(value.get_secret_value()).scheme not in RELAYS:
            raise ValueError("begins with smtp:// or smtps://")
        return value


class NotificationOptions(BaseSettings):
    """Say by whom notifications are carried, beside the e-mail relay."""

    public_url: str = option(
        "",
        "Where the API is seen from outside, https://…; for links in mailings. Empty: this machine.",
        group="messages",
    )
    mail_api_key: SecretStr = option(
        SecretStr(""), "Key of the HTTP mail API (Resend); empty: not used.", group="messages"
    )
    mail_api_url: str = option(
        "https://api.resend.com", "Address of the HTTP mail API.", group="messages"
    )
    mail_first: Literal["smtp", "api"] = option(
        "smtp",
        "Who carries e-mail first; the other one when that cannot be reached.",
        group="messages",
    )
    sms_account: str = option("", "Account at the SMS gateway (Twilio).", group="messages")
    sms_token: SecretStr = option(
        SecretStr(""), "Token of the SMS gateway; empty: not used.", group="messages"
    )
    sms_sender: str = option("", "Number or name that texts come from.", group="messages")
    sms_url: str = option("https://api.twilio.com", "Address of the SMS gateway.", group="messages")
    telegram_bot_url: str = option(
        "https://api.telegram.org", "Address of Telegram's Bot API.", group="messages"
    )
    slack_token: SecretStr = option(
        SecretStr(""), "Token of the house's Slack bot, xoxb-…; empty: not used.", group="messages"
    )
    slack_url: str = option("https://slack.com/api", "Address of Slack's API.", group="messages")
    alert_addresses: Names = option(
        (),
        "Where the house is told of what needs an operator, comma separated: email:ops@…, slack:C…, "
        "telegram:-100…, sms:+…, apprise:<name>.",
        group="messages",
    )
    apprise_services: SecretStr = option(
        SecretStr(""),
        "Further services for alerts, <name>=<apprise URL>, by spaces.",
        group="messages",
    )
    apprise_schemas: Names = option(
        (),
        "Kinds of apprise URLs that are allowed, comma separated, such as discord.",
        group="messages",
    )


class SinkOptions(BaseSettings):
    """Say where all events are copied to."""

    amqp_url: SecretStr = option(
        SecretStr(""), "RabbitMQ that gets all events, amqp://…; empty: none.", group="events"
    )
    amqp_exchange: str = option(
        "fondaco.events", "Topic exchange that events are published to.", group="events"
    )
    kafka_servers: str = option(
        "", "Kafka that gets all events, host:port comma separated; empty: none.", group="events"
    )
    kafka_topic: str = option("fondaco.events", "Topic that events are written to.", group="events")
    kafka_settings: SecretStr = option(
        SecretStr(""),
        "Further settings of librdkafka, <name>=<value> by spaces, such as security.protocol=SASL_SSL.",
        group="events",
    )


class RetentionOptions(BaseSettings):
    """Say how long what is not money is kept."""

    retention_events_days: int = option(400, "Events are kept (days).", group="retention", ge=1)
    retention_idempotency_days: int = option(
        30, "Idempotency keys are kept (days).", group="retention", ge=7
    )
    retention_webhook_logs_days: int = option(
        90, "Webhook logs are kept (days).", group="retention", ge=1
    )
    retention_sessions_days: int = option(
        90, "Ended sessions are kept (days).", group="retention", ge=1
    )
    retention_proofs_days: int = option(
        400,
        "Customers may prove themselves in a proof of liabilities; its root is kept for ever (days).",
        group="retention",
        ge=1,
    )
    retention_deliveries_days: int = option(
        90, "Records of sent messages are kept, their text is not (days).", group="retention", ge=1
    )
    retention_ticks_days: int = option(
        30,
        "Published prices are kept one by one (days); their candles stay.",
        group="retention",
        ge=1,
    )
    retention_minutes_days: int = option(
        400, "Candles of minutes are kept (days); hours and days for ever.", group="retention", ge=1
    )
    retention_jobs_days: int = option(7, "Finished jobs are kept (days).", group="retention", ge=1)


class TraceOptions(BaseSettings):
    """Say where traces go."""

    traces_url: str = option(
        "",
        "Collector of OpenTelemetry (OTLP over HTTP: http://127.0.0.1:4318/v1/traces); empty: off.",
        group="metrics",
    )


class InvestingOptions(BaseSettings):
    """Say how portfolios are advised on, priced and traded."""

    portfolio_fee_bps: int = option(
        10,
        "Fee of a portfolio's order where no rule says any: of what it trades (hundredths of a per cent).",
        group="investing",
        ge=0,
        le=1_000,
    )
    portfolio_trade: Literal["net", "literal"] = option(
        "net",
        "How a new portfolio replaces an old one: net trades, or sell all and buy all.",
        group="investing",
    )
    portfolio_quote_s: int = option(
        60, "Prices of a quote are held (seconds).", group="investing", ge=5, le=3_600
    )
    price_days_max: int = option(
        5, "Older prices are marked, and not traded at (days).", group="investing", ge=1, le=30
    )
    prices_url: str = option(
        "https://api.kraken.com",
        "Where prices of crypto assets are asked for during the day (Kraken's public ticker).",
        group="investing",
    )
    prices_timeout_ms: int = option(
        5_000, "That ticker answers within (milliseconds).", group="investing", ge=100, le=30_000
    )
    advice_url: str = option(
        "",
        "Service outside that gives advice, https://…; empty: the built-in engine does.",
        group="investing",
        env="ADVICE_URL",
    )
    advice_secret: SecretStr = option(
        SecretStr(""),
        "Signs what is sent to that service, and what it answers; empty: nothing is signed.",
        group="investing",
        env="ADVICE_SECRET",
    )
    advice_timeout_ms: int = option(
        3_000, "That service answers within (milliseconds).", group="investing", ge=100, le=20_000
    )
    advice_response_bytes_max: int = option(
        262_144, "No more of its answer is read (bytes).", group="investing", ge=1_024
    )
    advice_lives_s: int = option(
        3_600, "An advice can be followed for (seconds).", group="investing", ge=60
    )
    advice_history_days: int = option(
        756, "Trading days that advice looks back on.", group="investing", ge=252, le=5_040
    )
    riskless_bps: int = option(
        250,
        "What money earns a year without risk (hundredths of a per cent), for Sharpe ratios.",
        group="investing",
        ge=0,
        le=5_000,
    )


class ExchangeOptions(BaseSettings):
    """Say how the house covers what it sells; a desk's row may say otherwise for its pair."""

    exchange_thresholds: Names = option(
        ("USD=10", "EUR=10", "UAH=400", "RUB=1000", "BTC=0.0002", "ETH=0.005", "*=10"),
        "Totals from which a purchase is covered at once and alone, by spent currency; * is any other.",
        group="exchange",
    )
    exchange_batch_age_s: int = option(
        900, "Small purchases wait for others at most (seconds).", group="exchange", ge=1
    )
    exchange_slip_bps: int = option(
        100,
        "A covering order is filled at most so much worse than the venue's price (basis points).",
        group="exchange",
        ge=0,
        le=5000,
    )
    exchange_lost_after_s: int = option(
        360,
        "A covering order that a venue does not know so long after it was sent never arrived; longer "
        "than any venue takes a signed request (seconds).",
        group="exchange",
        ge=1,
    )
    exchange_tries_max: int = option(
        3, "Covering orders for one batch, each after the last has ended.", group="exchange", ge=1
    )
    exchange_stuck_after_s: int = option(
        3600,
        "A batch that is not covered after so long is shown to people.",
        group="exchange",
        ge=1,
    )
    exchange_limit_days: int = option(
        30, "A limit order without an end of its own waits (days).", group="exchange", ge=1, le=366
    )

    @field_validator("exchange_thresholds")
    @classmethod
    def _are_thresholds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(
            re.fullmatch(r"(\*|[A-Z][A-Z0-9.]*)=[0-9]{1,20}(\.[0-9]{1,18})?", one) for one in value
        ):
            raise ValueError("each threshold is CODE=amount, or *=amount")
        return value
