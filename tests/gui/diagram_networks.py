"""Networks as `resnet-gui-cli model --json` tells them, made up without TensorFlow."""

from __future__ import annotations

from typing import Any


def residual_network(blocks: tuple[int, ...] = (3, 4, 6, 3)) -> dict[str, Any]:
    """Return a network of bottleneck blocks with the names and the connections of Keras' ResNets."""
    layers: list[dict[str, Any]] = []

    def add(name: str, kind: str, shape: tuple[int, ...], *inputs: str, parameters: int = 0) -> str:
        layers.append({
            "name": name, "kind": kind, "output_shape": list(shape), "parameters": parameters,
            "trainable": parameters > 0, "inputs": list(inputs),
        })  # fmt: skip
        return name

    here = add("input", "InputLayer", (224, 224, 3))
    here = add("conv1_conv", "Conv2D", (112, 112, 64), here, parameters=9472)
    here = add("conv1_bn", "BatchNormalization", (112, 112, 64), here, parameters=256)
    here = add("conv1_relu", "Activation", (112, 112, 64), here)
    here = add("pool1_pool", "MaxPooling2D", (56, 56, 64), here)
    for stage, count in enumerate(blocks):
        side, filters = 56 >> stage, 64 << stage
        for block in range(count):
            stem = f"conv{stage + 2}_block{block + 1}"
            shortcut, wide = here, (side, side, 4 * filters)
            if not block:
                shortcut = add(f"{stem}_0_conv", "Conv2D", wide, here, parameters=4 * filters * filters)
                shortcut = add(f"{stem}_0_bn", "BatchNormalization", wide, shortcut, parameters=16 * filters)
            for number in (1, 2, 3):
                shape = wide if number == 3 else (side, side, filters)
                here = add(f"{stem}_{number}_conv", "Conv2D", shape, here, parameters=filters * filters)
                here = add(f"{stem}_{number}_bn", "BatchNormalization", shape, here, parameters=4 * filters)
                if number < 3:
                    here = add(f"{stem}_{number}_relu", "Activation", shape, here)
            here = add(f"{stem}_add", "Add", wide, shortcut, here)
            here = add(f"{stem}_out", "Activation", wide, here)
    here = add("avg_pool", "GlobalAveragePooling2D", (2048,), here)
    add("predictions", "Dense", (100,), here, parameters=204_900)
    parameters = sum(layer["parameters"] for layer in layers)
    return {
        "name": "resnet50", "title": "ResNet50", "layers": layers, "parameters": parameters,
        "trainable_parameters": parameters - 53_120,
    }  # fmt: skip
