"""How an option is declared, found in the environment, and refused with one clear line when it is wrong."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX: Final = "FONDACO_"
FILE_SUFFIX: Final = "_FILE"
_MASK: Final = "********"

Loaded = TypeVar("Loaded", bound=BaseSettings)


class OptionsError(Exception):
    """Say which options have wrong values; ``lines`` holds one sentence for each."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Keep the sentences."""
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def option(
    default: object,
    description: str,
    *,
    group: str,
    env: str | None = None,
    secret: bool = False,
    ge: float | None = None,
    le: float | None = None,
) -> Any:
    """Declare one option: default, description, group, and its variable when that has no ``FONDACO_``."""
    extra: dict[str, Any] = {
        "group": group,
        "env": env,
        "secret": secret or isinstance(default, SecretStr),
    }
    return Field(
        default, description=description, json_schema_extra=extra, repr=not secret, ge=ge, le=le
    )


def split(value: object) -> object:
    """Read ``a, b`` as two values; leave anything that is not text alone."""
    if isinstance(value, str):
        return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)
    return value


def env_name(name: str, field: FieldInfo) -> str:
    """Give the environment variable of an option."""
    return str(_extra(field)["env"] or PREFIX + name.upper())


def group_of(field: FieldInfo) -> str:
    """Give the heading under which an option is listed."""
    return str(_extra(field)["group"])


def is_secret(field: FieldInfo) -> bool:
    """Tell whether an option's value must never be shown."""
    return bool(_extra(field)["secret"])


def show(field: FieldInfo, value: object) -> str:
    """Write a value as its variable would hold it, secrets masked."""
    if is_secret(field):
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return _MASK if text else ""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


class EnvironmentSource(PydanticBaseSettingsSource):
    """Read each option from its variable, or from the file that ``<NAME>_FILE`` names.

    An empty variable counts as not set, since compose files pass unset ones on as empty.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Give the text of one option, or none.

        :raises OptionsError: both forms are set, or the file cannot be read
        """
        name = env_name(field_name, field)
        text, path = os.environ.get(name, ""), os.environ.get(name + FILE_SUFFIX, "")
        if text and path:
            raise OptionsError([f"{name}: set this or {name}{FILE_SUFFIX}, not both"])
        if path:
            text = _read(name, path)
        return text or None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Give all options that are set; every wrong one is named at once."""
        found: dict[str, Any] = {}
        lines: list[str] = []
        for name, field in self.settings_cls.model_fields.items():
            try:
                text, _, _ = self.get_field_value(field, name)
            except OptionsError as wrong:
                lines += wrong.lines
            else:
                found |= {} if text is None else {name: text}
        if lines:
            raise OptionsError(lines)
        return found


def load(make: Callable[[], Loaded], fields: Mapping[str, FieldInfo]) -> Loaded:
    """Read the options, or say what is wrong with them.

    :raises OptionsError: a value cannot be taken
    """
    try:
        return make()
    except ValidationError as wrong:
        raise OptionsError(list(_sentences(wrong, fields))) from None


def unknown_names(fields: Mapping[str, FieldInfo], environ: Mapping[str, str]) -> list[str]:
    """List variables that begin like ours but name no option: most likely a slip of the pen."""
    known = {env_name(name, field) for name, field in fields.items()}
    known |= {name + FILE_SUFFIX for name in known}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def _sentences(wrong: ValidationError, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    for error in wrong.errors(include_url=False):
        message = error["msg"].removeprefix("Value error, ")
        if not error["loc"]:
            yield from message.splitlines()
            continue
        name = str(error["loc"][0])
        field = fields.get(name)
        if field is None:
            yield f"{name}: there is no such option"
        elif is_secret(field):
            yield f"{env_name(name, field)}: {message}"
        else:
            yield f"{env_name(name, field)}={error['input']!s}: {message}"


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise OptionsError([f"{name}{FILE_SUFFIX}={path}: {reason}"]) from None


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError("declare options with option(…)")
    return extra
