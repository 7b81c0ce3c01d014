"""Reading the European Central Bank's file of reference rates."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from fondaco.vendors.ecb import FileUnreadable, latest_rates, read_rates

FILE = b"Date,USD,RUB,CYP,\n2026-10-30,1.1172,N/A,,\n2022-03-01,1.1162,117.201,N/A,\n"


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("eurofxref-hist.csv", content)
    return file.getvalue()


class TestTheFile:
    @pytest.mark.parametrize("file", [FILE, zipped(FILE)], ids=["plain", "archive"])
    def test_tells_currency_day_and_rate(self, file: bytes) -> None:
        assert list(read_rates(file)) == [
            ("USD", date(2026, 10, 30), Decimal("1.1172")),
            ("USD", date(2022, 3, 1), Decimal("1.1162")),
            ("RUB", date(2022, 3, 1), Decimal("117.201")),
        ]

    def test_gives_nothing_of_earlier_days_as_the_latest(self) -> None:
        assert latest_rates(FILE) == (date(2026, 10, 30), {"USD": Decimal("1.1172")})

    @pytest.mark.parametrize(
        "file",
        [b"", b"Date,USD\n", b"Date,USD\nyesterday,1", b"Date,USD\n2026-10-30,dear", b"PK\x03\x04"],
    )
    def test_of_another_shape_is_refused(self, file: bytes) -> None:
        with pytest.raises(FileUnreadable):
            latest_rates(file)
