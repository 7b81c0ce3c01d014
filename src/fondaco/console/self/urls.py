"""Which path shows which page of one's own account."""

from typing import Final

from django.urls import URLPattern, path

from fondaco.console.self import entering, security

urlpatterns: Final[list[URLPattern]] = [
    path("login", entering.login, name="login"),
    path("login/factor", entering.answer_factor, name="factor"),
    path("logout", entering.logout, name="logout"),
    path("security", security.security, name="security"),
    path("security/sessions/<str:session>/end", security.end_session, name="end-session"),
]
