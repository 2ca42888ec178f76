"""The one-kernel rules are Keras' rules."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from resnet_gui.training import optimizers

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("Adam", {"global_clipnorm": 1.0}),
        ("AdamW", {"weight_decay": 1e-2}),
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-2}),
    ],
)
def test_thirty_updates_are_keras_own(kind: str, options: dict[str, object]) -> None:
    """Gradients from 1e-6 to 100; the rate changes on the way, as schedules do."""
    random = np.random.default_rng(0)
    start = random.normal(size=(30, 20)).astype("float32")
    variables = [keras.Variable(start), keras.Variable(start)]
    both = [getattr(module, kind)(1e-3, **options) for module in (keras.optimizers, optimizers)]
    for optimizer, variable in zip(both, variables, strict=True):
        optimizer.build([variable])
    for step in range(30):
        gradient = tf.constant(random.normal(size=start.shape) * 10.0 ** random.integers(-6, 3), tf.float32)
        for optimizer, variable in zip(both, variables, strict=True):
            optimizer.learning_rate.assign(1e-3 * (1 + step % 5))
            optimizer.apply([gradient], [variable])
    theirs, ours = (variable.numpy() for variable in variables)
    assert np.abs(theirs - start).max() > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-6)
