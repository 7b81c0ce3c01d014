"""Assets: a code and a scale, and nothing else."""

import pytest
from hypothesis import given, strategies as st

from fondaco.money import SHIPPED, Asset, InvalidAsset


class TestAsset:
    @pytest.mark.parametrize("code", ["USD", "A1", "XNAS.AAPL", "A" * 16, "BRK.B"])
    def test_takes_capitals_digits_and_one_dot(self, code: str) -> None:
        assert Asset(code, 0).code == code

    @pytest.mark.parametrize(
        "code",
        ["", "U", "usd", "1USD", "US D", "US-D", "USD.", ".USD", "A.B.C", "A" * 17, "USD\n", "ÜSD"],
    )
    def test_refuses_any_other_code(self, code: str) -> None:
        with pytest.raises(InvalidAsset, match="not an asset code"):
            Asset(code, 2)

    @pytest.mark.parametrize("scale", [-1, 19, 2.0, True, "2", None])
    def test_refuses_any_scale_but_0_to_18(self, scale: object) -> None:
        with pytest.raises(InvalidAsset, match="not a scale"):
            Asset("USD", scale)  # type: ignore[arg-type]  # the point of the test

    @given(st.integers(0, 18))
    def test_counts_its_minor_units(self, scale: int) -> None:
        assert str(Asset("USD", scale).unit) == "1" + "0" * scale

    @given(
        st.from_regex(r"[A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?", fullmatch=True), st.integers(0, 18)
    )
    def test_reads_what_it_writes(self, code: str, scale: int) -> None:
        asset = Asset(code, scale)
        assert Asset.parse(str(asset)) == asset

    @pytest.mark.parametrize(
        "text",
        ["", "USD", "USD/", "/2", "USD/2/2", "USD/-1", "USD/19", "USD/02", "USD/２", "USD/²"],
    )
    def test_refuses_another_form(self, text: str) -> None:
        with pytest.raises(InvalidAsset):
            Asset.parse(text)


class TestShipped:
    def test_names_each_asset_once(self) -> None:
        codes = [asset.code for asset in SHIPPED]
        assert len(codes) == len(set(codes))
        assert {"USD/2", "BTC/8", "ETH/18", "USDT/6"} <= set(map(str, SHIPPED))
