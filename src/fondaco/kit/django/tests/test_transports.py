"""What goes over the wire to the sandbox and to an e-mail relay, and what their refusals become."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import UUID

import pytest

from fondaco.kit.django.models.deliveries import Channel
from fondaco.kit.django.transports import Message, Refused, SandboxMailbox, Smtp, Unreachable

ID = UUID("01890000-0000-7000-8000-000000000001")
MAIL = Message(Channel.EMAIL, "john@example.com", "Grüße, 314159", "Your code", "<b>314159</b>")
SENDER = "Fondaco <no-reply@fondaco.example>"


@dataclass
class Relay:
    """An SMTP relay that answers each command as it is told, 250 otherwise."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def transport(self) -> Smtp:
        return Smtp(f"smtp://127.0.0.1:{self.port}?tls=off", SENDER)


@contextmanager
def running(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def relay() -> Iterator[Relay]:
    told = Relay()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say(told.answers.get("CONNECT", "220 ready"))
            while line := self.rfile.readline().decode().strip():
                verb = line.split(maxsplit=1)[0].upper()
                answer = told.answers.get(verb, "354 go on" if verb == "DATA" else "250 fine")
                self.say(answer)
                if verb == "QUIT":
                    return
                if answer.startswith("354"):
                    self.take_mail()

        def take_mail(self) -> None:
            lines = []
            while (line := self.rfile.readline().decode()) != ".\r\n":
                lines.append(line)
            told.mails.append("".join(lines))
            self.say(told.answers.get("END", "250 taken"))

    with running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as port:
        told.port = port
        yield told


@pytest.fixture
def answering() -> Iterator[Callable[..., tuple[SandboxMailbox, list[dict[str, str]]]]]:
    stack: list[tuple[HTTPServer, threading.Thread]] = []

    def start(*, status: int) -> tuple[SandboxMailbox, list[dict[str, str]]]:
        taken: list[dict[str, str]] = []

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b'{"id": "msg_1"}')

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Request)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.append((server, thread))
        return SandboxMailbox(f"http://127.0.0.1:{server.server_port}"), taken

    yield start
    for server, thread in stack:
        server.shutdown()
        server.server_close()
        thread.join()


class TestSmtp:
    def test_sends_text_and_html_under_the_deliverys_id(self, relay: Relay) -> None:
        receipt = relay.transport.send(MAIL, delivery_id=ID)
        mail = message_from_bytes(relay.mails[0].encode(), policy=default)
        assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, MAIL.recipient, "Your code")
        assert str(ID) in receipt
        assert mail["Message-ID"] == receipt
        parts = [part for part in mail.walk() if not part.is_multipart()]
        texts = [str(part.get_content()).strip() for part in parts]
        assert texts == [MAIL.text, MAIL.html]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
    def test_tells_later_from_never(self, relay: Relay, verb: str) -> None:
        relay.answers = {verb: "451 later"}
        with pytest.raises(Unreachable, match="451"):
            relay.transport.send(MAIL, delivery_id=ID)
        relay.answers = {verb: "550 never"}
        with pytest.raises(Refused, match="550"):
            relay.transport.send(MAIL, delivery_id=ID)

    @pytest.mark.parametrize("answer", ["451 later", "550 never"])
    def test_blames_no_message_when_the_house_itself_is_refused(
        self, relay: Relay, answer: str
    ) -> None:
        relay.answers = {"CONNECT": answer}
        with pytest.raises(Unreachable):
            relay.transport.send(MAIL, delivery_id=ID)

    def test_is_unreachable_without_a_relay(self) -> None:
        with pytest.raises(Unreachable):
            Smtp("smtp://127.0.0.1:1?tls=off", SENDER).send(MAIL, delivery_id=ID)

    def test_sends_nothing_in_clear_when_the_relay_knows_no_tls(self, relay: Relay) -> None:
        with pytest.raises(Unreachable):
            Smtp(f"smtp://127.0.0.1:{relay.port}", SENDER).send(MAIL, delivery_id=ID)
        assert relay.mails == []

    def test_lets_nobody_smuggle_a_header(self, relay: Relay) -> None:
        crafted = Message(Channel.EMAIL, "a@b.io\r\nBcc: c@d.io", "text", "subject")
        with pytest.raises(Refused):
            relay.transport.send(crafted, delivery_id=ID)
        assert relay.mails == []

    def test_does_not_show_its_password(self) -> None:
        assert "hunter2" not in repr(Smtp("smtp://u:hunter2@relay:587", SENDER))


class TestSandboxMailbox:
    def test_posts_the_whole_message(
        self, answering: Callable[..., tuple[SandboxMailbox, list[dict[str, str]]]]
    ) -> None:
        mailbox, taken = answering(status=201)
        assert mailbox.send(MAIL, delivery_id=ID) == "msg_1"
        assert taken == [
            {
                "id": str(ID),
                "channel": "email",
                "recipient": MAIL.recipient,
                "subject": MAIL.subject,
                "text": MAIL.text,
                "html": MAIL.html,
            }
        ]

    @pytest.mark.parametrize(("status", "error"), [(422, Refused), (503, Unreachable)])
    def test_tells_later_from_never(
        self,
        answering: Callable[..., tuple[SandboxMailbox, list[dict[str, str]]]],
        status: int,
        error: type[Exception],
    ) -> None:
        mailbox, _ = answering(status=status)
        with pytest.raises(error, match=str(status)):
            mailbox.send(MAIL, delivery_id=ID)

    def test_is_unreachable_when_the_sandbox_does_not_run(self) -> None:
        with pytest.raises(Unreachable):
            SandboxMailbox("http://127.0.0.1:1").send(MAIL, delivery_id=ID)
