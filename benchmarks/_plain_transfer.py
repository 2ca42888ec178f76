"""Transfer learning as the third document writes it: `python -m benchmarks._plain_transfer FOLDER EPOCHS`.

But for two things that make it faster: pictures are decoded beforehand, and nothing is augmented.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import keras  # noqa: TID253  a script of its own

from benchmarks._report import report
from benchmarks._transfer_case import BATCH, SIZE, load_dataset


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.done: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.done.append(time.perf_counter())


def main(folder: str, epochs: int) -> None:
    dataset = load_dataset(folder)
    train, validation = (
        (split.batch(slice(None))[0].astype("float32") / 255, split.batch(slice(None))[1])
        for split in (dataset.train, dataset.validation)
    )
    clock = _Clock()
    started = time.perf_counter()
    base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
    base.trainable = False
    network = keras.Sequential(
        [
            base,
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(len(dataset.class_names), activation="softmax"),
        ]
    )
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(*train, batch_size=BATCH, epochs=epochs, validation_data=validation, verbose=0, callbacks=[clock])
    report(
        {
            "first": clock.done[0] - started,
            "epochs": [b - a for a, b in zip(clock.done[:-1], clock.done[1:], strict=True)],
        }
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
