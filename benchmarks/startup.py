"""How long the window takes to open: `python -m benchmarks.startup [--imports]`."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

from benchmarks._common import ROOT, print_header, run_program, spread, workplace

_IMPORT = re.compile(r"import time: +(\d+) \| +(\d+) \| ( *)(\S+)")
_LINES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the time from process start to the painted window.")
    parser.add_argument("--times", type=int, default=7, metavar="N", help="how often; default: 7")
    parser.add_argument("--imports", action="store_true", help="list the slowest imports too")
    arguments = parser.parse_args()
    with workplace() as folder:
        print_header("From process start to the painted window")
        window = ["-m", "benchmarks._reporting_window", "shown", "--runs", str(folder / "runs")]
        run_program([sys.executable, *window])  # fills the file cache; not counted
        seconds, heavy = [], set()
        for _ in range(arguments.times):
            taken, told = run_program([sys.executable, *window])
            seconds.append(taken)
            heavy.update(told["heavy_modules"])
        print(f"window painted after {spread(seconds, ' s')}; target 1.2 s")
        print(f"imported until then, of TensorFlow and Keras: {', '.join(sorted(heavy)) or 'neither'}")
        if arguments.imports:
            _print_imports(window)


def _print_imports(window: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *window]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    imports = [(int(own), int(total), name) for own, total, _, name in _IMPORT.findall(told)]
    print(f"\nimports take {sum(own for own, _, _ in imports) / 1e6:.2f} s while Python measures them")
    for title, place in (("with all that it imports", 1), ("alone", 0)):
        print(f"\n  ms {title}")
        for entry in sorted(imports, key=lambda entry: -entry[place])[:_LINES]:
            print(f"{entry[place] / 1000:5.0f} {entry[2]}")


if __name__ == "__main__":
    main()
