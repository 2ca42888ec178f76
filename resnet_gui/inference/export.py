"""From a Keras network to what is kept of it: a bundle for this program, model.keras for everyone else."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from resnet_gui.atomic import new_folder
from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import BundleDescription, ModelBundle, write_description
from resnet_gui.inference.predictor import import_openvino


def export_model(network: keras.Model, description: BundleDescription, folder: Path) -> ModelBundle:
    """Write a network's bundle and model.keras into a folder, all or nothing.

    Args:
        network: (n, N, N, 3) with values 0-255 to a softmax (n, classes).
        description: what it is; its geometry and classes must be the network's.
        folder: made; one that is there is replaced.

    Raises:
        ModelError: it cannot be written.
    """
    try:
        with new_folder(folder) as unfinished:
            network.save(unfinished / "model.keras")
            _write_ir(network, unfinished / "model.xml")
            write_description(unfinished, description)
    except OSError as error:
        raise ModelError(
            f"The model cannot be written to {folder}: {error.strerror or error}.", "Check the disk's free space."
        ) from error
    return ModelBundle.open(folder)


def _write_ir(network: keras.Model, path: Path) -> None:
    openvino = import_openvino()
    size = network.input_shape[1]

    # Pictures enter as uint8: a quarter of the memory to move, and what the reader gives.
    @tf.function(input_signature=[tf.TensorSpec([None, size, size, 3], tf.uint8, name="pictures")])
    def classify(pictures: tf.Tensor) -> tf.Tensor:
        return network(tf.cast(pictures, tf.float32), training=False)

    openvino.save_model(openvino.convert_model(classify.get_concrete_function()), path, compress_to_fp16=False)
