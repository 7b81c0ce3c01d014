"""The client for calls to the outside world."""

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from fondaco import __version__
from fondaco.kit.http import ResponseTooLarge, make_client


class Vendor(BaseHTTPRequestHandler):
    """Answer as badly as vendors can."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        getattr(self, f"answer_{self.path.strip('/')}")()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Stay silent."""

    def send(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_agent(self) -> None:
        agent, encoding = self.headers["User-Agent"], self.headers["Accept-Encoding"]
        self.send(f"{agent} {encoding} {self.headers['X-Own']}".encode())

    def answer_large(self) -> None:
        self.send(b"x" * 2000)

    def answer_compressed(self) -> None:
        self.send(gzip.compress(b"x" * 900), Content_Encoding="gzip")

    def answer_endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.stream(b"x" * 100, count=200, pause_s=0)

    def answer_dripping(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.stream(b"x", count=1200, pause_s=0.05)

    def answer_elsewhere(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/agent")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def stream(self, chunk: bytes, *, count: int, pause_s: float) -> None:
        try:
            for _ in range(count):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
                time.sleep(pause_s)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    """Run the vendor on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(vendor: str) -> Iterator[httpx.Client]:
    with make_client(
        base_url=vendor, headers={"X-Own": "yes"}, timeout_s=20, response_bytes_max=1000
    ) as made:
        yield made


class TestClient:
    def test_says_who_it_is_and_asks_for_plain_bytes(self, client: httpx.Client) -> None:
        assert client.get("/agent").text == f"fondaco/{__version__} identity yes"

    def test_refuses_an_answer_that_declares_too_much(self, client: httpx.Client) -> None:
        with pytest.raises(ResponseTooLarge):
            client.get("/large")

    def test_refuses_an_answer_that_sends_too_much(self, client: httpx.Client) -> None:
        with pytest.raises(ResponseTooLarge):
            client.get("/endless")

    def test_refuses_a_compressed_answer(self, client: httpx.Client) -> None:
        with pytest.raises(ResponseTooLarge):
            client.get("/compressed")

    def test_does_not_wait_for_a_dripping_answer(self, vendor: str) -> None:
        """It would drip for a minute, and each drop comes in time."""
        began = time.monotonic()
        with (
            make_client(base_url=vendor, timeout_s=0.5) as client,
            pytest.raises(httpx.TimeoutException),
        ):
            client.get("/dripping")
        assert time.monotonic() - began < 30

    def test_follows_no_redirect(self, client: httpx.Client) -> None:
        assert client.get("/elsewhere").status_code == 302

    def test_takes_no_proxy_from_the_environment(
        self, vendor: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with make_client(base_url=vendor) as made:
            assert made.get("/agent").status_code == 200

    def test_takes_a_transport_of_the_caller(self) -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, text=str(request.url)))
        with make_client(base_url="https://v.example", transport=transport) as made:
            assert made.get("/x").text == "https://v.example/x"
