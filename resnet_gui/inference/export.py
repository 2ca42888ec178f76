"""From a Keras network to what is kept of it: a bundle for this program, model.keras for everyone else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from resnet_gui.atomic import new_folder, require_room
from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import KERAS_FILE, BundleDescription, ModelBundle, write_description
from resnet_gui.inference.openvino_runtime import import_openvino


def export_model(
    network: keras.Model, description: BundleDescription, folder: Path, *, with_keras: bool = True
) -> ModelBundle:
    """Write a network's bundle and model.keras into a folder, all or nothing.

    Args:
        network: (n, N, N, 3) with values 0-255 to a softmax (n, classes).
        description: what it is; its geometry and classes must be the network's.
        folder: made; one that is there is replaced.
        with_keras: whether model.keras is wanted.

    Raises:
        ModelError: it cannot be written.
    """
    try:
        require_room(folder.parent, 2 * 4 * network.count_params())
        with new_folder(folder) as unfinished:
            if with_keras:
                network.save(unfinished / KERAS_FILE)
            import_openvino().save_model(to_openvino(network), unfinished / "model.xml", compress_to_fp16=False)
            write_description(unfinished, description)
    except OSError as error:
        raise ModelError(
            f"The model cannot be written to {folder}: {error.strerror or error}.", "Check the disk's free space."
        ) from error
    return ModelBundle.open(folder)


def to_openvino(network: keras.Model) -> Any:
    """Return a network that takes pictures (n, N, N, 3) with values 0-255 as OpenVINO's model, which takes uint8.

    A quarter of the memory to move, and what the reader gives. It goes through a file because OpenVINO's own conversion
    of a function in memory keeps Python's lock throughout, and whoever else waits for it waits a fifth of a second.
    """
    size = network.input_shape[1]

    @tf.function(input_signature=[tf.TensorSpec([None, size, size, 3], tf.uint8, name="pictures")])
    def run(pictures: tf.Tensor) -> tf.Tensor:
        return network(tf.cast(pictures, tf.float32), training=False)

    frozen = convert_variables_to_constants_v2(run.get_concrete_function())
    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "network.pb"
        graph.write_bytes(frozen.graph.as_graph_def().SerializeToString())
        return import_openvino().convert_model(graph)
