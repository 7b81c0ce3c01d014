"""A name and what it is, as pages of one thing show them."""

from dataclasses import dataclass

from fondaco.console.lists.described import Label
from fondaco.console.lists.showing import kind_of


@dataclass(frozen=True, slots=True)
class Fact:
    """Show a value: money, an instant, a badge or text, which may lead somewhere."""

    label: Label
    value: object
    link: str = ""
    is_code: bool = False

    @property
    def kind(self) -> str:
        """Tell how the value is written."""
        return "code" if self.is_code else kind_of(self.value)
