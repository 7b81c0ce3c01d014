"""Which path below ``/console/invest/`` shows which page."""

from django.urls import path

from fondaco.console.invest import advice, assets, checks, imports, orders, portfolio, proposals

urlpatterns = [
    path("", portfolio.portfolio, name="invest"),
    path("activities", portfolio.activities, name="invest-activities"),
    path("advice", advice.ask, name="invest-advice"),
    path("advice/<str:advice>", advice.show, name="invest-given"),
    path("advice/<str:advice>/quote", advice.quote, name="invest-quote-advice"),
    path("proposals/<str:quote>", proposals.show, name="invest-proposal"),
    path("proposals/<str:quote>/accept", proposals.accept, name="invest-accept"),
    path("orders", orders.orders, name="invest-orders"),
    path("orders/<str:order>", orders.order, name="invest-order"),
    path("check", checks.check, name="invest-check"),
    path("check/rebalance", checks.rebalance, name="invest-rebalance"),
    path("settings", checks.settings, name="invest-settings"),
    path("imports", imports.imports, name="invest-imports"),
    path("imports/mapping", imports.mapping, name="invest-mapping"),
    path("assets", assets.assets, name="invest-assets"),
    path("assets/<str:symbol>", assets.asset, name="invest-asset"),
]
