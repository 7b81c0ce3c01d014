"""Gather what pages say for translators, and compile what they translated.

``python -m tools.messages`` needs xgettext (Debian: apt-get install gettext). What is compiled is kept beside
the source, so that running needs neither.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import django
import polib  # type: ignore[import-untyped] # it has no types
from django.core.management import call_command
from django.core.management.commands import makemessages

from fondaco.kit.errors import walk
from fondaco.notifications.catalogue import NOTICES

ROOT: Final = Path(__file__).resolve().parent.parent
CONSOLE: Final = ROOT / "src" / "fondaco" / "console"
LANGUAGES: Final = ("de",)
_ALIASES: Final = ("said", "tell")
"""What the code calls ``gettext_lazy`` and ``gettext``."""
_TITLES: Final = "what is refused"
_NOTICES: Final = "of what one is told"


class Gather(makemessages.Command):
    """Gather under the names that our code uses, too."""

    def __init__(self) -> None:
        """Add our names to those of Django; translations of other sentences are not guessed at."""
        super().__init__()
        self.xgettext_options += [f"--keyword={name}" for name in _ALIASES]
        self.msgmerge_options = [*self.msgmerge_options, "--no-fuzzy-matching"]


def catalogue(language: str) -> Path:
    """Give the place of a language's catalogue."""
    return CONSOLE / "locale" / language / "LC_MESSAGES" / "django.po"


def gather() -> None:
    """Write all that pages say into the catalogues; what is translated stays."""
    os.chdir(CONSOLE)
    for language in LANGUAGES:
        known = _translated(catalogue(language))
        call_command(
            Gather(),
            locale=[language],
            no_location=True,
            no_wrap=True,
            no_obsolete=True,
            ignore_patterns=["tests/*", "static/*"],
            verbosity=0,
        )
        _add_titles(language, known)


def compile_all() -> None:
    """Write the form that is read at run time."""
    for language in LANGUAGES:
        place = catalogue(language)
        polib.pofile(str(place)).save_as_mofile(str(place.with_suffix(".mo")))


def _translated(place: Path) -> dict[str, str]:
    return {one.msgid: one.msgstr for one in polib.pofile(str(place))} if place.exists() else {}


def _add_titles(language: str, known: Mapping[str, str]) -> None:
    """Add the sentences of refusals and notices, which are looked up by themselves."""
    place = catalogue(language)
    found = polib.pofile(str(place), wrapwidth=0)
    for said, comment in (
        ({error.title for error in walk()}, _TITLES),
        ({notice.says for notice in NOTICES.values()}, _NOTICES),
    ):
        for one in sorted(said - {entry.msgid for entry in found}):
            found.append(polib.POEntry(msgid=one, msgstr=known.get(one, ""), comment=comment))
    found.save(str(place))


def main() -> None:
    """Gather unless ``--compile`` is given; compile."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    if "--compile" not in sys.argv[1:]:
        gather()
    compile_all()


if __name__ == "__main__":
    main()
