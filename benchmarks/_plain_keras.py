"""What one writes without this program: `python -m benchmarks._plain_keras MODEL.keras PICTURE`."""

from __future__ import annotations

import sys

import keras  # noqa: TID253  a script of its own
import numpy as np

from benchmarks._report import report

model = keras.saving.load_model(sys.argv[1])
size = model.input_shape[1:3]
picture = keras.utils.img_to_array(keras.utils.load_img(sys.argv[2], target_size=size))
probabilities = model.predict(picture[np.newaxis], verbose=0)[0]
best_first = np.argsort(-probabilities)[:5]
report([f"class {number} {probabilities[number]:.1%}" for number in best_first])
