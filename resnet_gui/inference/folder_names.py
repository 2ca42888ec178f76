"""Names of folders for classes, allowed on Linux, macOS and Windows alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import category, normalize

_NOT_ALLOWED = re.compile(r'[<>:"/\\|?*]')
# Windows takes these for devices, whatever comes after a dot.
_DEVICES = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\xb9\xb2\xb3]")
_LONGEST = 120  # bytes; 255 are allowed, and the number of a second folder has to fit
_NOT_SHOWN = frozenset(("Cc", "Cs", "Zl", "Zp"))


def folder_names(class_names: Iterable[str]) -> dict[str, str]:
    """Return a folder's name for each class; two classes never share one, also where case does not matter."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for class_name in class_names:
        if class_name not in names:
            names[class_name] = _unused(_allowed(class_name), taken)
    return names


def _allowed(name: str) -> str:
    kept = "".join("_" if category(letter) in _NOT_SHOWN else letter for letter in normalize("NFC", name))
    kept = _NOT_ALLOWED.sub("_", kept).encode("utf-8")[:_LONGEST].decode("utf-8", "ignore")
    kept = kept.strip().rstrip(". ")
    if kept.startswith("."):  # hidden
        kept = f"_{kept[1:]}"
    if _DEVICES.fullmatch(kept.split(".")[0].rstrip().casefold()):
        kept = f"_{kept}"
    return kept or "_"


def _unused(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name} ({number})"
    taken.add(candidate.casefold())
    return candidate
