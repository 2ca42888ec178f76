"""How many pictures a second can be made ready for training: `python -m benchmarks.input_pipeline`."""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks._common import print_header, run_program, spread, workplace
from benchmarks._pipeline_cases import CASES

_OURS = (sys.executable, "-m", "benchmarks._our_pipeline")
_PLAIN = (sys.executable, "-m", "benchmarks._plain_pipeline")
_WANTED = "crop, flip, mixup, 32 px"


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the input pipeline alone with that of plain Keras.")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many pairs; default: 5")
    parser.add_argument(
        "--consumed",
        type=float,
        default=500,
        metavar="RATE",
        help="images/s that a training on CIFAR takes; default: 500, ResNet-18 of width 32 on two cores",
    )
    arguments = parser.parse_args()
    with workplace():
        print_header("Input pipeline alone: ours on one thread, plain Keras on as many as tf.data takes")
        pairs = []
        for _ in range(arguments.times):
            (_, ours), (_, plain) = run_program(_OURS), run_program(_PLAIN)
            pairs.append((ours, plain))
            print("  " + "; ".join(f"{ours[name]:.0f} and {plain[name]:.0f}" for name in CASES), flush=True)
    for name in CASES:
        print(f"{name}:")
        print(f"  ours  {spread([ours[name] for ours, _ in pairs], ' images/s')}")
        print(f"  plain {spread([plain[name] for _, plain in pairs], ' images/s')}")
        print(f"  ratio {spread([ours[name] / plain[name] for ours, plain in pairs])}")
    multiple = statistics.median(ours[_WANTED] for ours, _ in pairs) / arguments.consumed
    print(f"{_WANTED}: {multiple:.0f} times the {arguments.consumed:g} images/s that training takes; target 10")


if __name__ == "__main__":
    main()
