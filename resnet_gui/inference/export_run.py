"""Taking a run's model out of the program: written, opened again, compared, and only then given its name."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

from resnet_gui.atomic import new_file, new_folder
from resnet_gui.data.images import Geometry
from resnet_gui.errors import ModelError
from resnet_gui.inference.bundle import DESCRIPTION_FILE, KERAS_FILE, BundleDescription, ModelBundle
from resnet_gui.inference.export_check import CHECKED_PICTURES, largest_difference, opened_onnx
from resnet_gui.inference.export_target import ExportKind, description_beside, free_place, kind_of
from resnet_gui.inference.predictor import Predictor
from resnet_gui.runs.run import Run


class Exported(msgspec.Struct, frozen=True):
    """What was written, and how well it agrees.

    Attributes:
        target: the file or folder.
        kind: what it is.
        description: the file beside it with the class names and the rest; None for a bundle, which has its own.
        pictures: how many were compared.
        largest_difference: of any class' probability on any of them, from the network's own.
        mirror_averaging: whether this program averages over the mirror image too, which the file itself does not.
    """

    target: str
    kind: ExportKind
    description: str | None
    pictures: int
    largest_difference: float
    mirror_averaging: bool = False


class FileDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside an exported file, for whoever uses it elsewhere.

    Attributes:
        takes, gives: the network's input and output, in words.
        class_names: one an output, in order.
        geometry: how this program brings a picture to N x N.
        preprocessing_inside: what the network itself does to a picture first; nothing of it is to be done before.
        source_run: name of the run.
        mirror_averaging: the file gives the network's own probabilities; whether this program averages them with those
            of the mirrored picture.
        temperature: after that, raised to the power of one over this and divided by their sum, they are the calibrated
            ones that this program shows.
        largest_difference: of a probability from the network's own in this program, on `pictures_compared` pictures.
    """

    format_version: int = 1
    title: str
    network: str
    takes: str
    gives: str
    class_names: tuple[str, ...]
    geometry: Geometry
    preprocessing_inside: list[str]
    mirror_averaging: bool
    temperature: float
    trained_on: str
    source_run: str
    pictures_compared: int
    largest_difference: float


def export_run(run: Run, target: Path) -> Exported:
    """Write a run's model as what the target's ending asks for; nothing is left if it fails.

    Args:
        run: one with a model.
        target: see `kind_of` and `free_place`.

    Raises:
        ConfigError: the target is there already, or cannot be.
        ModelError: the run has no model, it cannot be written so, or it answers otherwise once written.
    """
    bundle = ModelBundle.open(run.folder)
    kind = kind_of(target)
    place = free_place(target, run.name)
    try:
        if kind is ExportKind.BUNDLE:
            return _export_bundle(bundle, place)
        return _export_file(run, bundle, kind, place)
    except OSError as error:
        raise ModelError(
            f"The model cannot be written to {place}: {error.strerror or error}.",
            "Check the disk's free space and that you may write there, or choose another place.",
        ) from error


def _export_bundle(bundle: ModelBundle, place: Path) -> Exported:
    """Copy a bundle. The model.keras beside it is not looked into for that, and so not handed on: it can hold code."""
    with new_folder(place) as unfinished:
        for name in (bundle.network_file.name, bundle.weights_file.name, DESCRIPTION_FILE):
            shutil.copyfile(bundle.folder / name, unfinished / name)
        copied = Predictor(ModelBundle.open(unfinished))
        size = bundle.description.geometry.size
        difference = largest_difference(Predictor(bundle).probabilities, copied.probabilities, size)
        free_place(place, "")  # new_folder would replace what came there meanwhile
    return Exported(str(place), ExportKind.BUNDLE, None, CHECKED_PICTURES, difference)


def _export_file(run: Run, bundle: ModelBundle, kind: ExportKind, place: Path) -> Exported:
    """Write one file and the description beside it."""
    if not (bundle.folder / KERAS_FILE).is_file():  # before TensorFlow takes its seconds
        raise ModelError(
            f"{bundle.folder} has no {KERAS_FILE}, which this export is made from.",
            "The model can still be exported as a folder: name one without an ending.",
        )
    from resnet_gui.inference.portable import opened_keras, preprocessing_words, rebuilt_network, write_network

    expected = Predictor(bundle).network_probabilities
    description = bundle.description
    network = rebuilt_network(run, description)
    beside = description_beside(place)
    with new_file(beside) as unfinished_words, new_file(place) as unfinished:
        write_network(network, kind, unfinished)
        given = opened_onnx(unfinished) if kind is ExportKind.ONNX else opened_keras(unfinished)
        difference = largest_difference(expected, given, description.geometry.size)
        words = _file_description(run.name, description, preprocessing_words(network), difference)
        unfinished_words.write_bytes(msgspec.json.format(msgspec.json.encode(words)) + b"\n")
    return Exported(str(place), kind, str(beside), CHECKED_PICTURES, difference, description.mirror_averaging)


def _file_description(
    run_name: str, description: BundleDescription, preprocessing: list[str], difference: float
) -> FileDescription:
    size = description.geometry.size
    return FileDescription(
        title=description.title,
        network=description.network,
        takes=f"pictures (n, {size}, {size}, 3): red, green, blue as float32 from 0 to 255",
        gives=f"probabilities (n, {len(description.class_names)}), in the order of class_names",
        class_names=description.class_names,
        geometry=description.geometry,
        preprocessing_inside=preprocessing,
        mirror_averaging=description.mirror_averaging,
        temperature=description.temperature,
        trained_on=description.trained_on,
        source_run=run_name,
        pictures_compared=CHECKED_PICTURES,
        largest_difference=difference,
    )
