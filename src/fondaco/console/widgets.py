"""Lists to choose from that are long: Django renders a template for each option, which takes its time."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """Write a list of hundreds of options at once, as `forms.Select` would."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write the list; ``renderer`` has nothing to do."""
        del renderer
        return _written(self.get_context(name, value, attrs)["widget"])


class LongSelectMultiple(LongSelect, forms.SelectMultiple):
    """Write a list of hundreds of options of which several can be chosen."""


def _written(widget: dict[str, Any]) -> SafeString:
    options = format_html_join(
        "", '<option value="{}"{}>{}</option>', _options(widget["optgroups"])
    )
    return format_html(
        '<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), options
    )


def _options(groups: Any) -> Iterator[tuple[str, SafeString, str]]:
    """Give value, attributes and text of each; groups with a heading are not among them."""
    for _, options, _ in groups:
        for one in options:
            yield str(one["value"]), flatatt(one["attrs"]), one["label"]
