"""Which path shows which page of the house at customers and money."""

from typing import Final

from django.urls import URLPattern

urlpatterns: Final[list[URLPattern]] = []
