"""Plain arrays in one file, as `numpy.savez` writes them and without what else such a file can do.

It is a zip archive of .npy files. Each can be packed, so that a few bytes unpack to terabytes, or tell of more values
than it holds; here neither takes more memory than the file takes on disk.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.files import open_regular
from resnet_gui.errors import ImageError

_SUFFIX = ".npy"
_VERSION = (1, 0)  # what NumPy writes for arrays without named fields


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file that `numpy.savez` wrote, in the order of their names.

    Raises:
        OSError, ValueError: it cannot be read, or is made otherwise.
    """
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            size = path.stat().st_size
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            if sum(member.file_size for member in members) > size:
                raise ValueError(f"{path.name} holds more than it is long")
            return {member.filename.removesuffix(_SUFFIX): _read(archive, member) for member in members}
    except (ImageError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type != zipfile.ZIP_STORED or not member.filename.endswith(_SUFFIX):
        raise ValueError(f"{member.filename} is no plain array")
    with archive.open(member) as opened:
        stream = cast("BinaryIO", opened)
        if np.lib.format.read_magic(stream) != _VERSION:
            raise ValueError(f"{member.filename} is no plain array")
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} is no plain array")
        content = stream.read()
    if len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{member.filename} does not hold what it tells of")
    return np.ndarray(shape, dtype, content, order="F" if fortran_order else "C")
