"""The input pipeline one writes without this program: `python -m benchmarks._plain_pipeline`.

tf.data with Keras' layers for augmentation on whole batches, on as many threads as it likes. RandomTranslation takes
the nearest pixel, which makes it the quicker way, and the one that moves by whole pixels as a crop does.
"""

from __future__ import annotations

import keras  # noqa: TID253  a script of its own
import tensorflow as tf  # noqa: TID253

from benchmarks._pipeline_cases import CASES, CLASSES, CROP, MIXUP, ROTATION, ZOOM, Case, images_per_second
from benchmarks._report import report


def pipeline(case: Case) -> tf.data.Dataset:
    dataset = tf.data.Dataset.from_tensor_slices(case.pictures()).shuffle(case.count).batch(case.batch_size)
    layers = []
    if case.moved:
        layers += [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomTranslation(CROP, CROP, interpolation="nearest"),
        ]
    if case.warped:
        layers += [keras.layers.RandomZoom((-ZOOM, ZOOM), (-ZOOM, ZOOM)), keras.layers.RandomRotation(ROTATION / 360)]
    if layers:
        augment = keras.Sequential(layers)
        dataset = dataset.map(lambda images, labels: (augment(images, training=True), labels), tf.data.AUTOTUNE)
    if case.mixed:
        mix = keras.layers.MixUp(MIXUP)
        dataset = dataset.map(
            lambda images, labels: mix({"images": images, "labels": tf.one_hot(labels, CLASSES)}, training=True),
            tf.data.AUTOTUNE,
        )
    return dataset.prefetch(tf.data.AUTOTUNE)


def measured(case: Case) -> float:
    dataset = pipeline(case)
    return images_per_second(lambda _: dataset, case.count)


report({name: measured(case) for name, case in CASES.items()})
