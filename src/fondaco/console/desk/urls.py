"""Which path shows which page of the house at rules and machinery."""

from typing import Final

from django.urls import URLPattern

urlpatterns: Final[list[URLPattern]] = []
