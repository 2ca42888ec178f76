"""Which numbers a network calculates with when nothing but the answer counts."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from resnet_gui.inference.openvino_runtime import import_openvino, openvino_core
from resnet_gui.inference.predictor import BFLOAT16, FLOAT32, HINTS, Precision
from resnet_gui.trials import speedup

WORTH_IT = 1.15
"""How many times as fast bfloat16 must be to be chosen; below that its coarser numbers buy nothing."""

_CHANNELS = 128
_SIZE = 28
_LAYERS = 4
_ROUNDS = 5


def fastest_precision() -> Precision:
    """Return what answers sooner on this computer; tried out once, in a fifth of a second, and remembered.

    What a processor lists does not tell: one without AMX was half as fast in bfloat16 through OpenVINO, another
    without it almost twice as fast.
    """
    faster = speedup("inference-precision", "openvino", _measure_bfloat16_speedup)
    return BFLOAT16 if faster is not None and faster >= WORTH_IT else FLOAT32


def _measure_bfloat16_speedup() -> float:
    """Return how many times as fast some convolutions are in bfloat16, the fastest of some rounds of each in turn."""
    openvino = import_openvino()
    core = openvino_core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return 0.0
    network = _convolutions(openvino)
    compiled = {
        precision: core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": hint})
        for precision, hint in HINTS.items()
    }
    maps = np.random.default_rng(0).normal(size=(1, _CHANNELS, _SIZE, _SIZE)).astype(np.float32)
    fastest = dict.fromkeys(HINTS, float("inf"))
    for _ in range(1 + _ROUNDS):  # the first round prepares, and is never the fastest
        for precision, run in compiled.items():
            started = time.perf_counter()
            run([maps])
            fastest[precision] = min(fastest[precision], time.perf_counter() - started)
    return fastest[FLOAT32] / fastest[BFLOAT16]


def _convolutions(openvino: Any) -> Any:
    ops = openvino.opset13
    kernel = np.random.default_rng(1).normal(0, 0.03, size=(_CHANNELS, _CHANNELS, 3, 3)).astype(np.float32)
    maps = node = ops.parameter([1, _CHANNELS, _SIZE, _SIZE], np.float32)
    for _ in range(_LAYERS):
        node = ops.relu(ops.convolution(node, ops.constant(kernel), [1, 1], [1, 1], [1, 1], [1, 1]))
    return openvino.Model([node], [maps])
