"""This program's input pipeline, nothing taking what it brings: `python -m benchmarks._our_pipeline`."""

from __future__ import annotations

import numpy as np

from benchmarks._pipeline_cases import CASES, CROP, MIXUP, ROTATION, ZOOM, Case, images_per_second
from benchmarks._report import report
from resnet_gui.data.dataset import Split
from resnet_gui.training.augment import Augmentation
from resnet_gui.training.batches import training_batches


def measured(case: Case) -> float:
    split = Split(*case.pictures(), np.arange(case.count))
    augmentation = Augmentation(
        flip=case.moved,
        crop=CROP * case.moved,
        zoom=ZOOM * case.warped,
        rotation=ROTATION * case.warped,
        mixup=MIXUP * case.mixed,
    )
    return images_per_second(lambda epoch: training_batches(split, case.batch_size, 0, epoch, augmentation), case.count)


report({name: measured(case) for name, case in CASES.items()})
