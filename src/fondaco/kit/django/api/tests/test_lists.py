"""Lists as pages and as CSV."""

import csv
import io

from django.http import StreamingHttpResponse

from fondaco.kit import ids
from fondaco.kit.django.api.lists import neutralised
from fondaco.kit.tests.rows import ROWS
from tests.plumbing.api import ApiClient

TOKEN = "merchant"
WIRE_IDS = [ids.encode("thg", row.id) for row in ROWS]


def walk(api: ApiClient, limit: int) -> list[str]:
    """Follow the cursors to the end."""
    found: list[str] = []
    path = f"/things?limit={limit}"
    while True:
        told = api.get(path, token=TOKEN).json()
        found += [item["id"] for item in told["items"]]
        if told["next"] is None:
            return found
        assert len(told["items"]) == limit
        path = f"/things?limit={limit}&cursor={told['next']}"


def read_csv(response: object) -> list[list[str]]:
    """Read a streamed answer."""
    assert isinstance(response, StreamingHttpResponse)
    text = b"".join(response).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


class TestPages:
    def test_give_50_unless_told(self, api: ApiClient) -> None:
        told = api.get("/things", token=TOKEN).json()
        assert [item["id"] for item in told["items"]] == WIRE_IDS[:50]
        assert set(told) == {"items", "next"}
        assert told["items"][0]["price"] == {"amount": "-1.50", "currency": "USD"}

    def test_give_every_row_once(self, api: ApiClient) -> None:
        for limit in (200, 57):
            assert walk(api, limit) == WIRE_IDS

    def test_end_with_null(self, api: ApiClient) -> None:
        told = api.get("/things?prefix=nobody", token=TOKEN).json()
        assert told == {"items": [], "next": None}


class TestCsv:
    def test_holds_all_rows_with_the_model_as_header(self, api: ApiClient) -> None:
        response = api.get("/things?limit=3", token=TOKEN, headers={"Accept": "text/csv"})
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = read_csv(response)
        assert rows[0] == ["id", "price.amount", "price.currency", "label"]
        assert [row[0] for row in rows[1:]] == WIRE_IDS
        assert rows[1][1:3] == ["-1.50", "USD"]

    def test_lets_no_spreadsheet_run_a_cell(self, api: ApiClient) -> None:
        rows = read_csv(api.get("/things", token=TOKEN, headers={"Accept": "text/csv"}))
        for row, cells in zip(ROWS, rows[1:], strict=True):
            runs = row.label[:1] in {"=", "+", "-", "@", "\t", "%", "＝"}
            number = row.label in {"+1", "-1.50"}
            assert cells[3] == (f"'{row.label}" if runs and not number else row.label)

    def test_is_given_only_to_those_who_prefer_it(self, api: ApiClient) -> None:
        for accept, media_type in (
            ("*/*", "application/json"),
            ("application/json, text/csv", "application/json"),
            ("text/csv;q=0.5, application/json", "application/json"),
            ("text/csv, application/json;q=0.5", "text/csv; charset=utf-8"),
            ("nonsense", "application/json"),
        ):
            response = api.get("/things", token=TOKEN, headers={"Accept": accept})
            assert response.headers["Content-Type"] == media_type, accept

    def test_writes_lists_and_objects_as_json(self) -> None:
        assert neutralised(["=é", 1]) == '["=é", 1]'
        assert neutralised({"a": None}) == '{"a": null}'

    def test_writes_cells_plainly(self) -> None:
        cells = [
            neutralised(value)
            for value in (None, True, 7, "", "-", "-1", "+1.5", "-1-1", "a=1", "\r")
        ]
        assert cells == ["", "true", "7", "", "'-", "-1", "+1.5", "'-1-1", "a=1", "'\r"]
