"""Nobody can send us into our own networks."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fondaco.kit import options
from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField
from fondaco.webhooks import destinations, sending
from fondaco.webhooks.destinations import DestinationRefused, Unresolvable, check_url, pin

pytestmark = pytest.mark.usefixtures("tenant")


def answering(*addresses: str) -> destinations.Resolver:
    def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


class TestADestination:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        ],
    )
    def test_is_public(self, address: str) -> None:
        with pytest.raises(DestinationRefused):
            pin("https://hooks.example.com/", resolve=answering(address))
        with pytest.raises(DestinationRefused):
            pin("https://hooks.example.com/", resolve=answering("93.184.216.34", address))

    @pytest.mark.parametrize(
        "url",
        [
            "https://user@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com\\@127.0.0.1/",
            "https://127.0.0.1#@example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https:///path",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://exa mple.com/",
            "https://example.com/\r\nX: y",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "//example.com/",
            "https://ｅxample.com/",
            "",
        ],
    )
    def test_is_a_plain_address(self, url: str) -> None:
        with pytest.raises(InvalidField) as refused:
            check_url(url, field="url")
        assert refused.value.field == "url"

    @pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "localhost."])
    def test_is_looked_at_as_the_resolver_understands_it(self, host: str) -> None:
        with pytest.raises((DestinationRefused, Unresolvable)):
            pin(f"https://{host}/")

    def test_is_resolved_once_and_pinned(self) -> None:
        asked: list[str] = []

        def changing(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

        target = pin("https://hooks.example.com:8443/a?b=c", resolve=changing)
        assert target.url == "https://93.184.216.34:8443/a?b=c"
        assert (target.authority, asked) == ("hooks.example.com:8443", ["hooks.example.com"])

    def test_has_no_port_of_a_service_of_the_system(self) -> None:
        with pytest.raises(DestinationRefused):
            pin("https://hooks.example.com:25/", resolve=answering("93.184.216.34"))

    def test_without_an_address_is_tried_later(self) -> None:
        def failing(host: str, port: int) -> Sequence[str]:
            raise OSError

        with pytest.raises(Unresolvable):
            pin("https://hooks.example.com/", resolve=failing)
        outcome = sending.post(
            url="https://hooks.example.com/", headers={}, body=b"", resolve=failing
        )
        assert (outcome.status, outcome.error) == (None, "the name has no address")

    def test_may_be_the_sandbox_of_a_development_installation_alone(self) -> None:
        port = options.options().sandbox_port
        assert pin(f"http://127.0.0.1:{port}/receiver/x").port == port
        with pytest.raises(DestinationRefused):
            pin(f"http://127.0.0.1:{port + 1}/receiver/x")
        with pytest.raises(DestinationRefused):
            pin(f"http://hooks.example.com:{port}/", resolve=answering("10.0.0.1"))
        live = replace(tenancy.current(), mode="live")
        with tenancy.scope(live), pytest.raises(DestinationRefused):
            pin(f"http://127.0.0.1:{port}/receiver/x")

    def test_may_be_named_by_the_deployment(self) -> None:
        with options.override(webhook_allowed_networks="127.0.0.0/8"):
            assert pin("http://127.0.0.1:9/x").url == "http://127.0.0.1:9/x"
            with pytest.raises(DestinationRefused):
                pin("https://hooks.example.com/", resolve=answering("10.0.0.1"))
