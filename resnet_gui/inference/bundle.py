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
from resnet_gui.data.images import Geometry
from resnet_gui.errors import ModelError
from resnet_gui.inference.calibration import HIGHEST, LOWEST
from resnet_gui.inference.familiarity import Familiarity

FORMAT_VERSION = 1
DESCRIPTION_FILE = "model.json"


class BundleDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What model.json says.

    Attributes:
        title: shown in the model chooser.
        class_names: one a network output, in order.
        geometry: how a picture is brought to the network's N x N.
        trained_on: name of the data.
        temperature: what the logits are divided by so that the probabilities mean what they say; see calibration.py.
        familiarity: what the pictures it was trained on look like, None if nobody found out.
    """

    format_version: int = FORMAT_VERSION
    title: str
    network: str
    class_names: tuple[str, ...]
    geometry: Geometry
    trained_on: str = ""
    temperature: Annotated[float, msgspec.Meta(ge=LOWEST, le=HIGHEST)] = 1.0
    familiarity: Familiarity | None = None


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
        try:
            content = (folder / DESCRIPTION_FILE).read_bytes()
            if msgspec.json.decode(content, type=_Version).format_version > FORMAT_VERSION:
                raise ModelError(f"{folder} was made by a newer version.", "Update the program to use it.")
            description = msgspec.json.decode(content, type=BundleDescription)
        except OSError as error:
            raise ModelError(
                f"{path} holds no model.", "Choose a run that has finished, or a folder with a model.json."
            ) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ModelError(f"{folder / DESCRIPTION_FILE} is damaged: {error}.") from error
        bundle = cls(folder, description)
        for part in (bundle.network_file, bundle.weights_file):
            if not os.path.isfile(part):
                raise ModelError(f"The model in {folder} is incomplete: {part.name} is missing.")
        return bundle

    @property
    def network_file(self) -> Path:
        """The IR's layers."""
        return self.folder / "model.xml"

    @property
    def weights_file(self) -> Path:
        """The IR's weights."""
        return self.folder / "model.bin"


def write_description(folder: Path, description: BundleDescription) -> None:
    """Write model.json. Done last, it marks the bundle as complete."""
    write_atomically(folder / DESCRIPTION_FILE, msgspec.json.format(msgspec.json.encode(description)))
