"""The ImageNet weights that Keras publishes: where they are and how to know them.

Addresses and checksums are those of `keras.applications`; sizes are those its downloads show.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnet_gui.data.download import RemoteFile

_ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications"
_NAME = "_weights_tf_dim_ordering_tf_kernels"


@dataclass(frozen=True, slots=True)
class PublishedWeights:
    """One network's weights.

    Attributes:
        base: the file without the head.
        whole: the file with the head for ImageNet's 1000 classes.
        head: shapes of the kernels of the head, from the features on.
    """

    base: RemoteFile
    whole: RemoteFile
    head: tuple[tuple[int, int], ...]


def _file(folder: str, name: str, size: int, md5: str, tolerance: int = 0) -> RemoteFile:
    return RemoteFile(f"{_ADDRESS}/{folder}/{name}", name, size, f"md5:{md5}", tolerance)


_RESNET_HEAD = ((2048, 1000),)

PUBLISHED_WEIGHTS: dict[str, PublishedWeights] = {
    "resnet50": PublishedWeights(
        _file("resnet", f"resnet50{_NAME}_notop.h5", 94_765_736, "4d473c1dd8becc155b73f8504c6f6626"),
        _file("resnet", f"resnet50{_NAME}.h5", 102_967_424, "2cb95161c43110f7111970584f804107"),
        _RESNET_HEAD,
    ),
    "resnet101": PublishedWeights(
        _file("resnet", f"resnet101{_NAME}_notop.h5", 171_446_536, "88cf7a10940856eca736dc7b7e228a21"),
        _file("resnet", f"resnet101{_NAME}.h5", 179_648_224, "f1aeb4b969a6efcfb50fad2f0c20cfc5"),
        _RESNET_HEAD,
    ),
    "resnet152": PublishedWeights(
        _file("resnet", f"resnet152{_NAME}_notop.h5", 234_698_864, "ee4c566cf9a93f14d82f913c2dc6dd0c"),
        # As much larger than its base as the two above; to the byte it is known to nobody here.
        _file("resnet", f"resnet152{_NAME}.h5", 242_900_552, "100835be76be38e30d865e96f2aaae62", tolerance=1_000_000),
        _RESNET_HEAD,
    ),
    "vgg16": PublishedWeights(
        _file("vgg16", f"vgg16{_NAME}_notop.h5", 58_889_256, "6d6bbae143d832006294945121d1f1fc"),
        _file("vgg16", f"vgg16{_NAME}.h5", 553_467_096, "64373286793e3c8b2b4e3219cbf3544b"),
        ((25_088, 4096), (4096, 4096), (4096, 1000)),
    ),
}
"""By NetworkSpec.imagenet_weights."""
