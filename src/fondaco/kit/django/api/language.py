"""The language of ``title`` and ``detail``; codes, fields and facts never change.

English is the source. Sentences are looked up in Django's translations, so a catalogue is enough for
another language; a sentence without a translation stays English.
"""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def translate(request: HttpRequest, *sentences: str) -> tuple[str, tuple[str, ...]]:
    """Give the language that the caller prefers among ours, and the sentences in it."""
    wanted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    if not wanted or not settings.USE_I18N:
        return "en", sentences
    language = translation.get_language_from_request(request)
    with translation.override(language):
        return language, tuple(translation.gettext(sentence) for sentence in sentences)
