"""A run whose network never learned anything: `python -m benchmarks._seeded_run RUNS_FOLDER NAME [small]`.

A ResNet50 for 224 pixels, or a narrow ResNet-18 for 32. Its weights are random but for their seed, which takes a
network as long as if it had learned.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks._report import report


def main(runs: Path, name: str, small: bool) -> None:
    import keras

    from resnet_gui.data.images import Geometry
    from resnet_gui.inference.bundle import BundleDescription
    from resnet_gui.inference.export import export_model
    from resnet_gui.models.registry import NetworkOptions, find_network
    from resnet_gui.runs.config import TrainingConfig
    from resnet_gui.runs.store import RunStore

    network, size, classes, width = ("resnet18", 32, 100, 16) if small else ("resnet50", 224, 1000, 0)
    run = RunStore(runs).create(TrainingConfig(network=network, input_size=size), name)
    spec = find_network(network)
    keras.utils.set_random_seed(0)
    description = BundleDescription(
        title=name,
        network=spec.title,
        class_names=tuple(f"class {number}" for number in range(classes)),
        geometry=Geometry(size),
    )
    options = NetworkOptions(native_size=size, input_size=size, classes=classes, width=width)
    export_model(spec.build(options), description, run.model_folder)
    report(str(run.model_folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:] == ["small"])
