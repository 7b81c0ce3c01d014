"""The page that shows every part that pages are made of."""

from datetime import UTC, datetime

from django import forms
from django.http import HttpRequest

from fondaco.console.pages import Answer, Page, page
from fondaco.kit.access import Principal
from fondaco.money import Asset, Money


class ExampleForm(forms.Form):
    """Show each sort of field, one of them wrong."""

    name = forms.CharField(label="Name", help_text="As it is written in your passport.")
    amount = forms.CharField(label="Amount", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    currency = forms.ChoiceField(label="Currency", choices=[("USD", "USD"), ("EUR", "EUR")])
    why = forms.CharField(label="Why", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    agreed = forms.BooleanField(label="I have read the terms")


@page()
def components(_request: HttpRequest, _visitor: Principal) -> Answer:
    """Show every part that pages are made of."""
    dollars, bitcoin = Asset("USD", 2), Asset("BTC", 8)
    form = ExampleForm({"name": "Ada Moro", "amount": "twelve", "currency": "USD"})
    form.add_error("amount", "Write it like 12.50.")
    shown = {
        "title": "Components",
        "amounts": [Money(1_234_567, dollars), Money(-5, dollars), Money(123_456_789, bitcoin)],
        "at": datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
        "form": form,
    }
    return Page("components.html", shown)
