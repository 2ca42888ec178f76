"""How fast a network trains, against the plain Keras script: `python -m benchmarks.training_speed`."""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import Any

from benchmarks._common import print_header, run_program, spread, workplace
from benchmarks._training_case import TrainingCase

_WARM_UP = 2  # steps after the first that are not counted
_PRECISIONS = ("float32", "auto")


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare training steps with those of a plain Keras script.")
    parser.add_argument("--network", default="resnet50", choices=("resnet50", "vgg16"))
    parser.add_argument("--input-size", type=int, default=224, metavar="N")
    parser.add_argument("--batch-size", type=int, default=16, metavar="N")
    parser.add_argument("--steps", type=int, default=9, metavar="N", help="of each training; default: 9")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many rounds; default: 5")
    arguments = parser.parse_args()
    case = TrainingCase(arguments.network, arguments.input_size, arguments.batch_size, arguments.steps)
    with workplace():
        print_header(f"Training {case.network} at {case.size} pixels, batches of {case.batch}")
        rounds = [_round(case) for _ in range(arguments.times)]
    for name in ("plain", *_PRECISIONS):
        told = [round_[name] for round_ in rounds]
        print(f"{_title(name):>15}: {spread([_rate(case, one) for one in told], ' images/s')}")
        print(f"{'':17}first step after {spread([one['first_step'] for one in told], ' s')}")
        print(f"{'':17}memory at its peak {spread([one['peak'] for one in told], ' MB')}")
    for name in _PRECISIONS:
        faster = statistics.median(_rate(case, one[name]) / _rate(case, one["plain"]) for one in rounds)
        sooner = statistics.median(one[name]["first_step"] / one["plain"]["first_step"] for one in rounds)
        memory = statistics.median(one[name]["peak"] / one["plain"]["peak"] for one in rounds)
        print(f"{name}: {faster:.2f} times as fast, first step after {sooner:.2f}, memory {memory:.2f} of plain Keras'")
    print("wanted: float32 1.3 times as fast, auto 2.3 where bfloat16 pays, first step 0.8, memory 1.0")


def _round(case: TrainingCase) -> dict[str, Any]:
    ours = [sys.executable, "-m", "benchmarks._our_training", case.to_json()]
    told = {"plain": run_program([sys.executable, "-m", "benchmarks._plain_training", case.to_json()])[1]}
    told |= {precision: run_program([*ours, precision])[1] for precision in _PRECISIONS}
    print("  " + "  ".join(f"{name} {_rate(case, one):.2f}" for name, one in told.items()) + " images/s", flush=True)
    return told


def _rate(case: TrainingCase, told: Any) -> float:
    return case.batch / statistics.median(told["steps"][_WARM_UP:])


def _title(name: str) -> str:
    return "plain Keras" if name == "plain" else f"ours, {name}"


if __name__ == "__main__":
    main()
