"""Options: read once from the environment or from files, and refused in clear words."""

import base64
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr

from fondaco.kit import options as module
from fondaco.kit.options import Options, OptionsError, options, override, rows, unknown_variables

OWN_SECRET = "a-secret-of-at-least-thirty-two-letters"
OWN_KEY = "k1:" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give an environment without any option, and forget what was read."""
    for _, name, *_ in rows(options()):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.setattr(module, "_stack", [])
    return monkeypatch


def refusals() -> tuple[str, ...]:
    with pytest.raises(OptionsError) as refused:
        options()
    return refused.value.lines


class TestOptions:
    def test_need_nothing_to_be_set(self, environ: pytest.MonkeyPatch) -> None:
        assert (options().port, options().environment) == (8000, "development")

    def test_are_read_once(self, environ: pytest.MonkeyPatch) -> None:
        first = options()
        environ.setenv("FONDACO_PORT", "9000")
        assert options() is first

    def test_take_numbers_lists_switches_and_networks(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_PORT", "9000")
        environ.setenv("ALLOWED_ORIGINS", "https://a.example, https://b.example,")
        environ.setenv("FONDACO_MAINTENANCE", "true")
        environ.setenv("FONDACO_TRUSTED_PROXIES", "10.0.0.0/8,::1/128")
        environ.setenv("DATABASE_URL", "postgresql://u:p@h/d")
        chosen = options()
        assert chosen.port == 9000
        assert chosen.allowed_origins == ("https://a.example", "https://b.example")
        assert chosen.maintenance is True
        assert chosen.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
        assert chosen.database_url == "postgresql://u:p@h/d"

    def test_take_an_empty_variable_as_not_set(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_PORT", "")
        assert options().port == 8000

    def test_read_a_value_from_a_file(self, environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "secret"
        path.write_text(OWN_SECRET + "\n", encoding="utf-8")
        environ.setenv("SECRET_KEY_FILE", str(path))
        assert options().secret_key == SecretStr(OWN_SECRET)

    def test_refuse_a_variable_beside_its_file(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_PORT", "1")
        environ.setenv("FONDACO_PORT_FILE", "/somewhere")
        assert refusals() == ("FONDACO_PORT: set this or FONDACO_PORT_FILE, not both",)

    def test_name_the_file_that_cannot_be_read(
        self, environ: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        binary = tmp_path / "binary"
        binary.write_bytes(b"\xff\xfe")
        environ.setenv("FONDACO_HOST_FILE", str(tmp_path / "absent"))
        environ.setenv("FONDACO_PORT_FILE", str(binary))
        assert refusals() == (
            f"FONDACO_HOST_FILE={tmp_path}/absent: No such file or directory",
            f"FONDACO_PORT_FILE={binary}: it is not UTF-8 text",
        )

    def test_name_every_wrong_value_in_one_line_each(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_PORT", "http")
        environ.setenv("FONDACO_ENVIRONMENT", "prod")
        environ.setenv("FONDACO_TRUSTED_PROXIES", "10.0.0.0/8,x")
        environ.setenv("FONDACO_DEFAULT_CURRENCY", "usd")
        assert sorted(refusals()) == [
            "FONDACO_DEFAULT_CURRENCY=usd: 'usd' is not an asset code",
            "FONDACO_ENVIRONMENT=prod: Input should be 'development' or 'production'",
            "FONDACO_PORT=http: Input should be a valid integer, unable to parse string as an integer",
            "FONDACO_TRUSTED_PROXIES=10.0.0.0/8,x: 'x' does not appear to be an IPv4 or IPv6 network",
        ]

    @pytest.mark.parametrize("keys", ["word", "k:c2hvcnQ=", f"{OWN_KEY},{OWN_KEY}", ","])
    def test_refuse_wrong_keys_without_showing_them(
        self, environ: pytest.MonkeyPatch, keys: str
    ) -> None:
        environ.setenv("FONDACO_ENCRYPTION_KEYS", keys)
        (line,) = refusals()
        assert line.startswith("FONDACO_ENCRYPTION_KEYS: ")
        assert keys.strip(",") == "" or keys not in line

    def test_refuse_a_short_secret_without_showing_it(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("SECRET_KEY", "hunter2")
        assert refusals() == ("SECRET_KEY: takes at least 32 characters",)

    def test_refuse_development_secrets_and_debug_in_production(
        self, environ: pytest.MonkeyPatch
    ) -> None:
        environ.setenv("FONDACO_ENVIRONMENT", "production")
        environ.setenv("FONDACO_DEBUG", "true")
        assert refusals() == (
            "FONDACO_DEBUG: production shows no traces; set it to false",
            "SECRET_KEY: the development secret is public; set your own in production",
            "FONDACO_ENCRYPTION_KEYS: the development key is public; set your own in production",
        )

    @pytest.mark.parametrize("host", ["0.0.0.0", "fondaco.example"])
    def test_refuse_development_secrets_on_an_open_address(
        self, environ: pytest.MonkeyPatch, host: str
    ) -> None:
        environ.setenv("FONDACO_HOST", host)
        assert len(refusals()) == 2

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.9", "::1"])
    def test_serve_loopback_with_development_secrets(
        self, environ: pytest.MonkeyPatch, host: str
    ) -> None:
        environ.setenv("FONDACO_HOST", host)
        assert options().host == host

    def test_let_production_run_with_own_secrets(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_ENVIRONMENT", "production")
        environ.setenv("SECRET_KEY", OWN_SECRET)
        environ.setenv("FONDACO_ENCRYPTION_KEYS", OWN_KEY)
        assert options().environment == "production"

    def test_hide_secrets_in_their_own_picture(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("SECRET_KEY", OWN_SECRET)
        environ.setenv("DATABASE_URL", "postgresql://u:hunter2@h/d")
        picture = repr(options()) + str(list(rows(options())))
        assert OWN_SECRET not in picture
        assert "hunter2" not in picture


class TestOverride:
    def test_holds_within_the_block(self, environ: pytest.MonkeyPatch) -> None:
        with override(port=1, allowed_origins=("*",)) as changed:
            assert options() is changed
            assert (options().port, options().allowed_origins) == (1, ("*",))
        assert options().port == 8000

    def test_refuses_unknown_names_and_wrong_values(self, environ: pytest.MonkeyPatch) -> None:
        with pytest.raises(OptionsError) as refused, override(prot=1, port=0):
            pass
        assert set(refused.value.lines) == {
            "prot: there is no such option",
            "FONDACO_PORT=0: Input should be greater than or equal to 1",
        }


class TestRows:
    def test_describe_every_option_once(self, environ: pytest.MonkeyPatch) -> None:
        listed = list(rows(options()))
        names = [name for _, name, *_ in listed]
        assert len(names) == len(set(names)) == len(Options.model_fields)
        assert all(group and description for group, _, _, _, description in listed)

    def test_write_values_as_the_environment_holds_them(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("ALLOWED_HOSTS", "a.example,b.example")
        shown = {name: value for _, name, value, *_ in rows(options())}
        assert shown["ALLOWED_HOSTS"] == "a.example,b.example"
        assert shown["FONDACO_DEBUG"] == "false"
        assert shown["SECRET_KEY"] == "********"
        assert shown["DATABASE_URL"] == ""


class TestUnknownVariables:
    def test_finds_slips_of_the_pen(self, environ: pytest.MonkeyPatch) -> None:
        environ.setenv("FONDACO_PROT", "1")
        environ.setenv("FONDACO_PORT_FILE", "")
        assert "FONDACO_PROT" in unknown_variables()
        assert "FONDACO_PORT_FILE" not in unknown_variables()
