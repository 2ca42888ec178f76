"""What one writes oneself, for many photos: `python -m benchmarks._plain_classification MODEL PHOTO...`."""

from __future__ import annotations

import resource
import sys
import time

import keras  # noqa: TID253  a script of its own
import numpy as np

from benchmarks._report import report


def main(model_file: str, photos: list[str]) -> None:
    model = keras.saving.load_model(model_file)
    size = model.input_shape[1:3]

    def load(photo: str) -> np.ndarray:
        return keras.utils.img_to_array(keras.utils.load_img(photo, target_size=size))[np.newaxis]

    def classify(photo: str) -> np.ndarray:
        return np.argsort(-model.predict(load(photo), verbose=0)[0])[:5]

    classify(photos[0])
    first = time.time()  # of the day, to be compared with the time at which the process was started
    started = time.perf_counter()
    for photo in photos:
        classify(photo)
    photos_per_second = len(photos) / (time.perf_counter() - started)
    picture = load(photos[0])
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        model.predict(picture, verbose=0)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report({"first": first, "photos_per_second": photos_per_second, "one": float(np.median(seconds)), "peak": peak})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
