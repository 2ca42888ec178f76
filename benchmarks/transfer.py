"""How fast a head learns on a frozen base, against plain Keras: `python -m benchmarks.transfer FOLDER`."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from benchmarks._common import print_header, run_program, spread, workplace


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare transfer learning with the third document's script.")
    parser.add_argument("folder", type=Path, help="pictures, a sub-folder per class: the chest X-rays")
    parser.add_argument("--epochs", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument(
        "--plain-epochs",
        type=int,
        default=3,
        metavar="N",
        help="epochs of the plain script that are really run; each later one is taken to last as long as their "
        "median. Default: 3",
    )
    parser.add_argument("--views", type=int, default=4, metavar="N", help="cached views in the third measurement")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="how many rounds; default: 3")
    arguments = parser.parse_args()
    rows = []
    with workplace():
        print_header(f"{arguments.epochs} epochs of a head on a frozen ResNet50 at 224 pixels")
        for _ in range(arguments.times):
            plain = _plain(arguments.folder, arguments.epochs, arguments.plain_epochs)
            ours = [_ours(arguments.folder, arguments.epochs, views) for views in (1, arguments.views)]
            rows.append((plain, *ours))
            print("  " + "  ".join(f"{seconds:.1f} s" for seconds in rows[-1]), flush=True)
    plain, ours, viewed = zip(*rows, strict=True)
    print(f"plain Keras: {spread(plain, ' s')}, {arguments.plain_epochs} epochs run and the others reckoned")
    print(f"ours, nothing altered: {spread(ours, ' s')}; {arguments.views} views: {spread(viewed, ' s')}")
    for name, seconds in (("nothing altered", ours), (f"{arguments.views} views", viewed)):
        ratio = statistics.median(one / other for one, other in zip(plain, seconds, strict=True))
        print(f"{name}: {ratio:.1f} times as fast; wanted without views: 20")


def _plain(folder: Path, epochs: int, run: int) -> float:
    told = run_program([sys.executable, "-m", "benchmarks._plain_transfer", folder, run])[1]
    return float(told["first"] + (epochs - 1) * statistics.median(told["epochs"]))


def _ours(folder: Path, epochs: int, views: int) -> float:
    with workplace():  # an empty cache of features
        told = run_program([sys.executable, "-m", "benchmarks._our_transfer", folder, epochs, views])[1]
    return float(told["seconds"])


if __name__ == "__main__":
    main()
