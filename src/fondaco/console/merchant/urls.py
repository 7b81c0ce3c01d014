"""Which path shows which page of merchants."""

from typing import Final

from django.urls import URLPattern

urlpatterns: Final[list[URLPattern]] = []
