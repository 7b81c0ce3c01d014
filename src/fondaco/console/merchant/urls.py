"""Which path below ``/console/merchant/`` shows which page."""

from django.urls import path

from fondaco.console.merchant import charges, charging, deliveries, endpoints, overview

urlpatterns = [
    path("", overview.overview, name="merchant"),
    path("charges", charges.charges, name="merchant-charges"),
    path("charges.csv", charges.export, name="merchant-charges-csv"),
    path("charges/new", charging.new_charge, name="merchant-charge-new"),
    path("charges/<str:charge>", charging.show, name="merchant-charge"),
    path("charges/<str:charge>/capture", charging.capture, name="merchant-capture"),
    path("charges/<str:charge>/void", charging.void, name="merchant-void"),
    path("charges/<str:charge>/refund", charging.refund, name="merchant-refund"),
    path("webhooks", endpoints.endpoints, name="merchant-webhooks"),
    path("webhooks/<str:endpoint>", endpoints.show, name="merchant-webhook"),
    path("webhooks/<str:endpoint>/test", endpoints.test, name="merchant-webhook-test"),
    path("webhooks/<str:endpoint>/enable", endpoints.enable, name="merchant-webhook-enable"),
    path("webhooks/<str:endpoint>/disable", endpoints.disable, name="merchant-webhook-disable"),
    path("webhooks/<str:endpoint>/delete", endpoints.delete, name="merchant-webhook-delete"),
    path("webhooks/<str:endpoint>/secret", endpoints.rotate, name="merchant-webhook-secret"),
    path("deliveries/<str:delivery>", deliveries.show, name="merchant-delivery"),
    path("deliveries/<str:delivery>/resend", deliveries.resend, name="merchant-resend"),
]
