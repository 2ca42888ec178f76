"""Reads the plain values of a pickle without running anything.

A pickle is a program for a small stack machine, and Python's own machine will call whatever that program
names. This one knows only lists, dicts, tuples, numbers, texts and the shell of a NumPy array; it calls
nothing, and anything else is refused. The opcodes are described in the standard library's pickletools.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from resnet_gui.errors import DataError

_GLOBALS = {
    (b"numpy.core.multiarray", b"_reconstruct"): "array",
    (b"numpy._core.multiarray", b"_reconstruct"): "array",
    (b"numpy", b"ndarray"): "array type",
    (b"numpy", b"dtype"): "dtype",
    (b"_codecs", b"encode"): "encode",  # how Python 3 writes bytes for Python 2
}
_LARGE = 4096  # longer texts stay views into the pickle instead of being copied
_MAX_STEPS = 5_000_000  # twenty times what CIFAR-100 takes
_STOP = ord(".")


class PickleError(DataError):
    """A pickle is damaged, or asks for more than plain values."""


@dataclass(frozen=True, slots=True)
class _Global:
    role: str


@dataclass(slots=True)
class PickledArray:
    """A NumPy array as its pickle describes it: (version, shape, dtype, is_fortran, bytes)."""

    state: object = None


@dataclass(slots=True)
class PickledType:
    """A NumPy dtype as its pickle describes it."""

    name: bytes
    state: object = None


def read_pickle(data: bytes) -> object:
    """Return the value of a binary pickle (protocol 2 to 5).

    Every text in it comes back as UTF-8 bytes, or as a memoryview if it is long; arrays as PickledArray.

    Raises:
        PickleError: it is damaged or names anything but the parts of a NumPy array.
    """
    try:
        return _Machine(data).run()
    except (struct.error, LookupError, TypeError, ValueError) as error:
        raise PickleError("is damaged") from error


class _Machine:
    """The stack machine; `data` is its program."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._view = memoryview(data)
        self._at = 0
        self._stack: list[object] = []
        self._below: list[list[object]] = []  # the stacks put aside by MARK
        self._memo: dict[int, object] = {}
        self._to_encode = len(data)

    def run(self) -> object:
        for _ in range(_MAX_STEPS):
            opcode = self.number("<B")
            if opcode == _STOP:
                return self.pop()
            action = _ACTIONS.get(opcode)
            if action is None:
                raise PickleError(f"asks for something that is not plain data (opcode {opcode})")
            action(self)
        raise PickleError("is far too long")

    def number(self, layout: str) -> int:
        value: int
        (value,) = struct.unpack_from(layout, self._data, self._at)
        self._at += struct.calcsize(layout)
        return value

    def text(self, length: int) -> bytes | memoryview:
        end = self._at + length
        if end > len(self._data):
            raise PickleError("is cut off")
        view = self._view[self._at : end]
        self._at = end
        return view if length > _LARGE else bytes(view)

    def line(self) -> bytes:
        end = self._data.index(b"\n", self._at)
        line = self._data[self._at : end]
        self._at = end + 1
        return line

    def push(self, value: object) -> None:
        self._stack.append(value)

    def pop(self) -> object:
        return self._stack.pop()

    def top(self) -> object:
        return self._stack[-1]

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def since_mark(self) -> list[object]:
        values = self._stack
        self._stack = self._below.pop()
        return values

    def last(self, count: int) -> tuple[object, ...]:
        return tuple([self.pop() for _ in range(count)][::-1])

    def remember(self, index: int) -> None:
        self._memo[index] = self.top()

    def remember_next(self) -> None:
        self.remember(len(self._memo))

    def recall(self, index: int) -> None:
        self.push(self._memo[index])

    def extend(self, values: list[object]) -> None:
        target = self.top()
        if not isinstance(target, list):
            raise PickleError("is damaged")
        target.extend(values)

    def fill(self, items: list[object]) -> None:
        target = self.top()
        if not isinstance(target, dict):
            raise PickleError("is damaged")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, bytes):  # nested tuples as keys could take for ever to hash
                raise PickleError("is damaged")
            target[key] = value

    def name(self, module: object, name: object) -> None:
        role = _GLOBALS.get((module, name)) if isinstance(module, bytes) and isinstance(name, bytes) else None
        if role is None:
            raise PickleError("asks to run a program, which is refused")
        self.push(_Global(role))

    def reduce(self) -> None:
        called, arguments = self.last(2)
        if not isinstance(called, _Global) or not isinstance(arguments, tuple):
            raise PickleError("is damaged")
        match called.role, arguments:
            case "array", _:
                self.push(PickledArray())
            case "dtype", (bytes(name), *_):
                self.push(PickledType(name))
            case "encode", (bytes() | memoryview() as text, b"latin1" | b"latin-1"):
                self.push(self.encoded(text))
            case _:
                raise PickleError("is damaged")

    def encoded(self, text: bytes | memoryview) -> bytes:
        self._to_encode -= len(text)  # each text once: repeating a long one would fill the memory
        if self._to_encode < 0:
            raise PickleError("is damaged")
        return str(text, "utf-8").encode("latin-1")

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if not isinstance(target, PickledArray | PickledType):
            raise PickleError("is damaged")
        target.state = state


_Action = Callable[[_Machine], None]


def _number(layout: str) -> _Action:
    return lambda machine: machine.push(machine.number(layout))


def _text(layout: str) -> _Action:
    return lambda machine: machine.push(machine.text(machine.number(layout)))


def _constant(make: Callable[[], object]) -> _Action:
    return lambda machine: machine.push(make())


def _tuple(length: int) -> _Action:
    return lambda machine: machine.push(machine.last(length))


def _skip(length: int) -> _Action:
    def skip(machine: _Machine) -> None:
        machine.text(length)

    return skip


def _long(machine: _Machine) -> None:
    machine.push(int.from_bytes(machine.text(machine.number("<B")), "little", signed=True))


_ACTIONS: dict[int, _Action] = {
    opcode[0]: action
    for opcode, action in {
        b"\x80": _skip(1),  # PROTO
        b"\x95": _skip(8),  # FRAME
        b"N": _constant(lambda: None),
        b"\x88": _constant(lambda: True),
        b"\x89": _constant(lambda: False),
        b"K": _number("<B"),
        b"M": _number("<H"),
        b"J": _number("<i"),
        b"\x8a": _long,
        b"U": _text("<B"),
        b"T": _text("<I"),
        b"C": _text("<B"),
        b"B": _text("<I"),
        b"\x8e": _text("<Q"),
        b"\x8c": _text("<B"),
        b"X": _text("<I"),
        b"\x8d": _text("<Q"),
        b"]": _constant(list),
        b"}": _constant(dict),
        b")": _constant(tuple),
        b"\x85": _tuple(1),
        b"\x86": _tuple(2),
        b"\x87": _tuple(3),
        b"(": _Machine.mark,
        b"t": lambda machine: machine.push(tuple(machine.since_mark())),
        b"a": lambda machine: machine.extend([machine.pop()]),
        b"e": lambda machine: machine.extend(machine.since_mark()),
        b"s": lambda machine: machine.fill(list(machine.last(2))),
        b"u": lambda machine: machine.fill(machine.since_mark()),
        b"q": lambda machine: machine.remember(machine.number("<B")),
        b"r": lambda machine: machine.remember(machine.number("<I")),
        b"\x94": _Machine.remember_next,
        b"h": lambda machine: machine.recall(machine.number("<B")),
        b"j": lambda machine: machine.recall(machine.number("<I")),
        b"c": lambda machine: machine.name(machine.line(), machine.line()),
        b"\x93": lambda machine: machine.name(*machine.last(2)),
        b"R": _Machine.reduce,
        b"b": _Machine.build,
    }.items()
}
