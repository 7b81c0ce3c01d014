"""The settings of ``fondaco web --only callbacks``: all is as elsewhere but the paths."""

from fondaco.project.settings import *  # noqa: F403 - settings are a module's names

ROOT_URLCONF = "fondaco.project.urls_callbacks"
