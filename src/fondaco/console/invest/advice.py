"""Ask for advice at a level of risk, and look at what was advised."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from fondaco.console.asking import Refused, customer_of
from fondaco.console.charts import Chart, Draw, Series, Tone
from fondaco.console.forms import Asking
from fondaco.console.invest.places import CUSTOMERS, LEVELS, SEE, wire
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.investing.actions.advice import give_advice
from fondaco.investing.actions.quotes import make_quote
from fondaco.investing.queries.advice import find_accepted, get_advice, list_advice
from fondaco.investing.types import ADVICE, Advice, AdviceAsk, AdviceId, Quote, QuoteAsk
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import DomainError
from fondaco.money import Money
from fondaco.quant.scale import risk_of
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.wallets import choose_wallet_id

PAST: Final = 10
LEVEL_DEFAULT: Final = 5
_WARNINGS: Final = {
    "paper_execution": gettext_lazy(
        "Nothing is bought at an exchange: the house fills orders itself."
    ),
    "past_is_no_promise": gettext_lazy(
        "Figures come from the past of companies that still exist. They are no promise."
    ),
    "fallback_engine": gettext_lazy(
        "The service outside gave no answer that can be used; the house's engine answered."
    ),
    "dates_are_shifted": gettext_lazy(
        "These are prices of years ago, moved on to end today: a demonstration."
    ),
    "sum_exceeds_cash": gettext_lazy("No single wallet of yours holds the sum."),
    "concentrated": gettext_lazy("One asset has more than a quarter."),
}


class AdviceForm(Asking):
    """Take how much risk is wanted, and how much money is to be spread."""

    level = forms.IntegerField(
        label=gettext_lazy("Risk, from 1 (least) to 10 (most)"),
        min_value=1,
        max_value=10,
        widget=forms.NumberInput(
            attrs={"type": "range", "min": "1", "max": "10", "step": "1", "data-words": "levels"}
        ),
    )
    sum = forms.CharField(
        label=gettext_lazy("How much"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("Fees included. Empty: all that your fullest wallet has available."),
    )

    def to_ask(self) -> AdviceAsk:
        """Give what is asked.

        :raises InvalidField: the sum cannot be read
        """
        given = self.cleaned_data
        total = self.amount_of("sum", default_asset()) if given["sum"].strip() else None
        return AdviceAsk(risk=risk_of(given["level"]), total=total)


@page(*CUSTOMERS, right=SEE, methods="GET HEAD POST")
def ask(request: HttpRequest, visitor: Principal) -> Answer:
    """Advise at a level of risk, and show at once what following it costs."""
    customer_id = customer_of(visitor)
    if request.method == "POST":
        form = AdviceForm(request.POST)
        given: list[Advice] = []

        def advise() -> Refused | None:
            asked = form.to_ask()
            given.append(give_advice(customer_id=customer_id, ask=asked, by=visitor.actor))
            return None

        if form.is_valid() and form.ask(advise) is None:
            return GoTo(_proposal_url(visitor, given[0]))
    else:
        accepted = find_accepted(customer_id=customer_id)
        form = AdviceForm(initial={"level": accepted.level if accepted else LEVEL_DEFAULT})
    past = list_advice(customer_id=customer_id, limit=PAST)
    shown = {
        "title": gettext("Advice"),
        "form": form,
        "levels": LEVELS,
        "currency": default_asset().code,
        "past": [(one, LEVELS[one.level - 1]) for one in past.items],
    }
    return Page("invest/advice.html", shown, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=SEE)
def show(_request: HttpRequest, visitor: Principal, advice: str) -> Answer:
    """Show an advice as it was given."""
    found = get_advice(advice_id=wire(ADVICE, advice), customer_id=customer_of(visitor))
    return Page("invest/given.html", {**facts_of(found), "form": Asking()})


@page(*CUSTOMERS, right=SEE, methods="POST")
def quote(request: HttpRequest, visitor: Principal, advice: str) -> Answer:
    """Quote at today's prices what following an advice costs."""
    found = get_advice(advice_id=wire(ADVICE, advice), customer_id=customer_of(visitor))
    form = Asking(request.POST)
    made = form.once(visitor, f"invest.quote.{found.id}", lambda: _quote(visitor, found).wire_id)
    if made is not None:
        return GoTo(reverse("console:invest-proposal", args=(made,)))
    return Page("invest/given.html", {**facts_of(found), "form": form}, 422)


def facts_of(advice: Advice) -> dict[str, Any]:
    """Give what pages show of an advice."""
    answer = advice.answer
    asset = advice.total.asset
    names = find_instruments(symbols=[one["symbol"] for one in answer["assets"]], field="assets")
    metrics = answer["metrics"]
    return {
        "title": gettext("Advice"),
        "advice": advice,
        "level": LEVELS[advice.level - 1],
        "is_open": advice.expires_at > clock.now(),
        "fee": Money.parse(answer["fee"], asset),
        "rest": Money.parse(answer["rest"], asset),
        "at_risk": Money.parse(metrics["value_at_risk_sum"], asset),
        "metrics": metrics,
        "assets": [
            {
                **one,
                "name": names[one["symbol"]].name,
                "cost": Money.parse(one["cost"], asset),
            }
            for one in answer["assets"]
        ],
        "cash_parts": answer["cash_parts"],
        "warnings": [_WARNINGS.get(code, code) for code in answer["warnings"]],
        "frontier": chart_of(advice),
    }


def chart_of(advice: Advice) -> Chart:
    """Draw the ten levels from the calmest to the wildest, and where this advice stands."""
    here = _point(advice.answer["here"])
    levels = sorted(_point(one) for one in advice.answer["frontier"])
    places = sorted({*(risk for risk, _ in levels), here[0]})
    told = dict(levels)
    return Chart(
        name="frontier",
        title=gettext("Risk and return of the ten levels, a year"),
        across=gettext("Risk"),
        across_unit=" %",
        unit="%",
        ratio="tall",
        places=places,
        series=[
            Series(
                label=gettext("Expected return"),
                values=[told.get(place) for place in places],
                draw=Draw.DOTS,
                tone=Tone.ACCENT,
            ),
            Series(
                label=gettext("You are here"),
                values=[here[1] if place == here[0] else None for place in places],
                draw=Draw.MARK,
                tone=Tone.WARN,
            ),
        ],
    )


def _point(told: Any) -> tuple[Decimal, Decimal]:
    """Give risk and return in per cent, to two places."""
    risk, gained = Decimal(told["volatility"]), Decimal(told["rate_of_return"])
    return (risk * 100).quantize(Decimal("0.01")), (gained * 100).quantize(Decimal("0.01"))


def _proposal_url(visitor: Principal, advice: Advice) -> str:
    """Lead to the trades; where there are none to be quoted, to the advice, which says why when asked."""
    try:
        made = _quote(visitor, advice)
    except DomainError:
        return reverse("console:invest-given", args=(advice.wire_id,))
    return reverse("console:invest-proposal", args=(made.wire_id,))


def _quote(visitor: Principal, advice: Advice) -> Quote:
    customer_id = customer_of(visitor)
    wallet_id = choose_wallet_id(reference=None, customer_id=customer_id)
    asked = QuoteAsk(wallet_id=wallet_id, advice_id=AdviceId(advice.id))
    return make_quote(customer_id=customer_id, ask=asked, by=visitor.actor)
