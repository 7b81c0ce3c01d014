"""Walk through a running Fondaco as a newcomer would, and show each request and answer.

Run ``make run`` in one terminal and ``make tour`` in another. The tour ends with a non-zero status when any
answer is not what it should be, so it is also a check of a whole deployment. It makes a client and a company
of its own and needs a demo tenant, where clients top up their wallets themselves.
"""

import secrets
from typing import Annotated, Any, Final
from uuid import uuid4

import httpx
import typer
from rich.console import Console

from tools import tour_exchange, tour_investing, tour_mistakes, tour_money as money
from tools.guide import Ask, Guide, Person, new_key

WRONG: Final = 1
NOBODY_THERE: Final = 2


def main(
    base_url: Annotated[str, typer.Option(help="Where the system runs.")] = "http://127.0.0.1:8000",
) -> None:
    """Walk through the API and show every step."""
    console = Console()
    guide = Guide(base_url, console)
    try:
        walk(guide)
    except httpx.TransportError as error:
        console.print(f"[bold red]Nobody answers under {base_url} ({error}). Start it: make run")
        raise typer.Exit(NOBODY_THERE) from None
    except (KeyError, IndexError, TypeError) as error:
        # an answer lacks what the next step needs: the mistakes above say which
        guide.wrong.append(f"the tour cannot go on without {error}")
    console.rule()
    for line in guide.wrong:
        console.print(f"✗ {line}", style="bold red", markup=False)
    if guide.wrong:
        raise typer.Exit(WRONG)
    console.print(
        f"{guide.asked} requests, and every answer is as it should be.", style="bold green"
    )


def walk(guide: Guide) -> None:
    """Go through all chapters."""
    ask_how_it_is(guide)
    ada = sign_up_client(guide)
    shop = sign_up_company(guide)
    log_in(guide, ada)
    fill_a_wallet(guide, ada)
    money.charge(guide, ada, shop)
    money.charge_too_much(guide, ada, shop)
    money.hold_and_capture(guide, ada, shop)
    money.refund(guide, ada, shop)
    money.look_back(guide, ada, shop)
    money.between_people(guide, ada, shop)
    tour_exchange.buy(guide, ada)
    tour_investing.invest(guide, ada)
    tour_mistakes.make(guide, ada, shop)
    log_out(guide, ada)


def ask_how_it_is(guide: Guide) -> None:
    """Ask whether the house is open."""
    guide.chapter("The house")
    guide.ask(
        Ask(says="Is the house open?", method="GET", path=f"{guide.origin}/status", status=200)
    )


def sign_up_client(guide: Guide) -> Person:
    """Sign a client up; the first wallet comes with it."""
    guide.chapter("Signing up and logging in")
    ada = Person(f"ada-{uuid4().hex[:8]}@example.com", f"seven quiet harbours {uuid4().hex[:6]}")
    answer = guide.ask(
        Ask(
            says="A client signs up. A wallet comes with it, and tokens to go on with.",
            path="/auth/register",
            body={
                "kind": "client",
                "email": ada.email,
                "password": ada.password,
                "first_name": "Ada",
                "last_name": "Moro",
                "phone": _phone(),
            },
            expected={"token_type": "Bearer"},
        )
    )
    _settle_in(ada, answer)
    return ada


def sign_up_company(guide: Guide) -> Person:
    """Sign a company up; it may charge."""
    shop = Person(
        f"shop-{uuid4().hex[:8]}@example.com", f"nine loud market halls {uuid4().hex[:6]}"
    )
    answer = guide.ask(
        Ask(
            says="A company signs up. It has one wallet, and it may charge others'.",
            path="/auth/register",
            body={
                "kind": "company",
                "email": shop.email,
                "password": shop.password,
                "name": "Rialto Books",
                "url": "https://rialto.example",
                "first_name": "Piero",
                "last_name": "Gritti",
                "phone": _phone(),
            },
            expected={"token_type": "Bearer"},
        )
    )
    _settle_in(shop, answer)
    return shop


def log_in(guide: Guide, ada: Person) -> None:
    """Log in, rightly and wrongly, and ask who that is."""
    guide.ask(
        Ask(
            says="A wrong password opens nothing.",
            path="/auth/login",
            status=401,
            body={"identifier": ada.email, "password": "a password of somebody else"},
            expected={"status": 401},
        )
    )
    answer = guide.ask(
        Ask(
            says="The right one does: an access token for 15 minutes, a refresh token for longer.",
            path="/auth/login",
            status=200,
            body={"identifier": ada.email, "password": ada.password},
            expected={"token_type": "Bearer"},
        )
    )
    ada.token = answer["access_token"]
    guide.ask(Ask(says="Who am I?", method="GET", path="/me", status=200, token=ada.token))


def fill_a_wallet(guide: Guide, ada: Person) -> None:
    """Create a further wallet, top up, and look."""
    guide.chapter("Wallets")
    answer = guide.ask(
        Ask(
            says="Another wallet, for the holidays.",
            path="/wallets",
            body={"label": "Holidays"},
            token=ada.token,
            key=new_key("wallet"),
            expected={"label": "Holidays", "state": "open"},
        )
    )
    ada.wallet, ada.wallet_id = answer["token"], answer["id"]
    guide.ask(
        Ask(
            says="100.00 dollars go in. In a demo house clients may do this themselves.",
            path=f"/wallets/{ada.wallet}/top-ups",
            body={"amount": "100.00", "currency": "USD", "summary": "Savings"},
            token=ada.token,
            key=new_key("top-up"),
            expected={"amount.amount": "100.00", "balance.amount": "100.00"},
        )
    )
    guide.ask(
        Ask(
            says="What is in it?",
            method="GET",
            path=f"/wallets/{ada.wallet}",
            status=200,
            token=ada.token,
            expected={"id": ada.wallet_id, "balances.0.available": "100.00"},
        )
    )
    guide.ask(
        Ask(says="And in all of mine?", method="GET", path="/wallets", status=200, token=ada.token)
    )


def log_out(guide: Guide, ada: Person) -> None:
    """Log out; the token opens nothing any more."""
    guide.chapter("Logging out")
    guide.ask(
        Ask(
            says="Goodbye.",
            path="/auth/logout",
            body={},
            status=204,
            token=ada.token,
        )
    )
    guide.ask(
        Ask(
            says="The token opens nothing any more.",
            method="GET",
            path="/me",
            status=401,
            token=ada.token,
            expected={"code": "session_ended"},
        )
    )


def _settle_in(person: Person, answer: Any) -> None:
    person.token = answer["access_token"]
    person.wallet, person.wallet_id = answer["wallet"]["token"], answer["wallet"]["id"]


def _phone() -> str:
    return "+346" + "".join(secrets.choice("0123456789") for _ in range(8))


if __name__ == "__main__":
    typer.run(main)
