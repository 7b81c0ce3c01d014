"""Which path shows which page of advice and portfolios."""

from typing import Final

from django.urls import URLPattern

urlpatterns: Final[list[URLPattern]] = []
