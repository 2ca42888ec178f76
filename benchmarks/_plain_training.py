"""What one writes without this program: `python -m benchmarks._plain_training CASE`, with Keras' own `fit`."""

from __future__ import annotations

import time
from typing import Any

import keras  # noqa: TID253  a script of its own

from benchmarks._training_case import random_pictures, read_case, report_steps


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.done: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.done.append(time.perf_counter())


def main() -> None:
    case = read_case()
    pictures, labels = random_pictures(case)
    prepared = keras.applications.resnet50.preprocess_input(pictures.astype("float32"))
    clock = _Clock()
    started = time.perf_counter()
    network = {"resnet50": keras.applications.ResNet50, "vgg16": keras.applications.VGG16}[case.network](
        weights=None, input_shape=(case.size, case.size, 3), classes=case.classes
    )
    network.compile(
        keras.optimizers.Adam(1e-4),
        "sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(5)],
    )
    network.fit(prepared, labels, batch_size=case.batch, epochs=1, verbose=0, callbacks=[clock])
    report_steps(started, clock.done)


if __name__ == "__main__":
    main()
