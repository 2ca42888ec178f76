"""ModelBundle: a trained network as it is used, with no Keras needed.

A bundle is a folder: model.json says what it is, model.xml and model.bin are OpenVINO's IR.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import msgspec

from resnet_gui.atomic import write_atomically
from resnet_gui.data.files import read_regular
from resnet_gui.data.images import Geometry
from resnet_gui.errors import ImageError, ModelError
from resnet_gui.inference.calibration import HIGHEST, LOWEST
from resnet_gui.inference.familiarity import Familiarity

FORMAT_VERSION = 1
DESCRIPTION_FILE = "model.json"
KERAS_FILE = "model.keras"
"""What lies beside a run's bundle for other programs."""
_NETWORK_FILE, _WEIGHTS_FILE = "model.xml", "model.bin"
_LARGEST_DESCRIPTION = 16 * 2**20
_LARGEST_SIDE = 4096


class BundleDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What model.json says.

    Attributes:
        title: shown in the model chooser.
        class_names: one a network output, in order.
        geometry: how a picture is brought to the network's N x N.
        trained_on: name of the data.
        superclasses: the kind of thing each class is, one a class, or none at all.
        temperature: what the logits are divided by so that the probabilities mean what they say; see calibration.py.
        familiarity: what the pictures it was trained on look like, None if nobody found out.
        mirror_averaging: whether an answer is the average of those on the picture and on its mirror image.
    """

    format_version: int = FORMAT_VERSION
    title: str
    network: str
    class_names: tuple[str, ...]
    geometry: Geometry
    trained_on: str = ""
    superclasses: tuple[str, ...] = ()
    temperature: Annotated[float, msgspec.Meta(ge=LOWEST, le=HIGHEST)] = 1.0
    familiarity: Familiarity | None = None
    mirror_averaging: bool = False

    def __post_init__(self) -> None:
        """Refuse, as msgspec wants it, what does not fit together."""
        if self.superclasses and len(self.superclasses) != len(self.class_names):
            raise ValueError("superclasses are not one for each of class_names")


class _Version(msgspec.Struct):
    """All that may be asked of a description before it is known which version's it is."""

    format_version: int


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A bundle's folder and description."""

    folder: Path
    description: BundleDescription

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a bundle's folder, or the bundle inside a run's folder.

        Raises:
            ModelError: there is none, or it is damaged.
        """
        inside = path / "model"
        folder = inside if os.path.isfile(inside / DESCRIPTION_FILE) else path
        _require_no_links(folder)
        try:
            content = read_regular(folder / DESCRIPTION_FILE, _LARGEST_DESCRIPTION)
            if msgspec.json.decode(content, type=_Version).format_version > FORMAT_VERSION:
                raise ModelError(f"{folder} was made by a newer version.", "Update the program to use it.")
            description = msgspec.json.decode(content, type=BundleDescription)
        except ImageError as error:
            raise ModelError(
                f"{path} holds no model.", "Choose a run that has finished, or a folder with a model.json."
            ) from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ModelError(f"{folder / DESCRIPTION_FILE} is damaged: {error}.") from error
        if not (0 < description.geometry.size <= _LARGEST_SIDE and description.geometry.shorter_side >= 0):
            raise ModelError(f"{folder / DESCRIPTION_FILE} is damaged: it asks for pictures that cannot be.")
        bundle = cls(folder, description)
        for part in (bundle.network_file, bundle.weights_file):
            if not os.path.isfile(part):
                raise ModelError(f"The model in {folder} is incomplete: {part.name} is missing.")
        return bundle

    @property
    def network_file(self) -> Path:
        """The IR's layers."""
        return self.folder / _NETWORK_FILE

    @property
    def weights_file(self) -> Path:
        """The IR's weights."""
        return self.folder / _WEIGHTS_FILE


def write_description(folder: Path, description: BundleDescription) -> None:
    """Write model.json. Done last, it marks the bundle as complete."""
    write_atomically(folder / DESCRIPTION_FILE, msgspec.json.format(msgspec.json.encode(description)))


def _require_no_links(folder: Path) -> None:
    """Raise ModelError if one of a bundle's files is a link: to use or export it would read another file."""
    for name in (DESCRIPTION_FILE, _NETWORK_FILE, _WEIGHTS_FILE, KERAS_FILE):
        if os.path.islink(folder / name):
            raise ModelError(
                f"{folder / name} is a link to another file, which a model's files never are.",
                "Copy the file itself to its place.",
            )
