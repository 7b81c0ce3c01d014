"""Which path shows which page; each section lists its own."""

from django.urls import include, path

from fondaco.console import assets, components

app_name = "console"
urlpatterns = [
    path("components", components.components, name="components"),
    path("assets/<path:name>", assets.serve, name="asset"),
    path("", include("fondaco.console.money.urls")),
    path("", include("fondaco.console.self.urls")),
    path("merchant/", include("fondaco.console.merchant.urls")),
    path("invest/", include("fondaco.console.invest.urls")),
    path("operator/", include("fondaco.console.operator.urls")),
    path("operator/", include("fondaco.console.desk.urls")),
]
