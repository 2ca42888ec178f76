"""Model files that were made to do harm: one maker for each way of doing it, told of a canary.

The canary is a file that must neither be made (`touched`) nor read (`secret`), and an address that nobody may call.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import pickle
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_IN_OPEN = 0x20  # inotify(7)
ADDRESS = "http://127.0.0.1:9/canary"


@dataclass(frozen=True)
class Canary:
    """What tells that a hostile file had its way."""

    folder: Path

    @property
    def touched(self) -> Path:
        """Is made by a program in a model file."""
        return self.folder / "touched"

    @property
    def secret(self) -> Path:
        """Is read by a model file."""
        return self.folder / "secret.txt"


@contextmanager
def opened_files(folder: Path) -> Iterator[list[str]]:
    """Give the names of a folder's files that are opened for as long as the block lasts, by whatever part of a program.

    Python's own reports leave out what libraries open, HDF5 above all. Linux tells of those too; elsewhere none are
    heard.
    """
    names: list[str] = []
    if sys.platform != "linux":
        yield names
        return
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert watch >= 0, os.strerror(ctypes.get_errno())
    try:
        assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN) >= 0, os.strerror(ctypes.get_errno())
        yield names
        with suppress(BlockingIOError):
            told = os.read(watch, 2**16)
            while told:
                length = int.from_bytes(told[12:16], sys.byteorder)
                names.extend(filter(None, [told[16 : 16 + length].rstrip(b"\0").decode()]))
                told = told[16 + length :]
    finally:
        os.close(watch)


@dataclass
class Heard:
    """What a process did that it should not have done."""

    canary: Canary
    events: list[str] = field(default_factory=list)
    listening: bool = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python's own report of an action, see sys.addaudithook."""
        if not self.listening:
            return
        if event.startswith(
            ("socket.connect", "socket.getaddrinfo", "os.system", "subprocess.Popen", "pickle.find_class")
        ):
            self.events.append(event)
        elif event in {"open", "os.listdir", "os.symlink", "os.link"} and str(self.canary.folder) in str(arguments[:1]):
            self.events.append(f"{event} {arguments[0]}")

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Fail if anything is heard inside the block, or the canary sang."""
        self.canary.secret.write_text("a word nobody needs\n")
        with opened_files(self.canary.folder) as opened:
            self.listening = True
            try:
                yield
            finally:
                self.listening = False
        assert not self.events, self.events
        assert not opened, opened
        assert not self.canary.touched.exists(), "the canary was made"


class _Song:
    """Sings when Python unpickles it."""

    def __init__(self, canary: Canary) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._canary.touched,)


# .keras files: a zip archive of config.json, metadata.json and model.weights.h5


def keras_file(layer: dict[str, Any], *, extra: dict[str, bytes] | None = None, weights: bytes = b"") -> bytes:
    """Return a .keras file with one layer behind its input."""
    start = {"class_name": "InputLayer", "module": "keras.layers", "registered_name": None,
             "config": {"name": "input", "batch_shape": [None, 4]}}  # fmt: skip
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "hostile", "layers": [start, layer]},
        "registered_name": "Sequential",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.9.0", "date_saved": "2026-01-01@00:00:00"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights or h5_bytes(lambda file: file.create_group("layers")))
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return content.getvalue()


def _layer(module: str, name: str, /, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "registered_name": None, "config": {"name": "layer", **config}}


def _song_in_bytecode(canary: Canary) -> dict[str, Any]:
    import base64
    import marshal

    code = eval(f"lambda pixels: (open({str(canary.touched)!r}, 'w').close(), pixels)[1]").__code__
    return {"class_name": "__lambda__", "config": {"code": base64.b64encode(marshal.dumps(code)).decode(),
            "defaults": None, "closure": None}}  # fmt: skip


def lambda_bytecode(canary: Canary) -> bytes:
    return keras_file(_layer("keras.layers", "Lambda", function=_song_in_bytecode(canary)))


def any_function(canary: Canary) -> bytes:
    return keras_file({"module": "os", "class_name": "function", "config": "system", "registered_name": "system",
                       "build_config": f"touch {canary.touched}"})  # fmt: skip


def get_file(canary: Canary) -> bytes:
    call = {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"}
    return keras_file(
        _layer("keras.layers", "Lambda", function=call, arguments={"origin": ADDRESS, "cache_dir": str(canary.folder)})
    )


def unsafe_switched_on(canary: Canary) -> bytes:
    switch = {"module": "keras.config", "class_name": "function", "config": "enable_unsafe_deserialization",
              "registered_name": "enable_unsafe_deserialization"}  # fmt: skip
    inner = _layer("keras.layers", "Lambda", function=_song_in_bytecode(canary))
    return keras_file(_layer("keras.layers", "TimeDistributed", layer=inner, custom=switch, safe_mode=False))


def torch_pickle(canary: Canary) -> bytes:
    import base64

    module = base64.b64encode(pickle.dumps(_Song(canary))).decode()
    return keras_file(_layer("keras.layers", "TorchModuleWrapper", module=module))


def vocabulary_of_a_path(canary: Canary) -> bytes:
    return keras_file(_layer("keras.layers", "StringLookup", vocabulary=str(canary.secret)))


def vocabulary_of_an_address(canary: Canary) -> bytes:
    return keras_file(_layer("keras.layers", "StringLookup", vocabulary=ADDRESS))


def saved_model(canary: Canary) -> bytes:
    return keras_file(_layer("keras.layers", "TFSMLayer", filepath=str(canary.folder), call_endpoint="serve"))


def climbing_names(canary: Canary) -> bytes:
    layer = _layer("keras.layers", "Dense", units=2)
    layer["config"]["name"] = f"../../../../{canary.touched}"
    return keras_file(layer, extra={f"../../../..{canary.touched}": b"sung", f"{canary.touched}": b"sung"})


def zip_link(canary: Canary) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        member = zipfile.ZipInfo("model.weights.h5")
        member.external_attr = 0o120777 << 16  # a symbolic link
        archive.writestr(member, str(canary.secret))
    return content.getvalue()


def zip_bomb(_canary: Canary) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("model.weights.h5", bytes(2**26))
    assert len(content.getvalue()) < 2**20
    return content.getvalue()


# .h5 files


def h5_bytes(fill: Callable[[h5py.File], object]) -> bytes:
    """Return an HDF5 file."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def _legacy(fill: Callable[[h5py.Group], object], **attributes: str) -> bytes:
    def write(file: h5py.File) -> None:
        file.attrs.update(attributes)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"layer"]
        layer = group.create_group("layer")
        layer.attrs["weight_names"] = [b"kernel:0"]
        fill(layer)

    return h5_bytes(write)


def h5_lambda(canary: Canary) -> bytes:
    """A whole model as .h5, whose reader in Keras took no notice of safe_mode."""
    layer = {"class_name": "Lambda", "config": {"name": "layer", "function": _song_in_bytecode(canary)}}
    config = json.dumps({"class_name": "Sequential", "config": {"name": "hostile", "layers": [layer]}})
    return _legacy(lambda layer: layer.create_dataset("kernel:0", data=np.zeros((3, 4), "f4")), model_config=config)


def h5_shape_bomb(_canary: Canary) -> bytes:
    return _legacy(lambda layer: layer.create_dataset("kernel:0", (2**20, 2**20), "f4"))


def h5_external_link(canary: Canary) -> bytes:
    return _legacy(lambda layer: layer.__setitem__("kernel:0", h5py.ExternalLink(str(canary.secret), "/")))


def h5_soft_link(_canary: Canary) -> bytes:
    return _legacy(lambda layer: layer.__setitem__("kernel:0", h5py.SoftLink("/model_weights")))


def h5_external_numbers(canary: Canary) -> bytes:
    return _legacy(lambda layer: layer.create_dataset("kernel:0", (3,), "f4", external=[(str(canary.secret), 0, 12)]))


def h5_virtual(canary: Canary) -> bytes:
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource(str(canary.secret), "secret", (3,))
    return _legacy(lambda layer: layer.create_virtual_dataset("kernel:0", layout))


def h5_unpacking_bomb(_canary: Canary) -> bytes:
    import zlib

    def fill(layer: h5py.Group) -> None:
        dataset = layer.create_dataset("kernel:0", (3, 4), "f4", chunks=(3, 4), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), zlib.compress(bytes(2**25), 9))

    return _legacy(fill)


def h5_climbing_names(canary: Canary) -> bytes:
    def write(file: h5py.File) -> None:
        file.attrs["layer_names"] = [f"../../..{canary.touched}".encode()]

    return h5_bytes(write)


def plain_pickle(canary: Canary) -> bytes:
    return pickle.dumps(_Song(canary))


Maker = Callable[[Canary], bytes]

KERAS_FILES: tuple[Maker, ...] = (
    lambda_bytecode, any_function, get_file, unsafe_switched_on, torch_pickle, vocabulary_of_a_path,
    vocabulary_of_an_address, saved_model, climbing_names, zip_link, zip_bomb,
)  # fmt: skip
H5_FILES: tuple[Maker, ...] = (
    h5_lambda, h5_shape_bomb, h5_external_link, h5_soft_link, h5_external_numbers, h5_virtual, h5_unpacking_bomb,
    h5_climbing_names,
)  # fmt: skip
ALL_FILES: tuple[Maker, ...] = (*KERAS_FILES, *H5_FILES, plain_pickle)


def h5_in_keras(make: Maker) -> Maker:
    """Return the maker of a .keras file with a hostile .h5 inside."""

    def made(canary: Canary) -> bytes:
        return keras_file(_layer("keras.layers", "Dense", units=2), weights=make(canary))

    made.__name__ = f"keras_with_{make.__name__}"
    return made
