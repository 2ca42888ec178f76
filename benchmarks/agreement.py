"""Whether a run's bundle answers as its model.keras does: `python -m benchmarks.agreement RUN_FOLDER ARCHIVE`."""

from __future__ import annotations

import argparse
from pathlib import Path

import keras  # noqa: TID253  the other side
import numpy as np

from benchmarks._common import print_header
from resnet_gui.data.cifar import load_cifar100
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import HINTS, Predictor

_BATCH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare a CIFAR-100 run's bundle with Keras on the test pictures.")
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("archive", type=Path, help="cifar-100-python.tar.gz")
    arguments = parser.parse_args()
    print_header("The same pictures through the bundle and through Keras in float32")
    test = load_cifar100(arguments.archive)
    assert test.test_pixels is not None
    batches = np.array_split(np.asarray(test.test_pixels), len(test.test_pixels) // _BATCH)
    network = keras.saving.load_model(arguments.run / "model" / "model.keras")
    expected = np.concatenate([np.asarray(network(batch.astype(np.float32), training=False)) for batch in batches])
    bundle = ModelBundle.open(arguments.run)
    for precision in HINTS:
        predictor = Predictor(bundle, precision)
        found = np.concatenate([predictor.network_probabilities(batch) for batch in batches])
        agreement = (found.argmax(axis=1) == expected.argmax(axis=1)).mean()
        largest = np.abs(found - expected).max()
        print(f"{precision}: the same first class {agreement:.2%}; largest difference of a probability {largest:.2g}")


if __name__ == "__main__":
    main()
