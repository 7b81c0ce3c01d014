"""What opens a sealed value, and what does not."""

import base64

import pytest
from hypothesis import given, strategies as st

from fondaco.kit import options
from fondaco.kit.django.envelope import SealBroken, is_current, seal, seal_many, unseal
from fondaco.kit.django.keys import UnknownKey

A = "a:" + base64.b64encode(b"a" * 32).decode()
B = "b:" + base64.b64encode(b"b" * 32).decode()
OTHER_A = "a:" + base64.b64encode(b"x" * 32).decode()


class TestSeal:
    @given(st.binary(max_size=2000))
    def test_opens_for_the_same_context(self, plain: bytes) -> None:
        with options.override(encryption_keys=A):
            assert unseal(seal(plain, context="t.c"), context="t.c") == plain

    def test_opens_each_of_those_that_were_sealed_together(self) -> None:
        with options.override(encryption_keys=A):
            one, same, other = seal_many([b"x", b"x", b"y"], context="t.c")
            assert [unseal(each, context="t.c") for each in (one, same, other)] == [
                b"x",
                b"x",
                b"y",
            ]
            assert one != same, "each has a nonce of its own"
            assert seal_many([], context="t.c") == []

    def test_never_gives_the_same_bytes_twice(self) -> None:
        with options.override(encryption_keys=A):
            assert seal(b"x", context="t.c") != seal(b"x", context="t.c")

    def test_hides_the_text(self) -> None:
        with options.override(encryption_keys=A):
            assert b"hunter2" not in seal(b"hunter2", context="t.c")

    def test_does_not_open_elsewhere(self) -> None:
        with options.override(encryption_keys=A), pytest.raises(SealBroken):
            unseal(seal(b"x", context="t.c"), context="t.d")

    def test_does_not_open_with_any_byte_changed_or_cut(self) -> None:
        with options.override(encryption_keys=A):
            sealed = seal(b"x", context="t.c")
            for index in range(len(sealed)):
                changed = bytearray(sealed)
                changed[index] ^= 1
                with pytest.raises((SealBroken, UnknownKey)):
                    unseal(bytes(changed), context="t.c")
                with pytest.raises(SealBroken):
                    unseal(sealed[:index], context="t.c")

    def test_does_not_open_with_another_key_of_the_same_name(self) -> None:
        with options.override(encryption_keys=A):
            sealed = seal(b"x", context="t.c")
        with options.override(encryption_keys=OTHER_A), pytest.raises(SealBroken):
            unseal(sealed, context="t.c")

    def test_opens_while_its_key_is_old_and_not_once_it_is_gone(self) -> None:
        with options.override(encryption_keys=A):
            sealed = seal(b"x", context="t.c")
            assert is_current(sealed)
        with options.override(encryption_keys=f"{B},{A}"):
            assert unseal(sealed, context="t.c") == b"x"
            assert not is_current(sealed)
        with options.override(encryption_keys=B), pytest.raises(UnknownKey, match="a"):
            unseal(sealed, context="t.c")

    @pytest.mark.parametrize(
        "junk", [b"", b"\x01", b"\x02abc" * 60, b"\x01\x02\xff\xfe" + b"0" * 99]
    )
    def test_refuses_bytes_that_were_never_sealed(self, junk: bytes) -> None:
        with options.override(encryption_keys=A), pytest.raises(SealBroken):
            unseal(junk, context="t.c")
