"""Stand-ins for the command line: small Python programs that the real CommandRunner starts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


def program_printing(lines: Sequence[Any], then: str = "") -> list[str]:
    """Return a program that prints JSON objects, one a line, and then runs Python code."""
    texts = [json.dumps(line) for line in lines]
    return python(f"import sys\nfor line in {texts!r}: print(line, flush=True)\n{then}")


def program_failing(stderr: str, status: int = 1) -> list[str]:
    """Return a program that writes to stderr and fails."""
    return python(f"import sys\nsys.stderr.write({stderr!r})\nsys.exit({status})")


def program_hanging(lines: Sequence[Any] = ()) -> list[str]:
    """Return a program that prints lines and then waits to be killed."""
    return program_printing(lines, "import threading; threading.Event().wait(60)")


def python(code: str) -> list[str]:
    """Return a program that runs Python code; its arguments are in sys.argv[1:]."""
    return [sys.executable, "-c", code]
