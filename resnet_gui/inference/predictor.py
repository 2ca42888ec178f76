"""Predictor: pictures in, ranked classes out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.files import read_regular
from resnet_gui.errors import ImageError, ModelError
from resnet_gui.inference.network_check import RefusedNetworkError, check_description, check_tables

if TYPE_CHECKING:
    from resnet_gui.inference.bundle import ModelBundle

_LARGEST_NETWORK = 32 * 2**20
_LARGEST_WEIGHTS = 4 * 2**30

Precision = Literal["float32", "bfloat16"]
FLOAT32: Precision = "float32"
BFLOAT16: Precision = "bfloat16"
HINTS: dict[Precision, str] = {FLOAT32: "f32", BFLOAT16: "bf16"}
"""What OpenVINO calls them."""


class ClassProbability(msgspec.Struct, frozen=True, gc=False, rename={"class_name": "class"}):
    """One class and its probability, 0-1.

    Attributes:
        superclass: the kind of thing it is, empty where the model does not tell.
    """

    class_name: str
    probability: float
    superclass: str = ""

    @property
    def kind(self) -> str:
        """The superclass for people."""
        return self.superclass.replace("_", " ")

    @property
    def words(self) -> str:
        """The class for people, with what kind of thing it is."""
        return f"{self.class_name} - {self.kind}" if self.superclass else self.class_name


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """The most probable classes of one picture, best first."""

    ranked: tuple[ClassProbability, ...]

    @property
    def best(self) -> ClassProbability:
        """The most probable class."""
        return self.ranked[0]


class Predictor:
    """A bundle, compiled for this computer. Safe to use from one thread at a time.

    Args:
        bundle: what to run.
        precision: what it calculates with. In float32 a probability equals the exported model.keras' to 1e-3, on every
            computer; in bfloat16 to 1e-2, sooner where the processor is made for it (`fastest_precision`).

    Raises:
        ModelError: the network cannot be loaded, or does not fit its description.
    """

    def __init__(self, bundle: ModelBundle, precision: Precision = FLOAT32) -> None:
        self.bundle = bundle
        openvino = import_openvino()
        size, classes = bundle.description.geometry.size, len(bundle.description.class_names)
        try:
            # Read into memory: OpenVINO would map the files, and Windows lets nobody delete a mapped file.
            xml = read_regular(bundle.network_file, _LARGEST_NETWORK)
            weights = read_regular(bundle.weights_file, _LARGEST_WEIGHTS)
        except ImageError as error:
            raise ModelError(f"The model in {bundle.folder} cannot be read: a file of it {error.message}.") from error
        try:
            check_description(xml, len(weights))
            core = openvino.Core()
            network = core.read_model(xml, weights)
            if len(network.inputs) != 1 or not network.outputs:
                raise RefusedNetworkError("is no network that takes pictures and gives classes")
            input_shape = [d.get_length() for d in list(network.input(0).get_partial_shape())[1:]]
            output_shape = [d.get_length() for d in list(network.output(0).get_partial_shape())[1:]]
            if input_shape != [size, size, 3] or output_shape != [classes]:
                raise ModelError(
                    f"The model in {bundle.folder} does not fit its description: "
                    f"it takes {input_shape} and gives {output_shape}, not {[size, size, 3]} and {[classes]}."
                )
            check_tables(network, (1, size, size, 3))
            hints = {"INFERENCE_PRECISION_HINT": HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
            self._network = core.compile_model(network, "CPU", hints)
        except RefusedNetworkError as error:
            raise ModelError(
                f"The model in {bundle.folder} cannot be loaded: its {bundle.network_file.name} {error}.",
                "It is damaged or was made to do harm: use another copy of it.",
            ) from error
        except (MemoryError, RuntimeError) as error:
            raise ModelError(f"The model in {bundle.folder} cannot be loaded.", _reason(error)) from error

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return each class' probability, (n, classes), of pictures (n, N, N, 3) RGB 0-255.

        Raises:
            ModelError: the network cannot be run, or answers with something else than numbers.
        """
        try:
            probabilities = np.asarray(self._network([images])[0])
        except RuntimeError as error:
            raise ModelError(f"The model in {self.bundle.folder} cannot be run.", _reason(error)) from error
        if not np.isfinite(probabilities).all():
            raise ModelError(
                f"The model in {self.bundle.folder} answers with values that are not numbers.",
                "Its training went astray; train again with a lower learning rate.",
            )
        return probabilities

    def predict(self, images: NDArray[np.uint8], top: int = 5) -> list[Prediction]:
        """Return the `top` most probable classes of each of the pictures (n, N, N, 3) RGB 0-255."""
        names = self.bundle.description.class_names
        superclasses = self.bundle.description.superclasses or ("",) * len(names)
        probabilities = self.probabilities(images)
        best_first = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            Prediction(
                tuple(ClassProbability(names[index], float(row[index]), superclasses[index]) for index in chosen)
            )
            for row, chosen in zip(probabilities, best_first, strict=True)
        ]


def import_openvino() -> Any:
    """Import OpenVINO with its reports to an analytics service switched off."""
    # Without this entry its converter would send telemetry; with it, OpenVINO falls back to a stub.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _reason(error: MemoryError | RuntimeError) -> str:
    """Return the last line of OpenVINO's message; the ones before it are places in its source code."""
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), "")
