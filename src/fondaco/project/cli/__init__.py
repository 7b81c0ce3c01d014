"""The command line: ``fondaco COMMAND``, or ``python -m fondaco COMMAND``."""

from fondaco.project.cli.entry import app, main

__all__ = ["app", "main"]
