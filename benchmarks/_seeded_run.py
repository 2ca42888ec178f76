"""A run whose ResNet50 never learned anything: `python -m benchmarks._seeded_run RUNS_FOLDER NAME`.

Its weights are random but for their seed, which takes a network as long as if it had learned.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks._report import report

SIZE = 224
CLASSES = 1000


def main(runs: Path, name: str) -> None:
    import keras

    from resnet_gui.data.images import Geometry
    from resnet_gui.inference.bundle import BundleDescription
    from resnet_gui.inference.export import export_model
    from resnet_gui.models.registry import NetworkOptions, find_network
    from resnet_gui.runs.config import TrainingConfig
    from resnet_gui.runs.store import RunStore

    run = RunStore(runs).create(TrainingConfig(network="resnet50", input_size=SIZE), name)
    spec = find_network("resnet50")
    keras.utils.set_random_seed(0)
    description = BundleDescription(
        title=name,
        network=spec.title,
        class_names=tuple(f"class {number}" for number in range(CLASSES)),
        geometry=Geometry(SIZE),
    )
    export_model(
        spec.build(NetworkOptions(native_size=SIZE, input_size=SIZE, classes=CLASSES)), description, run.model_folder
    )
    report(str(run.model_folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
