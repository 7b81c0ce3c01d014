"""The signatures of the exchanges against published examples, and what their answers mean."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from fondaco.vendors.binance import signing as binance
from fondaco.vendors.htx import signing as htx
from fondaco.vendors.kraken import signing as kraken
from fondaco.vendors.kraken.client import Kraken
from fondaco.vendors.kraken.reading import currency
from fondaco.vendors.venue_wire import Malformed, instant_ms, number
from fondaco.vendors.venues import (
    Access,
    RateLimited,
    Unavailable,
    VenueTicker,
    is_quotable,
    sound_tickers,
)

NOW: Final = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class TestSignatures:
    def test_of_kraken_are_those_of_its_documents(self) -> None:
        body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
        made = kraken.sign(
            secret="kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
            path="/0/private/AddOrder",
            nonce=1616492376594,
            body=body,
        )
        assert made == (
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
        )

    def test_of_binance_are_those_of_its_documents(self) -> None:
        made = binance.sign(
            secret="NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
            payload="symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
            "&recvWindow=5000&timestamp=1499827319559",
        )
        assert made == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"

    def test_of_htx_cover_method_host_path_and_the_sorted_query(self) -> None:
        made = htx.query(
            key="k",
            secret="s",
            method="GET",
            host="API.huobi.pro",
            path="/v1/order/orders",
            at=datetime(2017, 5, 11, 15, 19, 30, tzinfo=UTC),
            sent={"order-id": "1234567890"},
        )
        # Computed beside the code: openssl dgst -sha256 -hmac s -binary | base64, over the four lines.
        assert made == (
            "AccessKeyId=k&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=2017-05-11T15%3A19%3A30"
            "&order-id=1234567890&Signature=KQY4GxcMeVJx1dnaoddQs%2BbAstBLfhf3CLchtZdJOhE%3D"
        )


class TestNumbers:
    @pytest.mark.parametrize("value", [True, None, 1.5, "x", [], {}])
    def test_are_read_from_text_and_whole_numbers_alone(self, value: Any) -> None:
        with pytest.raises(Malformed):
            number(value)

    def test_keep_every_digit(self) -> None:
        assert number("0.100000000000000000") == Decimal("0.1")
        assert str(number("0.10")) == "0.10"

    @pytest.mark.parametrize("value", [0, -1, "NaN", "1e400"])
    def test_that_are_no_time_are_malformed(self, value: Any) -> None:
        with pytest.raises(Malformed):
            instant_ms(value)

    def test_that_are_no_price_are_left_out(self) -> None:
        one, two = Decimal(1), Decimal(2)
        for bid, ask in ((two, one), (-one, one), (Decimal(0), one), (one, Decimal("NaN"))):
            assert not is_quotable(bid, ask)
            assert sound_tickers([VenueTicker("A/B", bid, ask, NOW)]) == {}
        assert is_quotable(one, one)


class TestKrakenNames:
    @pytest.mark.parametrize(
        ("asset", "code"),
        [("XXBT", "BTC"), ("XBT", "BTC"), ("ZUSD", "USD"), ("XDG", "DOGE"), ("ZRX", "ZRX")],
    )
    def test_become_the_world_s(self, asset: str, code: str) -> None:
        assert currency(asset) == code


def asking(answer: httpx.Response | Exception) -> Kraken:
    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(respond)
    return Kraken(Access(base_url="http://kraken", clock=lambda: NOW, transport=transport))


class TestAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, text="<html>"),
            httpx.Response(200, text="[" * 5000),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"error": []}),
            httpx.Response(200, json={"error": [], "result": {"X": {"wsname": "A/B"}}}),
            httpx.Response(200, json={"error": ["EService:Unavailable"]}),
            httpx.Response(302, headers={"Location": "http://elsewhere"}),
            httpx.Response(520, text="cloud"),
            httpx.ReadTimeout("late"),
            httpx.ConnectError("nobody"),
            httpx.RemoteProtocolError("cut"),
        ],
    )
    def test_that_make_no_sense_are_no_prices(self, answer: httpx.Response | Exception) -> None:
        with pytest.raises(Unavailable):
            asking(answer).tickers()

    def test_say_how_long_to_wait(self) -> None:
        with pytest.raises(RateLimited) as caught:
            asking(httpx.Response(429, headers={"Retry-After": "17"})).instruments()
        assert caught.value.retry_after_s == 17
