"""How long a loaded model takes for one picture: `python -m benchmarks._our_predictor BUNDLE PHOTO`."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks._report import report
from resnet_gui.data.images import read_image
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor


def main(folder: Path, photo: Path) -> None:
    bundle = ModelBundle.open(folder)
    predictor = Predictor(bundle)
    picture = read_image(photo, bundle.description.geometry)[np.newaxis]
    predictor.predict(picture)
    seconds = []
    for _ in range(30):
        started = time.perf_counter()
        predictor.predict(picture)
        seconds.append(time.perf_counter() - started)
    report({"one": statistics.median(seconds)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
