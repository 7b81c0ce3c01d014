"""Where keys come from, what is derived from them, and what is refused."""

import base64
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fondaco.kit import options
from fondaco.kit.django import keys
from fondaco.kit.django.keys import (
    ConfiguredKeys,
    GeneratedKey,
    Key,
    KeyRing,
    KeysError,
    UnknownKey,
    keyed_digest,
    keyed_digests,
)

OLD, NEW = Key("old", b"o" * 32), Key("new", b"n" * 32)
NEW_TEXT = "new:" + base64.b64encode(b"n" * 32).decode()
OLD_TEXT = "old:" + base64.b64encode(b"o" * 32).decode()


@dataclass(frozen=True)
class Vault:
    held: tuple[Key, ...]

    def keys(self) -> Sequence[Key]:
        return self.held


@pytest.fixture
def _uninstall() -> Iterator[None]:
    yield
    keys.install(None)


class TestKeyRing:
    def test_derives_by_hkdf_from_the_current_key(self) -> None:
        expected = HKDF(SHA256(), 32, b"fondaco", b"files").derive(NEW.secret)
        assert KeyRing([NEW, OLD]).derive("files") == expected

    def test_gives_each_purpose_and_each_key_another_result(self) -> None:
        ring = KeyRing([NEW, OLD])
        found = {
            ring.derive("a"),
            ring.derive("b"),
            ring.derive("a", "old"),
            ring.derive("b", "old"),
        }
        assert len(found) == 4

    def test_refuses_a_key_that_it_does_not_hold(self) -> None:
        with pytest.raises(UnknownKey, match="gone"):
            KeyRing([NEW]).derive("files", "gone")

    @pytest.mark.parametrize("held", [(), (NEW, NEW)])
    def test_refuses_no_key_and_the_same_name_twice(self, held: tuple[Key, ...]) -> None:
        with pytest.raises(KeysError):
            KeyRing(held)


class TestKey:
    @pytest.mark.parametrize(("name", "size"), [("", 32), ("n" * 65, 32), ("n", 31), ("n", 33)])
    def test_refuses_a_wrong_name_or_size(self, name: str, size: int) -> None:
        with pytest.raises(KeysError):
            Key(name, b"s" * size)

    def test_does_not_show_its_secret(self) -> None:
        assert "nnnn" not in repr(NEW)
        assert NEW_TEXT not in repr(ConfiguredKeys(NEW_TEXT))


class TestConfiguredKeys:
    def test_keeps_the_order(self) -> None:
        assert ConfiguredKeys(f"{NEW_TEXT}, {OLD_TEXT}").keys() == [NEW, OLD]

    def test_refuses_what_is_not_base64(self) -> None:
        with pytest.raises(KeysError, match="base64"):
            ConfiguredKeys("a:%%").keys()


class TestGeneratedKey:
    def test_is_kept_for_the_next_start_and_for_the_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "key"
        first = GeneratedKey(path).keys()
        assert GeneratedKey(path).keys() == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [entry.name for entry in path.parent.iterdir()] == ["key"]

    def test_is_the_same_for_all_who_start_at_once(self, tmp_path: Path) -> None:
        provider = GeneratedKey(tmp_path / "key")
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda _: provider.keys()[0], range(64)))
        assert len(set(found)) == 1

    def test_is_refused_when_others_may_read_it(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        GeneratedKey(path).keys()
        path.chmod(0o640)
        with pytest.raises(KeysError, match="chmod 600"):
            GeneratedKey(path).keys()


class TestRing:
    def test_reads_the_options(self) -> None:
        with options.override(encryption_keys=f"{NEW_TEXT},{OLD_TEXT}"):
            assert keys.ring().ids == ("new", "old")

    def test_makes_a_key_in_the_data_folder_of_a_development_checkout(self, tmp_path: Path) -> None:
        text = options.DEVELOPMENT_ENCRYPTION_KEY
        with options.override(encryption_keys=text, data_dir=str(tmp_path)):
            (name,) = keys.ring().ids
        assert (tmp_path / keys.KEY_FILE).read_text().startswith(f"{name}:")

    def test_makes_none_in_production(self, tmp_path: Path) -> None:
        text = options.DEVELOPMENT_ENCRYPTION_KEY
        with pytest.raises(KeysError, match="FONDACO_ENCRYPTION_KEYS"):
            keys._ring_of(text, "production", str(tmp_path))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.usefixtures("_uninstall")
    def test_asks_an_installed_provider_instead(self) -> None:
        keys.install(Vault((OLD,)))
        assert keys.ring().ids == ("old",)


class TestKeyedDigest:
    def test_is_the_same_for_the_same_text_and_another_for_another_purpose(self) -> None:
        with options.override(encryption_keys=NEW_TEXT):
            digest = keyed_digest("wallet token", "abc")
            assert digest == keyed_digest("wallet token", "abc")
            assert digest != keyed_digest("card", "abc")
            assert digest != keyed_digest("wallet token", "abd")
        assert len(digest) == 32

    def test_finds_what_an_older_key_digested(self) -> None:
        with options.override(encryption_keys=OLD_TEXT):
            before = keyed_digest("card", "4111")
        with options.override(encryption_keys=f"{NEW_TEXT},{OLD_TEXT}"):
            assert keyed_digests("card", "4111") == [keyed_digest("card", "4111"), before]
            assert before != keyed_digest("card", "4111")
