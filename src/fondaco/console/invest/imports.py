"""Lists of other brokers: which column means what, and taking a list in."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from fondaco.console.asking import Refused, customer_of
from fondaco.console.forms import Asking
from fondaco.console.invest.places import CUSTOMERS, TRADE
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.investing.actions.outside import import_activities, save_mapping
from fondaco.investing.outside import COLUMNS
from fondaco.investing.queries.mappings import list_mappings
from fondaco.investing.types import BrokerMapping
from fondaco.kit.access import Principal
from fondaco.kit.errors import InvalidField

FILE_BYTES_MAX: Final = 1_000_000
NAME_MAX: Final = 80
CELL_MAX: Final = 120


class ListForm(Asking):
    """Take a list and where it is from."""

    account = forms.CharField(
        label=gettext_lazy("Account at the broker"),
        max_length=NAME_MAX,
        help_text=gettext_lazy("A name for yourself; it stands beside what you hold there."),
    )
    mapping = forms.ChoiceField(label=gettext_lazy("How the list is written"))
    csv = forms.FileField(
        label=gettext_lazy("The list, as CSV"),
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        """Offer the mappings that were saved."""
        super().__init__(*args, **kwargs)
        self.fields["mapping"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]  # a choice field

    @property
    def text(self) -> str:
        """Give the list.

        :raises InvalidField: it is too large, or no text
        """
        file = self.cleaned_data["csv"]
        if file.size > FILE_BYTES_MAX:
            raise InvalidField(gettext("A list has a million bytes at most."), field="csv")
        file.seek(0)
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise InvalidField(gettext("Save the list as UTF-8."), field="csv") from None


class MappingForm(Asking):
    """Take which column of a broker's list means what."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_MAX)
    date = forms.CharField(label=gettext_lazy("Column of the day"), max_length=CELL_MAX)
    kind = forms.CharField(label=gettext_lazy("Column of what was done"), max_length=CELL_MAX)
    symbol = forms.CharField(
        label=gettext_lazy("Column of the asset"), max_length=CELL_MAX, required=False
    )
    quantity = forms.CharField(
        label=gettext_lazy("Column of how many"), max_length=CELL_MAX, required=False
    )
    price = forms.CharField(
        label=gettext_lazy("Column of the price"), max_length=CELL_MAX, required=False
    )
    amount = forms.CharField(
        label=gettext_lazy("Column of the amount of a dividend or a fee"),
        max_length=CELL_MAX,
        required=False,
    )
    fee = forms.CharField(
        label=gettext_lazy("Column of the fee of a trade"), max_length=CELL_MAX, required=False
    )
    ratio = forms.CharField(
        label=gettext_lazy("Column of the ratio of a split"), max_length=CELL_MAX, required=False
    )
    date_format = forms.CharField(
        label=gettext_lazy("How days are written"),
        max_length=40,
        min_length=2,
        initial="%Y-%m-%d",
        help_text=gettext_lazy("%Y is the year, %m the month, %d the day."),
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("What separates columns"),
        choices=[
            (",", gettext_lazy("comma")),
            (";", gettext_lazy("semicolon")),
            ("\t", gettext_lazy("tab")),
            ("|", "|"),
        ],
    )
    decimal_comma = forms.BooleanField(
        label=gettext_lazy("Numbers have a decimal comma"), required=False
    )
    kinds = forms.CharField(
        label=gettext_lazy("Words of the list and ours"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "Kauf = buy"}),
        help_text=gettext_lazy("A line for each. Ours are buy, sell, dividend, split and fee."),
    )
    symbols = forms.CharField(
        label=gettext_lazy("Symbols of the list and ours"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "APPLE INC = XNAS.AAPL"}),
    )

    def to_mapping(self) -> BrokerMapping:
        """Give the mapping.

        :raises InvalidField: a line of words is no pair
        """
        given = self.cleaned_data
        return BrokerMapping(
            columns={name: given[name] for name in COLUMNS if given[name]},
            kinds=_pairs(given["kinds"], "kinds"),
            symbols=_pairs(given["symbols"], "symbols"),
            date_format=given["date_format"],
            delimiter=given["delimiter"],
            decimal_comma=given["decimal_comma"],
        )


@page(*CUSTOMERS, right=TRADE, methods="GET HEAD POST")
def imports(request: HttpRequest, visitor: Principal) -> Answer:
    """Take a broker's list in, all of it or none."""
    names = list(list_mappings(customer_id=customer_of(visitor)))
    form = ListForm(request.POST or None, request.FILES or None, names=names)
    if request.method == "POST" and form.is_valid():
        done = form.once(visitor, "invest.import", lambda: _take_in(visitor, form))
        if done is not None:
            return GoTo(f"{request.path}?done={done}")
    written, _, known = request.GET.get("done", "").partition("-")
    shown = {
        "title": gettext("Lists of other brokers"),
        "form": form,
        "names": names,
        "written": int(written) if written.isdecimal() else None,
        "known": int(known) if known.isdecimal() else 0,
    }
    return Page("invest/imports.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=TRADE, methods="GET HEAD POST")
def mapping(request: HttpRequest, visitor: Principal) -> Answer:
    """Say which column means what; a mapping of the same name is replaced."""
    form = MappingForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.ask(lambda: _save(visitor, form)) is None
    ):
        return GoTo(f"{request.path.removesuffix('/mapping')}")
    shown = {"title": gettext("How a list is written"), "form": form}
    return Page("invest/mapping.html", shown, 422 if form.is_bound else 200)


def _take_in(visitor: Principal, form: ListForm) -> str:
    done = import_activities(
        customer_id=customer_of(visitor),
        account=form.cleaned_data["account"],
        mapping_name=form.cleaned_data["mapping"],
        text=form.text,
        by=visitor.actor,
    )
    return f"{done.written}-{done.known}"


def _save(visitor: Principal, form: MappingForm) -> Refused | None:
    save_mapping(
        customer_id=customer_of(visitor),
        name=form.cleaned_data["name"],
        mapping=form.to_mapping(),
        by=visitor.actor,
    )
    return None


def _pairs(text: str, field: str) -> dict[str, str]:
    pairs = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        theirs, equals, ours = (part.strip() for part in line.partition("="))
        if not (theirs and equals and ours) or max(len(theirs), len(ours)) > CELL_MAX:
            raise InvalidField(gettext("Write each line like: theirs = ours."), field=field)
        pairs[theirs] = ours
    return pairs
