"""Read amounts as people write them into a form, and say in their language what is wrong with one."""

from typing import Final

from django.utils.translation import gettext, gettext_noop

from fondaco.kit.errors import InvalidField
from fondaco.money import Asset, InvalidAmount, Money, TooManyPlaces

WRONG: Final = (
    gettext_noop("an amount is written as plain decimal digits"),
    gettext_noop("the amount has more digits than any account can hold"),
)
"""What an amount itself says of a text, gathered here for translators."""


def read_amount(text: str, asset: Asset, *, field: str) -> Money:
    """Read what stands in a form's field as an amount.

    :raises InvalidField: it is not written as plain digits, or has too many places
    """
    try:
        return Money.parse(text.strip(), asset)
    except TooManyPlaces:
        told = gettext("%(code)s has %(places)s decimal places")
        wrong = told % {"code": asset.code, "places": asset.scale}
    except InvalidAmount as error:
        wrong = gettext(str(error))
    told = gettext("Write it like 12.50: %(wrong)s.") % {"wrong": wrong}
    raise InvalidField(told, field=field)
