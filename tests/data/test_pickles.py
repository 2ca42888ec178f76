"""The reader of plain pickles: the same values as Python's, and nothing ever runs."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_gui.data.pickles import PickledArray, PickleError, read_pickle

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("abc", max_size=3) | st.binary(max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


def as_bytes(value):
    """Texts come back as bytes."""
    match value:
        case str():
            return value.encode()
        case list():
            return [as_bytes(item) for item in value]
        case tuple():
            return tuple(as_bytes(item) for item in value)
        case dict():
            return {as_bytes(key): as_bytes(item) for key, item in value.items()}
    return value


@given(PLAIN, st.integers(3, 5))
def test_plain_values_come_back(value, protocol):
    assert read_pickle(pickle.dumps(value, protocol)) == as_bytes(value)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_arrays_come_back_as_their_parts(protocol):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    value = read_pickle(pickle.dumps({"data": array}, protocol))[b"data"]
    assert isinstance(value, PickledArray)
    _, shape, kind, fortran, content = value.state
    assert (shape, kind.name, fortran, bytes(content)) == ((2, 3), b"u1", False, array.tobytes())


def test_bytes_as_python_3_writes_them_for_python_2():
    assert read_pickle(pickle.dumps([b"caf\xe9", bytes(range(256)) * 40], 2)) == [b"caf\xe9", bytes(range(256)) * 40]


def test_programs_that_would_fill_memory_or_time_are_refused(monkeypatch):
    text = b"X" + (9000).to_bytes(4, "little") + b"a" * 9000 + b"q\0"
    encode = b"c_codecs\nencode\nq\1h\0X\x06\0\0\0latin1q\2\x86R"
    again = b"h\1h\0h\2\x86R"
    assert read_pickle(b"\x80\2" + text + encode + b".") == b"a" * 9000
    with pytest.raises(PickleError):
        read_pickle(b"\x80\2" + text + encode + again * 2 + b".")
    monkeypatch.setattr("resnet_gui.data.pickles._MAX_STEPS", 100)
    with pytest.raises(PickleError, match="too long"):
        read_pickle(b"\x80\2" + b"N" * 200 + b".")


class Canary:
    """Runs a command when Python unpickles it."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_program_in_a_pickle_does_not_run(tmp_path, protocol):
    canary = tmp_path / "canary"
    hostile = pickle.dumps([Canary(f"touch {canary}")], protocol)
    with pytest.raises(PickleError, match="program"):
        read_pickle(hostile)
    assert not canary.exists()
    pickle.loads(hostile)
    assert canary.exists()  # the canary would have sung


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n.q",
        b"\x80\x02cbuiltins\neval\n.",
        b"\x80\x02P1\n.",
        b"\x80\x04\x82\x01.",
        b"\x80\x02]Nb.",
        b"\x80\x02Nq\x00h\x05.",
        b"\x80\x02r\xff\xff\xff\xff.",
        b"\x80\x02T\xff\xff\xff\x7fshort.",
        b"\x80\x02}))s.",
        b"\x80\x02NN\x86Na.",
        b"\x80\x02",
        b"",
        b".",
        b"<html>",
    ],
)
def test_anything_else_is_refused(program):
    try:
        read_pickle(program)
    except PickleError:
        return
    assert program.startswith(b"\x80\x02cnumpy.core")  # an inert name alone is harmless


@given(st.binary(max_size=60))
def test_noise_is_refused_in_words(noise):
    try:
        read_pickle(b"\x80\x02" + noise + b".")
    except PickleError as error:
        assert error.message  # noqa: PT017  noise may be a valid pickle, too
