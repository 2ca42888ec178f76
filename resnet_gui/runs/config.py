"""TrainingConfig: every setting of a training, described once.

The form, the command line's flags and the checks are all made from the annotations below: title is the
label, description the tooltip and the flag's help, the limits are enforced by `validated`.
"""

from __future__ import annotations

import os
from typing import Annotated, Literal

import msgspec

from resnet_gui.data.dataset import ImageDataset, LabelledPictures, split_dataset
from resnet_gui.data.group_pattern import compile_pattern
from resnet_gui.data.images import Fit
from resnet_gui.data.sources import DataRequest
from resnet_gui.errors import ConfigError, DataError
from resnet_gui.runs.settings import Group, Setting, about, check_value, described_settings

Source = Literal["cifar100", "folder", "shapes"]
LabelSet = Literal["fine", "coarse"]
Stem = Literal["auto", "cifar", "imagenet"]
Preprocessing = Literal["auto", "means", "zero_to_one", "minus_one_to_one"]
Head = Literal["own", "pool", "dense128"]
Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "one_cycle", "plateau"]
Precision = Literal["auto", "float32", "bfloat16"]
ClassWeights = Literal["none", "balanced"]

IMAGENET = "imagenet"
"""What `start_from` says for the weights that Keras publishes."""


class TrainingConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one training. Immutable; `validated` checks the limits."""

    # A table, one entry a setting.
    # fmt: off
    source: Annotated[Source, about(
        Group.DATA, "Data",
        "Where the pictures come from: CIFAR-100, a folder with one sub-folder per class, or generated demo shapes "
        "that need no download.",
    )] = "shapes"
    folder: Annotated[str, about(
        Group.DATA, "Folder",
        "The folder with one sub-folder of pictures per class.",
    )] = ""
    archive: Annotated[str, about(
        Group.DATA, "CIFAR-100 archive",
        "cifar-100-python.tar.gz, or the folder it was unpacked to. Empty: download it once.",
    )] = ""
    labels: Annotated[LabelSet, about(
        Group.DATA, "Labels",
        "CIFAR-100's 100 fine classes, or its 20 coarse superclasses.",
    )] = "fine"
    fit: Annotated[Fit, about(
        Group.DATA, "Fit",
        "How a picture becomes square: crop cuts the edges off the longer side, squash presses the whole picture into "
        "the square.",
    )] = "crop"
    group_pattern: Annotated[str, about(
        Group.DATA, "Keep together",
        "Pictures that belong together, such as those of one patient, must not be learned from and validated on at "
        "once. A regular expression whose brackets hold what their names have in common: (person\\d+)_ keeps "
        "person12_virus_3.jpeg and person12_virus_4.jpeg on one side. Empty: each picture stands alone.",
        metavar="PATTERN",
    )] = ""
    left_out: Annotated[tuple[str, ...], about(
        Group.DATA, "Left out",
        "Pictures that are not used, by their names; the files stay as they are.",
        flag="leave-out",
    )] = ()
    network: Annotated[str, about(
        Group.NETWORK, "Network",
        "The architecture that is trained.",
        choices="networks",
    )] = "resnet18"
    input_size: Annotated[int, about(
        Group.NETWORK, "Input size",
        "Width and height, in pixels, of the pictures as the network sees them. Smaller is much faster; larger shows "
        "finer detail.",
        ge=32, le=224, step=32, suffix=" px",
    )] = 32
    stem: Annotated[Stem, about(
        Group.NETWORK, "Stem",
        "The first layers of a ResNet. cifar: a 3x3 convolution that keeps small pictures as they are; imagenet: a "
        "7x7 convolution and pooling that make them four times smaller at once; auto: what the network is known with.",
    )] = "auto"
    width: Annotated[int, about(
        Group.NETWORK, "Width",
        "Filters of the first stage of ResNet-18 and ResNet-34; each later stage has twice as many. 64 is the "
        "paper's, 32 is about three times as fast.",
        ge=0, le=256, step=16, zero="as usual",
    )] = 0
    preprocessing: Annotated[Preprocessing, about(
        Group.NETWORK, "Preprocessing",
        "What becomes of the pixels' values 0-255 inside the model. means: blue, green, red with ImageNet's means "
        "subtracted; zero_to_one: divided by 255; minus_one_to_one; auto: what the network is known with.",
    )] = "auto"
    epochs: Annotated[int, about(
        Group.TRAINING, "Epochs",
        "How often the network sees every training picture. More learns more, until it overfits.",
        ge=1, le=10_000,
    )] = 10
    batch_size: Annotated[int, about(
        Group.TRAINING, "Batch size",
        "Pictures per step. Larger batches need more memory and give smoother curves.",
        ge=1, le=4096, step=8,
    )] = 32
    learning_rate: Annotated[float, about(
        Group.TRAINING, "Learning rate",
        "How far each step moves the weights; with a schedule, the highest it comes to. Too high and the loss jumps "
        "or grows, too low and nothing seems to happen.",
        gt=0.0, le=10.0, decimals=6,
    )] = 0.001
    optimizer: Annotated[Optimizer, about(
        Group.TRAINING, "Optimizer",
        "The rule for moving the weights: Adam adapts each weight's step, AdamW is meant to be used with weight "
        "decay, SGD (with Nesterov momentum 0.9) moves all alike.",
    )] = "adam"
    schedule: Annotated[Schedule, about(
        Group.TRAINING, "Schedule",
        "How the learning rate changes: constant; cosine: falls smoothly to 0; one_cycle: rises over the first "
        "quarter and falls to 0, which lets a short training use a high rate; plateau: falls to a fifth whenever the "
        "validation loss has stopped falling.",
    )] = "constant"
    warmup_epochs: Annotated[int, about(
        Group.TRAINING, "Warm-up",
        "Epochs over which the rate rises from almost 0 before a constant, cosine or plateau schedule begins.",
        ge=0, le=100, zero="none", suffix=" epochs",
    )] = 0
    plateau_patience: Annotated[int, about(
        Group.TRAINING, "Plateau patience",
        "With the plateau schedule: epochs without a lower validation loss before the rate falls.",
        ge=1, le=100, suffix=" epochs",
    )] = 3
    early_stopping: Annotated[int, about(
        Group.TRAINING, "Early stopping",
        "End the training after this many epochs without a better validation top-1. The best epoch is kept in any "
        "case.",
        ge=0, le=1000, zero="off", suffix=" epochs",
    )] = 0
    precision: Annotated[Precision, about(
        Group.TRAINING, "Precision",
        "Numbers the network calculates with: bfloat16 is about twice as fast on processors made for it, with weights "
        "kept in float32; auto uses it exactly there.",
    )] = "auto"
    mirror_averaging: Annotated[bool, about(
        Group.TRAINING, "Mirror averaging",
        "The finished model looks at every picture twice, as it is and mirrored, and averages what it sees: often a "
        "point or more of accuracy, for twice the time a picture. For networks that were trained with Flip.",
    )] = False
    validation_share: Annotated[float, about(
        Group.TRAINING, "Validation share",
        "Share of the training pictures that is held back to measure progress on pictures the network has not learned "
        "from. 0 trains on everything and keeps the last epoch.",
        ge=0.0, le=0.9, step=0.05, percent=True,
    )] = 0.2
    limit: Annotated[int, about(
        Group.TRAINING, "Use at most",
        "Use at most this many pictures, each class in proportion: for a quick try. 0 uses all.",
        ge=0, le=100_000_000, step=1000, zero="all pictures",
    )] = 0
    seed: Annotated[int, about(
        Group.TRAINING, "Seed",
        "The start of every random choice. The same seed repeats the same training.",
        ge=0, le=2**31 - 1,
    )] = 0
    start_from: Annotated[str, about(
        Group.TRANSFER, "Start from",
        "What the network knows at the start. Empty: nothing. imagenet: the published weights, learned from 1.3 "
        "million photos. Or the name of a run of yours with the same network.",
        choices="starts",
    )] = ""
    weights_file: Annotated[str, about(
        Group.TRANSFER, "Weights file",
        "The published ImageNet weights as a file on this computer (.h5). Empty: download them once.",
    )] = ""
    head: Annotated[Head, about(
        Group.TRANSFER, "Head",
        "The layers that turn features into classes. own: the network's; pool: average pooling and one layer; "
        "dense128: every feature into a layer of 128, then one of the classes.",
    )] = "own"
    freeze: Annotated[bool, about(
        Group.TRANSFER, "Train the head only",
        "Keep what the network knows and train its last layers only. Its features are calculated once, so that an "
        "epoch takes seconds.",
    )] = False
    cached_views: Annotated[int, about(
        Group.TRANSFER, "Views of a picture",
        "With a frozen network and augmentation: in how many altered forms each picture's features are kept. More "
        "differ more, take longer to prepare and more room on disk.",
        ge=1, le=32,
    )] = 4
    fine_tune_epochs: Annotated[int, about(
        Group.TRANSFER, "Fine-tuning",
        "Epochs after the head has been trained in which a part of the network learns too.",
        ge=0, le=1000, zero="none", suffix=" epochs",
    )] = 0
    fine_tune_from: Annotated[str, about(
        Group.TRANSFER, "Fine-tune from",
        "The stage of the network from which on everything learns while fine-tuning. Empty: the last stage.",
        choices="stages",
    )] = ""
    fine_tune_rate: Annotated[float, about(
        Group.TRANSFER, "Fine-tuning rate",
        "Learning rate while fine-tuning; much lower than the head's, so that nothing is forgotten.",
        gt=0.0, le=1.0, decimals=6,
    )] = 1e-5
    flip: Annotated[bool, about(
        Group.AUGMENTATION, "Flip",
        "Mirror every second picture, left to right. Not where sides matter: text.",
    )] = False
    crop: Annotated[float, about(
        Group.AUGMENTATION, "Random crop",
        "Shift pictures at random by up to this share of their size; what comes in at the edge is mirrored. The usual "
        "4 of 32 pixels are 12.5 %.",
        ge=0.0, le=0.5, step=0.025, percent=True,
    )] = 0.0
    zoom: Annotated[float, about(
        Group.AUGMENTATION, "Zoom",
        "Enlarge or reduce pictures at random by up to this share.",
        ge=0.0, le=0.5, step=0.05, percent=True,
    )] = 0.0
    rotation: Annotated[float, about(
        Group.AUGMENTATION, "Rotation",
        "Turn pictures at random by up to this many degrees either way.",
        ge=0.0, le=180.0, step=5, suffix="°",
    )] = 0.0
    shear: Annotated[float, about(
        Group.AUGMENTATION, "Shear",
        "Slant pictures at random by up to this many degrees, the measure of Keras' shear_range.",
        ge=0.0, le=45.0, step=1, suffix="°",
    )] = 0.0
    brightness: Annotated[float, about(
        Group.AUGMENTATION, "Brightness",
        "Make pictures darker or brighter at random by up to this share.",
        ge=0.0, le=0.9, step=0.05, percent=True,
    )] = 0.0
    cutout: Annotated[float, about(
        Group.AUGMENTATION, "Cut-out",
        "Cover a square of every picture with grey, so that no single part decides; its side as a share of the "
        "picture's.",
        ge=0.0, le=0.9, step=0.05, percent=True,
    )] = 0.0
    mixup: Annotated[float, about(
        Group.AUGMENTATION, "Mixup",
        "Blend every picture, and its answer, with another one; 0.2 a little, 1 anything from one to the other. "
        "Training accuracy then looks lower than it is.",
        ge=0.0, le=5.0, step=0.1,
    )] = 0.0
    weight_decay: Annotated[float, about(
        Group.REGULARIZATION, "Weight decay",
        "Shrinks every weight by this share, times the learning rate, at every step; holds back overfitting.",
        ge=0.0, le=1.0, decimals=6,
    )] = 0.0
    l2: Annotated[float, about(
        Group.REGULARIZATION, "L2 penalty",
        "Adds this much of the sum of all squared weights to the loss; an older kind of weight decay.",
        ge=0.0, le=1.0, decimals=6,
    )] = 0.0
    label_smoothing: Annotated[float, about(
        Group.REGULARIZATION, "Label smoothing",
        "Asks for a little less than certainty: this share of the answer is spread over all classes.",
        ge=0.0, le=0.9, step=0.05, percent=True,
    )] = 0.0
    clip_norm: Annotated[float, about(
        Group.REGULARIZATION, "Gradient clipping",
        "Shortens a step whose gradient is longer than this, so that one odd batch cannot ruin everything. 0: off.",
        ge=0.0, le=1000.0,
    )] = 0.0
    class_weights: Annotated[ClassWeights, about(
        Group.REGULARIZATION, "Class weights",
        "balanced: pictures of rare classes count more, so that every class counts alike.",
    )] = "none"
    weight_averaging: Annotated[float, about(
        Group.REGULARIZATION, "Weight averaging",
        "Validate, test and keep a moving average of the weights, which is steadier than the last ones: the share of "
        "the average that stays at each step, 0.99 or 0.999. 0: off.",
        ge=0.0, le=0.9999,
    )] = 0.0
    # fmt: on

    @property
    def all_epochs(self) -> int:
        """Epochs in all, fine-tuning with them."""
        return self.epochs + (self.fine_tune_epochs if self.freeze else 0)

    def data_request(self) -> DataRequest:
        """Return the part of the settings that says which pictures to load."""
        return DataRequest(
            source=self.source,
            folder=self.folder,
            archive=self.archive,
            labels=self.labels,
            input_size=self.input_size,
            fit=self.fit,
        )

    def split(self, pictures: LabelledPictures) -> ImageDataset:
        """Return the pictures that `data_request` asks for as they are trained and validated on.

        Raises:
            DataError: a class would have no picture left to train on, or the group pattern fits none.
        """
        return split_dataset(pictures, self.validation_share, self.limit, self.seed, self.left_out, self.group_pattern)


def validated(config: TrainingConfig) -> TrainingConfig:
    """Return `config`, paths absolute and names in order, if every setting is within its limits and they fit together.

    Raises:
        ConfigError: names the first setting that is not, in words.
    """
    for setting in SETTINGS.values():
        check_value(setting, getattr(config, setting.name))
    if config.source == "folder" and not config.folder:
        raise ConfigError("No folder is chosen.", "folder", "Choose a folder with one sub-folder per class.")
    if config.group_pattern:
        try:
            compile_pattern(config.group_pattern)
        except DataError as error:
            raise ConfigError(error.message, "group_pattern", error.advice) from error
    if config.freeze and not config.start_from:
        raise ConfigError(
            "A network that knows nothing cannot be frozen.",
            "freeze",
            "Choose what to start from, or train the whole network.",
        )
    if config.freeze and config.mixup:
        raise ConfigError(
            "Mixup blends pictures anew at every step, but a frozen network's features are calculated once.",
            "mixup",
            "Choose 0 for mixup, or train the whole network.",
        )
    # Absolute, so that run.json still names them when the program is started from elsewhere.
    paths = {name: _absolute(getattr(config, name)) for name in PATHS}
    return msgspec.structs.replace(config, **paths, left_out=tuple(sorted(set(config.left_out))))


PATHS = ("folder", "archive", "weights_file")
"""The settings that say where something lies on this computer."""
OF_THE_PICTURES = (*PATHS, "group_pattern", "left_out")
"""The settings that belong to somebody's pictures, whatever is done with them: no part of a recipe."""


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path)) if path else ""


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Return the number of steps an epoch has; the last batch may be smaller."""
    return -(-count // batch_size)


SETTINGS: dict[str, Setting] = described_settings(TrainingConfig)
"""Every setting of TrainingConfig by name, in the order of the form."""
