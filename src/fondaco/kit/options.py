"""Every option of the platform, declared once: name, default, meaning and group.

An option ``web_threads`` is read from ``FONDACO_WEB_THREADS`` or from the file that
``FONDACO_WEB_THREADS_FILE`` names; the field's standard names (``DATABASE_URL``, ``SECRET_KEY`` …) go
without the prefix. Times carry their unit last. Nothing else in the platform reads the environment.
"""

import base64
import binascii
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, Self

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fondaco.kit.option_groups import (
    ExchangeOptions,
    InvestingOptions,
    MessageOptions,
    NotificationOptions,
    PeopleOptions,
    PolicyOptions,
    RetentionOptions,
    SinkOptions,
    TraceOptions,
)
from fondaco.kit.option_sources import (
    EnvironmentSource,
    OptionsError,
    env_name,
    group_of,
    load,
    option,
    show,
    split,
    unknown_names,
)
from fondaco.kit.option_values import Names, Networks, is_loopback
from fondaco.money import Asset

SECRET_KEY_LENGTH_MIN: Final = 32
ENCRYPTION_KEY_BYTES: Final = 32
DEVELOPMENT_SECRET: Final = "development-only-secret-that-production-refuses"  # noqa: S105 - published on purpose; refused in production and on any address but loopback
DEVELOPMENT_ENCRYPTION_KEY: Final = (
    "development:" + base64.b64encode(b"fondaco-development-key-32-bytes").decode()
)


class Options(
    ExchangeOptions,
    InvestingOptions,
    TraceOptions,
    RetentionOptions,
    SinkOptions,
    NotificationOptions,
    PolicyOptions,
    MessageOptions,
    PeopleOptions,
):
    """Hold the value of every option; frozen, and checked when it is made."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # --- deployment ---------------------------------------------------------------------------------------
    environment: Literal["development", "production"] = option(
        "development", "Production refuses development secrets and debug.", group="deployment"
    )
    debug: bool = option(
        False,
        "Show traces to the developer and send Server-Timing with query counts.",
        group="deployment",
    )
    data_dir: str = option(
        "var", "Folder of the embedded database, files and logs.", group="deployment"
    )
    maintenance: bool = option(
        False, "Reads go on, everything that moves money answers 503.", group="deployment"
    )
    disk_free_min_mb: int = option(
        512, "Readiness fails below so much free disk (MB).", group="deployment", ge=0
    )

    # --- web ----------------------------------------------------------------------------------------------
    host: str = option("127.0.0.1", "Address on which all processes listen.", group="web")
    port: int = option(8000, "Port of the web process.", group="web", ge=1, le=65535)
    realtime_port: int = option(8001, "Port of the WebSocket process.", group="web", ge=1, le=65535)
    sandbox_port: int = option(
        8002, "Port of the simulated outside world.", group="web", ge=1, le=65535
    )
    realtime_url: str = option(
        "",
        "Address of realtime as browsers see it; empty: derived from host and port.",
        group="web",
    )
    web_workers: int = option(1, "Web processes on this machine.", group="web", ge=1, le=256)
    web_threads: int = option(32, "Threads in each web process.", group="web", ge=1, le=1024)
    allowed_hosts: Names = option(
        ("localhost", "127.0.0.1", "[::1]"),
        "Host names that are answered, comma separated.",
        group="web",
        env="ALLOWED_HOSTS",
    )
    allowed_origins: Names = option(
        (),
        "Web origins that may call the API from a browser (CORS), comma separated; * for any.",
        group="web",
        env="ALLOWED_ORIGINS",
    )
    trusted_proxies: Networks = option(
        (),
        "Networks whose X-Forwarded-For and X-Forwarded-Proto are believed, comma separated.",
        group="web",
    )
    body_bytes_max: int = option(
        1_048_576, "Largest request body (bytes).", group="web", ge=1024, le=1_073_741_824
    )
    shutdown_timeout_s: int = option(
        15,
        "Time that a stopping process has to finish what it accepted (seconds).",
        group="web",
        ge=1,
    )

    # --- database -----------------------------------------------------------------------------------------
    database_url: str = option(
        "",
        "PostgreSQL for web, may be pooled (PgBouncer, transaction mode); empty: the embedded one.",
        group="database",
        env="DATABASE_URL",
        secret=True,
    )
    database_direct_url: str = option(
        "",
        "The same, never pooled: worker, realtime, backup. Empty: DATABASE_URL.",
        group="database",
        env="DATABASE_DIRECT_URL",
        secret=True,
    )
    database_owner_url: str = option(
        "",
        "The owner's role, never pooled: migrations, tenants, backup.",
        group="database",
        env="DATABASE_OWNER_URL",
        secret=True,
    )
    lock_timeout_ms: int = option(
        2000, "Longest wait for a row lock (milliseconds).", group="database", ge=1
    )
    statement_timeout_ms: int = option(
        15_000, "Longest statement of a request (milliseconds).", group="database", ge=1
    )
    redis_url: str = option(
        "",
        "Shared cache and rate limits among several web machines; empty: not used.",
        group="database",
        env="REDIS_URL",
        secret=True,
    )

    # --- secrets ------------------------------------------------------------------------------------------
    secret_key: SecretStr = option(
        SecretStr(DEVELOPMENT_SECRET),
        "Signs access tokens and cookies; at least 32 characters.",
        group="secrets",
        env="SECRET_KEY",
    )
    encryption_keys: SecretStr = option(
        SecretStr(DEVELOPMENT_ENCRYPTION_KEY),
        "Keys of encrypted columns and files, comma separated <name>:<base64 of 32 bytes>; "
        "the first encrypts, all decrypt.",
        group="secrets",
    )
    former_signing_keys: Names = option(
        (),
        "Public keys of encryption keys that were taken away, whose seals still count, comma separated "
        "<name>:<base64 of 32 bytes>.",
        group="secrets",
    )
    jwt_lifetime_s: int = option(
        900, "Life of an access token (seconds).", group="secrets", ge=30, le=86_400
    )
    refresh_lifetime_s: int = option(
        2_592_000, "Life of a refresh token (seconds).", group="secrets", ge=60
    )

    # --- tenants ------------------------------------------------------------------------------------------
    default_tenant: str = option(
        "demo", "Tenant of a host name that no tenant claims; empty: 404.", group="tenants"
    )
    trust_tenant_header: bool = option(
        False, "Let the proxy name the tenant in X-Tenant.", group="tenants"
    )

    # --- wallets ------------------------------------------------------------------------------------------
    default_currency: str = option("USD", "Currency of an amount that names none.", group="wallets")
    wallets_per_client_max: int = option(
        0, "Wallets that one client may open; 0: no limit.", group="wallets", ge=0
    )
    authorisation_days: int = option(
        7, "An authorised charge that nobody captures expires (days).", group="wallets", ge=1, le=90
    )
    self_top_up: Literal["auto", "on", "off"] = option(
        "auto",
        "Whether customers top up their own wallets by hand; auto: in demo and sandbox tenants only.",
        group="wallets",
    )

    # --- statements ---------------------------------------------------------------------------------------
    house_name: str = option("Fondaco", "Name in the letterhead of statements.", group="statements")
    house_address: Names = option(
        (), "Lines below it, comma separated: address, e-mail.", group="statements"
    )

    # --- ledger -------------------------------------------------------------------------------------------
    intake_batch_max: int = option(
        8000, "Transfers that the intake posts in one transaction.", group="ledger", ge=1, le=8000
    )
    intake_timeout_s: float = option(
        5.0, "Wait for a batch's outcome, then 503 (seconds).", group="ledger", ge=0.1
    )

    ledger_partition: Literal["month", "day"] = option(
        "month", "Time that one partition of the table of transfers spans.", group="ledger"
    )
    ledger_detach_after_days: int = option(
        0,
        "Partitions of transfers that ended so long ago are taken off the table (days); 0: never.",
        group="ledger",
        ge=0,
    )
    ledger_horizon_ms: int = option(
        2000,
        "What happened less long ago is not settled: clocks differ, commits take time (milliseconds).",
        group="ledger",
        ge=0,
    )

    ledger_body_bytes_max: int = option(
        4_194_304,
        "Largest body of POST /ledger/transfers, which takes 8,000 of them (bytes).",
        group="ledger",
        ge=1024,
        le=1_073_741_824,
    )

    # --- rate limits --------------------------------------------------------------------------------------
    rate_limits: bool = option(True, "Refuse callers who ask too often.", group="rate limits")
    rate_anonymous_per_minute: int = option(
        60, "Requests of one address without credentials.", group="rate limits", ge=1
    )
    rate_user_per_hour: int = option(
        1000, "Requests of one user, sliding hour.", group="rate limits", ge=1
    )
    rate_user_burst_per_second: int = option(
        20, "Requests of one user, sliding second.", group="rate limits", ge=1
    )
    rate_login_per_minute: int = option(
        5, "Log-ins and registrations of one account and of one address.", group="rate limits", ge=1
    )
    rate_charges_per_second: int = option(
        2000, "Charges of one merchant.", group="rate limits", ge=1
    )

    # --- operations ---------------------------------------------------------------------------------------
    probe_identifier: str = option(
        "", "Customer as whom fondaco probe logs in.", group="operations"
    )
    probe_password: SecretStr = option(
        SecretStr(""), "Password of the probe's customer.", group="operations"
    )

    # --- logs ---------------------------------------------------------------------------------------------
    log_level: Literal["debug", "info", "warning", "error"] = option(
        "info", "Least severity that is logged.", group="logs"
    )
    log_format: Literal["auto", "console", "json"] = option(
        "auto", "Form of log lines; auto: console on a terminal, else JSON.", group="logs"
    )

    # --- metrics ------------------------------------------------------------------------------------------
    metrics_token: SecretStr = option(
        SecretStr(""),
        "Bearer token for /metrics; empty: callers that come through no proxy.",
        group="metrics",
    )
    metrics_port: int = option(
        0,
        "Port on which worker and realtime show their metrics; 0: none.",
        group="metrics",
        ge=0,
        le=65535,
    )

    @field_validator("default_currency")
    @classmethod
    def _is_code(cls, value: str) -> str:
        return Asset(value, scale=0).code

    @field_validator("encryption_keys")
    @classmethod
    def _are_keys(cls, value: SecretStr) -> SecretStr:
        pairs = split(value.get_secret_value())
        names = [_key_name(pair) for pair in pairs] if isinstance(pairs, tuple) else []
        if not names or len(set(names)) < len(names):
            raise ValueError("name at least one key, and none twice")
        return value

    @model_validator(mode="after")
    def _is_fit_for_its_environment(self) -> Self:
        lines = list(self._unfit())
        if lines:
            raise ValueError("\n".join(lines))
        return self

    def _unfit(self) -> Iterator[str]:
        secret = self.secret_key.get_secret_value()
        if len(secret) < SECRET_KEY_LENGTH_MIN:
            yield f"SECRET_KEY: takes at least {SECRET_KEY_LENGTH_MIN} characters"
        if self.environment == "production" and self.debug:
            yield "FONDACO_DEBUG: production shows no traces; set it to false"
        if self.environment == "development" and is_loopback(self.host):
            return
        why = "in production" if self.environment == "production" else f"on address {self.host}"
        if secret == DEVELOPMENT_SECRET:
            yield f"SECRET_KEY: the development secret is public; set your own {why}"
        if DEVELOPMENT_ENCRYPTION_KEY in self.encryption_keys.get_secret_value():
            yield f"FONDACO_ENCRYPTION_KEYS: the development key is public; set your own {why}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the caller passes, then the environment; nothing else."""
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, EnvironmentSource(settings_cls)


_lock = threading.Lock()
_stack: list[Options] = []


def options() -> Options:
    """Give the options of this process; the environment is read once.

    :raises OptionsError: a value cannot be taken; one line for each
    """
    if not _stack:
        with _lock:
            if not _stack:
                _stack.append(load(Options, Options.model_fields))
    return _stack[-1]


@contextmanager
def override(**values: Any) -> Iterator[Options]:
    """Replace options by name within the block, for all threads of the process (tests).

    :raises OptionsError: a name or value cannot be taken
    """
    replaced = options().model_dump() | values
    changed = load(lambda: Options(**replaced), Options.model_fields)
    _stack.append(changed)
    try:
        yield changed
    finally:
        _stack.pop()


def rows(chosen: Options) -> Iterator[tuple[str, str, str, str, str]]:
    """List group, variable, value, default and description of each option, secrets masked."""
    for name, field in Options.model_fields.items():
        yield (
            group_of(field),
            env_name(name, field),
            show(field, getattr(chosen, name)),
            show(field, field.default),
            field.description or "",
        )


def unknown_variables() -> list[str]:
    """List variables of this process that begin with ``FONDACO_`` but name no option."""
    return unknown_names(Options.model_fields, os.environ)


def _key_name(pair: str) -> str:
    name, _, encoded = pair.partition(":")
    try:
        size = len(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        size = 0
    if not name or size != ENCRYPTION_KEY_BYTES:
        raise ValueError("each key is <name>:<base64 of 32 bytes>")
    return name


__all__ = [
    "Options",
    "OptionsError",
    "options",
    "override",
    "rows",
    "unknown_variables",
]
