"""Lets ``python -m fondaco`` be the command line."""

from fondaco.project.cli import main

main()
