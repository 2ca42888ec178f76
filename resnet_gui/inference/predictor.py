"""Predictor: pictures in, ranked classes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from resnet_gui.data.files import read_regular
from resnet_gui.data.labels import class_words
from resnet_gui.errors import ImageError, ModelError
from resnet_gui.inference.calibration import calibrated
from resnet_gui.inference.ending import find_ending
from resnet_gui.inference.network_check import RefusedNetworkError, check_description, check_tables
from resnet_gui.inference.openvino_runtime import openvino_core

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
        return class_words(self.superclass)

    @property
    def words(self) -> str:
        """The class for people, with what kind of thing it is."""
        name = class_words(self.class_name)
        return f"{name} - {self.kind}" if self.superclass else name


class Prediction(msgspec.Struct, frozen=True, gc=False):
    """The most probable classes of one picture, best first.

    Attributes:
        unfamiliar: whether the picture looks unlike those the network was trained on; None if its bundle cannot tell.
    """

    ranked: tuple[ClassProbability, ...]
    unfamiliar: bool | None = None

    @property
    def best(self) -> ClassProbability:
        """The most probable class."""
        return self.ranked[0]


@dataclass(frozen=True, slots=True)
class Inside:
    """What a network makes of pictures, up to its answer.

    Attributes:
        probabilities: (n, classes), uncalibrated.
        features: what the last layer weighs, (n, features); None if the network does not end in a layer of weights.
        feature_maps: what the features are averages of, (n, rows, columns, features); None if they are not.
    """

    probabilities: NDArray[np.float32]
    features: NDArray[np.float32] | None
    feature_maps: NDArray[np.float32] | None

    def averaged(self, mirrored: Inside) -> Inside:
        """Return the average with what the network makes of the mirrored pictures, their maps mirrored back."""
        features, maps = self.features, self.feature_maps
        if features is not None and mirrored.features is not None:
            features = _mean(features, mirrored.features)
        if maps is not None and mirrored.feature_maps is not None:
            maps = _mean(maps, mirrored.feature_maps[:, :, ::-1])
        return Inside(_mean(self.probabilities, mirrored.probabilities), features, maps)


class Predictor:
    """A bundle, compiled for this computer. Safe to use from one thread at a time.

    Args:
        bundle: what to run.
        precision: what it calculates with. In float32 the network's probabilities equal the exported model.keras' to
            1e-3, on every computer; in bfloat16 to 0.03, sooner where the processor is made for it
            (`fastest_precision`).
        inside: whether `look_inside` will be called; an answer then takes a little longer.

    Raises:
        ModelError: the network cannot be loaded, or does not fit its description.
    """

    def __init__(self, bundle: ModelBundle, precision: Precision = FLOAT32, *, inside: bool = False) -> None:
        self.bundle = bundle
        size, classes = bundle.description.geometry.size, len(bundle.description.class_names)
        try:
            # Read into memory: OpenVINO would map the files, and Windows lets nobody delete a mapped file.
            xml = read_regular(bundle.network_file, _LARGEST_NETWORK)
            weights = read_regular(bundle.weights_file, _LARGEST_WEIGHTS)
        except ImageError as error:
            raise ModelError(f"The model in {bundle.folder} cannot be read: a file of it {error.message}.") from error
        try:
            check_description(xml, len(weights))
            core = openvino_core()
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
            self._ending = find_ending(network, classes)
            if self._ending is not None and inside:
                inner = [self._ending.features, self._ending.feature_map]
                network.add_outputs([output for output in inner if output is not None])
            hints = {"INFERENCE_PRECISION_HINT": HINTS[precision], "PERFORMANCE_HINT": "LATENCY"}
            self._network = core.compile_model(network, "CPU", hints)
        except RefusedNetworkError as error:
            raise ModelError(
                f"The model in {bundle.folder} cannot be loaded: its {bundle.network_file.name} {error}.",
                "It is damaged or was made to do harm: use another copy of it.",
            ) from error
        except (MemoryError, RuntimeError) as error:
            raise ModelError(f"The model in {bundle.folder} cannot be loaded.", _reason(error)) from error

    @property
    def class_weights(self) -> NDArray[np.float32] | None:
        """What each class' logit takes of the average of each feature map, (features, classes).

        None if the network does not average feature maps and weigh the averages.
        """
        return None if self._ending is None or self._ending.feature_map is None else self._ending.weights

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return each class' probability, (n, classes), of pictures (n, N, N, 3) RGB 0-255.

        These are calibrated, if the bundle says how: every answer that a user sees comes from here.

        Raises:
            ModelError: the network cannot be run, or answers with something else than numbers.
        """
        return calibrated(self.uncalibrated(images), self.bundle.description.temperature)

    def uncalibrated(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return each class' probability before it is calibrated, (n, classes).

        Where the bundle asks for it, that is the average over each picture and its mirror image.

        Raises:
            ModelError: as for `probabilities`.
        """
        own = self.network_probabilities(images)
        if not self.bundle.description.mirror_averaging:
            return own
        return _mean(own, self.network_probabilities(_mirrored(images)))

    def network_probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return each class' probability as the network itself gives it, and its exports do, (n, classes).

        Raises:
            ModelError: as for `probabilities`.
        """
        return self._run(images)[0]

    def look_inside(self, images: NDArray[np.uint8]) -> Inside:
        """Return what the network makes of pictures before it answers; the predictor must be made for that.

        Raises:
            ModelError: as for `probabilities`.
        """
        inside = self._inside(images)
        if not self.bundle.description.mirror_averaging:
            return inside
        return inside.averaged(self._inside(_mirrored(images)))

    def _inside(self, images: NDArray[np.uint8]) -> Inside:
        probabilities, *inner = self._run(images)
        features = inner[0] if inner else None
        maps = inner[1] if len(inner) > 1 else None
        if maps is not None and self._ending is not None and not self._ending.channels_last:
            maps = np.moveaxis(maps, 1, 3)
        return Inside(probabilities, features, maps)

    def predict(self, images: NDArray[np.uint8], top: int = 5) -> list[Prediction]:
        """Return the `top` most probable classes of each of the pictures (n, N, N, 3) RGB 0-255."""
        description = self.bundle.description
        names = description.class_names
        superclasses = description.superclasses or ("",) * len(names)
        probabilities = self.probabilities(images)
        known = description.familiarity
        unfamiliar = [None] * len(images) if known is None else known.is_unfamiliar(images).tolist()
        best_first = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            Prediction(
                tuple(ClassProbability(names[index], float(row[index]), superclasses[index]) for index in chosen),
                strange,
            )
            for row, chosen, strange in zip(probabilities, best_first, unfamiliar, strict=True)
        ]

    def _run(self, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return all that the network gives, the probabilities first."""
        try:
            given = self._network([images])
            # Copies: OpenVINO writes the next batch to the same place.
            outputs = [np.array(given[place], np.float32) for place in range(len(self._network.outputs))]
        except RuntimeError as error:
            raise ModelError(f"The model in {self.bundle.folder} cannot be run.", _reason(error)) from error
        if not np.isfinite(outputs[0]).all():
            raise ModelError(
                f"The model in {self.bundle.folder} answers with values that are not numbers.",
                "Its training went astray; train again with a lower learning rate.",
            )
        return outputs


def _mean(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return (one + other) * np.float32(0.5)


def _mirrored(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures (n, N, N, 3) with left and right exchanged."""
    return np.ascontiguousarray(images[:, :, ::-1])


def _reason(error: MemoryError | RuntimeError) -> str:
    """Return the last line of OpenVINO's message; the ones before it are places in its source code."""
    return next((line for line in reversed(str(error).splitlines()) if line.strip()), "")
