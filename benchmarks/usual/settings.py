"""The platform's settings with the usual way's tables and endpoint beside the real ones, in one process."""

from importlib import import_module
from typing import Any, Final

_platform: Final = import_module("fondaco.project.settings")
_changed: Final[dict[str, Any]] = {
    "INSTALLED_APPS": [*_platform.INSTALLED_APPS, "benchmarks.usual"],
    "ROOT_URLCONF": "benchmarks.usual.urls",
}
globals().update({name: getattr(_platform, name) for name in _platform.__all__} | _changed)
