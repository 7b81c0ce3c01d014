"""Opening, naming, freezing and closing wallets; tokens, cards, rules, top-ups."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from fondaco.identity.errors import IdentifierTaken
from fondaco.identity.states import CustomerKind
from fondaco.identity.types import NewCustomer
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.fields import rotate_fields
from fondaco.kit.django.keys import Key, install
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import uuid7
from fondaco.kit.lifecycle import IllegalMove
from fondaco.kit.options import override
from fondaco.wallets import models
from fondaco.wallets.actions import cards, rules, tokens, wallets as actions
from fondaco.wallets.actions.currencies import open_currency
from fondaco.wallets.actions.signup import sign_up
from fondaco.wallets.actions.topups import post_top_up, top_up
from fondaco.wallets.queries import wallets as queries
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.rules import list_rules
from fondaco.wallets.refusals import (
    UnknownCurrency,
    WalletClosed,
    WalletLimitReached,
    WalletNotEmpty,
    WalletRequired,
)
from fondaco.wallets.states import WalletState
from fondaco.wallets.tests.cast import (
    GROUNDS,
    PASSWORD,
    Person,
    eur,
    fund,
    hear,
    new_client,
    new_company,
    take,
    usd,
)
from fondaco.wallets.types import Funding

pytestmark = pytest.mark.usefixtures("tenant")


def owned(person: Person) -> dict[str, Any]:
    """Give the arguments with which an owner acts on his wallet."""
    return {"wallet_id": person.wallet_id, "customer_id": person.customer_id, "by": person.actor}


class TestSignUp:
    def test_gives_a_customer_a_session_and_an_empty_wallet(self) -> None:
        client = new_client()
        assert client.access_token
        assert client.available() == "0.00"
        assert client.wallet.state is WalletState.OPEN

    def test_leaves_nothing_behind_when_the_wallet_cannot_be_opened(self) -> None:
        ask = NewCustomer(
            kind=CustomerKind.CLIENT,
            password=PASSWORD,
            first_name="Ada",
            last_name="Nobody",
            username="half_way_through",
        )
        with override(default_currency="XYZ"), pytest.raises(UnknownCurrency):
            sign_up(ask=ask)
        assert sign_up(ask=ask).wallet.balances
        with pytest.raises(IdentifierTaken):
            sign_up(ask=ask)


class TestOpenWallet:
    def test_counts_no_limit_for_a_client_by_default(self) -> None:
        client = new_client()
        for number in range(3):
            actions.open_wallet(customer_id=client.customer_id, label=f"no {number}", by=SYSTEM)
        page = queries.list_wallets(customer_id=client.customer_id)
        assert [one.label for one in page.items] == ["no 2", "no 1", "no 0", ""]

    def test_stops_a_client_at_the_limit_and_counts_no_closed_ones(self) -> None:
        client = new_client()
        with override(wallets_per_client_max=2):
            second = actions.open_wallet(customer_id=client.customer_id, by=SYSTEM)
            with pytest.raises(WalletLimitReached):
                actions.open_wallet(customer_id=client.customer_id, by=SYSTEM)
            actions.close_wallet(wallet_id=second.id, customer_id=client.customer_id, by=SYSTEM)
            actions.open_wallet(customer_id=client.customer_id, by=SYSTEM)

    def test_gives_a_company_exactly_one(self) -> None:
        company = new_company()
        with pytest.raises(WalletLimitReached) as refused:
            actions.open_wallet(customer_id=company.customer_id, by=SYSTEM)
        assert refused.value.facts == {"limit": 1}

    def test_gives_each_a_token_of_its_own_that_the_database_cannot_read(self) -> None:
        client = new_client()
        other = actions.open_wallet(customer_id=client.customer_id, by=SYSTEM)
        assert other.token != client.token
        raw = models.Wallet.objects.filter(id=client.wallet_id).values_list("token_digest").get()
        assert client.token.encode() not in bytes(raw[0])
        assert client.token not in repr(client.wallet)
        assert client.token not in str(models.Wallet.objects.get(id=client.wallet_id))

    def test_demands_a_customer(self) -> None:
        with pytest.raises(NotFound):
            actions.open_wallet(customer_id=uuid7(), by=SYSTEM)


class TestAWallet:
    def test_is_renamed(self) -> None:
        client = new_client()
        assert actions.rename_wallet(**owned(client), label="holidays").label == "holidays"
        assert actions.rename_wallet(**owned(client), label="holidays").label == "holidays"

    def test_is_found_by_token_and_by_identifier_of_its_owner_alone(self) -> None:
        client, stranger = new_client(), new_client()
        for reference in (client.token, client.wallet.wire_id):
            found = queries.get_wallet_by_reference(
                reference=reference, customer_id=client.customer_id
            )
            assert found.id == client.wallet_id
            for act in (queries.get_wallet_by_reference, queries.get_wallet_id):
                with pytest.raises(NotFound):
                    act(reference=reference, customer_id=stranger.customer_id)
        with pytest.raises(NotFound):
            queries.get_wallet_id(reference="wal_?", customer_id=client.customer_id)

    def test_is_shown_as_lists_show_it_whatever_it_holds(self) -> None:
        merchant = new_company()
        for held, currencies in (("0.00", ["USD"]), ("2.00", ["EUR", "USD"])):
            client = new_client("5.00")
            if held != "0.00":
                open_currency(wallet_id=client.wallet_id, asset=eur("1.00").asset, by=SYSTEM)
                take(merchant, client, held, capture=False)
            shown = queries.get_wallet_by_reference(
                reference=client.token, customer_id=client.customer_id
            )
            (listed,) = queries.list_wallets(customer_id=client.customer_id).items
            assert shown == listed
            assert [one.total.asset.code for one in shown.balances] == currencies
            last = shown.balances[-1]
            assert (last.total, last.reserved) == (usd("5.00"), usd(held))

    def test_of_another_is_unknown_to_every_action(self) -> None:
        client, stranger = new_client(), new_client()
        theirs = {**owned(client), "customer_id": stranger.customer_id}
        for act in (actions.freeze_wallet, actions.unfreeze_wallet, actions.close_wallet):
            with pytest.raises(NotFound):
                act(**theirs)
        with pytest.raises(NotFound):
            tokens.rotate_token(**theirs)
        with pytest.raises(NotFound):
            queries.get_wallet(wallet_id=client.wallet_id, customer_id=stranger.customer_id)

    def test_of_anybody_is_shown_to_the_house(self) -> None:
        client = new_client("2.50")
        shown = queries.get_any_wallet(wallet_id=client.wallet_id)
        assert shown == client.wallet
        assert (shown.id, shown.customer_id) == (client.wallet_id, client.customer_id)
        with pytest.raises(NotFound):
            queries.get_any_wallet(wallet_id=uuid7())

    def test_is_frozen_and_unfrozen_as_often_as_one_likes(self) -> None:
        client = new_client()
        for _ in range(2):
            assert actions.freeze_wallet(**owned(client)).state is WalletState.FROZEN
        for _ in range(2):
            assert actions.unfreeze_wallet(**owned(client)).state is WalletState.OPEN
        steps = models.WalletStep.objects.filter(subject_id=client.wallet_id).order_by("id")
        assert [one.state_to for one in steps] == ["open", "frozen", "open"]

    def test_closes_at_zero_only(self) -> None:
        client = new_client("0.01")
        with pytest.raises(WalletNotEmpty):
            actions.close_wallet(**owned(client))
        take(new_company(), client, "0.01")
        for _ in range(2):
            assert actions.close_wallet(**owned(client)).state is WalletState.CLOSED

    def test_closes_neither_frozen_nor_with_held_money(self) -> None:
        client = new_client("1.00")
        take(new_company(), client, "1.00", capture=False)
        with pytest.raises(WalletNotEmpty):
            actions.close_wallet(**owned(client))
        empty = new_client()
        actions.freeze_wallet(**owned(empty))
        with pytest.raises(IllegalMove):
            actions.close_wallet(**owned(empty))

    def test_once_closed_does_nothing_any_more(self) -> None:
        client = new_client()
        actions.close_wallet(**owned(client))
        for act in (actions.freeze_wallet, actions.unfreeze_wallet):
            with pytest.raises(IllegalMove):
                act(**owned(client))
        with pytest.raises(WalletClosed):
            tokens.rotate_token(**owned(client))
        ask = Funding(wallet_id=client.wallet_id, amount=usd("1.00"))
        assert hear(post_top_up, ask=ask, grounds=GROUNDS).code == "wallet_closed"
        other = Funding(wallet_id=client.wallet_id, amount=eur("1.00"))
        assert hear(post_top_up, ask=other, grounds=GROUNDS).code == "wallet_closed"

    def test_is_chosen_for_whoever_names_none(self) -> None:
        client = new_client()
        chosen = queries.choose_wallet_id(reference=None, customer_id=client.customer_id)
        assert chosen == client.wallet_id
        named = queries.choose_wallet_id(reference=client.token, customer_id=client.customer_id)
        assert named == client.wallet_id
        actions.close_wallet(**owned(client))
        with pytest.raises(WalletRequired):
            queries.choose_wallet_id(reference=None, customer_id=client.customer_id)


class TestAWalletThatTheHouseBlocks:
    def test_pays_nothing_until_an_operator_lets_it(self) -> None:
        client, company = new_client("5.00"), new_company()
        asked: dict[str, Any] = {"wallet_id": client.wallet_id, "by": SYSTEM}
        actions.block_wallet(**asked, reason="a court's order")
        assert take(company, client, "1.00").code == "wallet_frozen"
        for act in (actions.freeze_wallet, actions.unfreeze_wallet, actions.close_wallet):
            with pytest.raises(IllegalMove):
                act(**owned(client))
        actions.unblock_wallet(**asked, reason="it was lifted")
        assert take(company, client, "1.00").code == "done"
        step = models.WalletStep.objects.filter(subject_id=client.wallet_id).latest("id")
        assert (step.state_from, step.note) == ("blocked", "it was lifted")

    def test_is_blocked_once_and_unblocked_once(self) -> None:
        client = new_client()
        asked: dict[str, Any] = {"wallet_id": client.wallet_id, "reason": "x", "by": SYSTEM}
        with pytest.raises(IllegalMove):
            actions.unblock_wallet(**asked)
        actions.freeze_wallet(**owned(client))
        actions.block_wallet(**asked)
        with pytest.raises(IllegalMove):
            actions.block_wallet(**asked)
        with pytest.raises(NotFound):
            actions.block_wallet(**{**asked, "wallet_id": uuid7()})


class TestBalances:
    def test_sum_all_wallets_by_currency(self) -> None:
        client, company = new_client("10.00"), new_company()
        second = actions.open_wallet(customer_id=client.customer_id, by=SYSTEM)
        fund(second.id, usd("5.00"))
        fund(second.id, eur("2.00"))
        take(company, client, "4.00", capture=False)
        dollars, euros = sorted(
            queries.list_balances(customer_id=client.customer_id),
            key=lambda one: one.total.asset.code,
            reverse=True,
        )
        assert (dollars.total, dollars.reserved) == (usd("15.00"), usd("4.00"))
        assert dollars.available == usd("11.00")
        assert (euros.total, euros.reserved) == (eur("2.00"), eur("0.00"))


class TestRotateToken:
    def test_makes_the_old_token_worthless_at_once(self) -> None:
        client, company = new_client("5.00"), new_company()
        renewed = tokens.rotate_token(**owned(client))
        assert renewed.token != client.token
        assert take(company, client, "1.00").code == "not_found"
        assert renewed.id == client.wallet_id


class Vault:
    """Give encryption keys that a test has chosen."""

    def __init__(self, *keys: Key) -> None:
        self._keys = keys

    def keys(self) -> Sequence[Key]:
        return self._keys


class TestReplacingTheKeys:
    def test_keeps_every_token_working(self, fresh_tenant: Any) -> None:
        old, new = Key("old", b"o" * 32), Key("new", b"n" * 32)
        with tenancy.scope(fresh_tenant()):
            try:
                install(Vault(old))
                client, company = new_client("5.00"), new_company()
                install(Vault(new, old))
                assert take(company, client, "1.00").code == "done"
                assert tokens.renew_digests(batch=1) == 2
                assert tokens.renew_digests() == 0
                rotate_fields()
                install(Vault(new))
                assert take(company, client, "1.00").code == "done"
                assert client.wallet.token == client.token
            finally:
                install(None)


class TestAFundingCard:
    def test_is_kept_as_last_four_digits_and_digest(self) -> None:
        client = new_client()
        wallet = cards.set_card(**owned(client), number="4111111111111111", bank="House Bank")
        assert (wallet.card_last_four, wallet.card_bank) == ("1111", "House Bank")
        row = models.Wallet.objects.get(id=client.wallet_id)
        assert row.card_digest is not None
        assert b"4111" not in bytes(row.card_digest)
        assert cards.remove_card(**owned(client)).card_last_four == ""

    @pytest.mark.parametrize(
        "number",
        [
            "",
            "4111111111111112",
            "41111111111",
            "4111 1111 1111 1111",
            "４１１１１１１１１１１１１１１１",
            "1" * 20,
        ],
    )
    def test_is_refused_when_the_number_is_none(self, number: str) -> None:
        client = new_client()
        with pytest.raises(InvalidField):
            cards.set_card(**owned(client), number=number)

    @pytest.mark.parametrize("number", ["5555555555554444", "378282246310005", "6304000000000000"])
    def test_is_taken_from_any_network(self, number: str) -> None:
        cards.check_card_number(number)


class TestRules:
    def test_are_listed_replaced_and_removed(self) -> None:
        client, company = new_client(), new_company()
        asked = {**owned(client), "merchant_id": company.customer_id}
        rules.set_rule(**asked, day_max=usd("5.00"), blocked=False)
        rules.set_rule(**asked, day_max=None, blocked=True)
        (rule,) = list_rules(wallet_id=client.wallet_id)
        assert (rule.merchant_id, rule.day_max) == (company.customer_id, None)
        assert isinstance(rule.blocked_at, datetime)
        assert rule.blocked_at.tzinfo is UTC
        for _ in range(2):
            rules.remove_rule(**asked)
        assert list_rules(wallet_id=client.wallet_id) == []

    def test_demand_a_merchant_who_exists(self) -> None:
        client = new_client()
        with pytest.raises(NotFound):
            rules.set_rule(**owned(client), merchant_id=uuid7(), day_max=None, blocked=True)


class TestTopUp:
    def test_brings_money_in_where_customers_may(self) -> None:
        client = new_client()
        ask = Funding(wallet_id=client.wallet_id, amount=usd("5.00"), summary="from my card")
        ear = hear(top_up, customer_id=client.customer_id, ask=ask, by=client.actor)
        assert (ear.done.amount, ear.done.balance) == (usd("5.00"), usd("5.00"))
        line = list_operations(customer_id=client.customer_id, limit=1).items[0]
        assert (line.source, line.target) == (None, client.wallet_id)
        assert (line.summary, line.counterparty_id) == ("from my card", None)

    def test_is_refused_in_a_live_tenant(self, live_tenant: Any) -> None:
        with tenancy.scope(live_tenant):
            client = new_client()
            ask = Funding(wallet_id=client.wallet_id, amount=usd("5.00"))
            asked: dict[str, Any] = {"customer_id": client.customer_id, "ask": ask}
            assert hear(top_up, **asked).code == "top_up_disabled"
            assert client.available() == "0.00"
            with override(self_top_up="on"):
                assert hear(top_up, **asked).code == "done"

    def test_is_refused_anywhere_when_the_option_says_so(self) -> None:
        client = new_client()
        ask = Funding(wallet_id=client.wallet_id, amount=usd("5.00"))
        with override(self_top_up="off"):
            assert hear(top_up, customer_id=client.customer_id, ask=ask).code == "top_up_disabled"

    def test_of_anothers_wallet_is_unknown(self) -> None:
        client, stranger = new_client(), new_client()
        ask = Funding(wallet_id=client.wallet_id, amount=usd("5.00"))
        assert hear(top_up, customer_id=stranger.customer_id, ask=ask).code == "not_found"

    def test_by_an_operator_keeps_reason_and_evidence(self, live_tenant: Any) -> None:
        with tenancy.scope(live_tenant):
            client = new_client("7.00")
            assert client.available() == "7.00"

    def test_into_a_frozen_wallet_is_a_failed_attempt(self) -> None:
        client = new_client()
        actions.freeze_wallet(**owned(client))
        ask = Funding(wallet_id=client.wallet_id, amount=usd("5.00"))
        assert hear(post_top_up, ask=ask, grounds=GROUNDS).code == "wallet_frozen"
        line = list_operations(customer_id=client.customer_id, limit=1).items[0]
        assert (line.kind, line.success) == ("wallets.top_up", False)
