"""Which path shows which page."""

from django.urls import path

from fondaco.console import assets
from fondaco.console.views import entering, money, security

app_name = "console"
urlpatterns = [
    path("", money.home, name="home"),
    path("login", entering.login, name="login"),
    path("login/factor", entering.answer_factor, name="factor"),
    path("logout", entering.logout, name="logout"),
    path("wallets", money.wallets, name="wallets"),
    path("wallets/<str:reference>", money.wallet, name="wallet"),
    path("activity", money.activity, name="activity"),
    path("security", security.security, name="security"),
    path("security/sessions/<str:session>/end", security.end_session, name="end-session"),
    path("components", security.components, name="components"),
    path("assets/<path:name>", assets.serve, name="asset"),
]
