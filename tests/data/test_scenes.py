"""The scenes that the program draws."""

from __future__ import annotations

import numpy as np
import pytest

from resnet_gui.data.labels import cifar100_fine_names
from resnet_gui.data.scenes import SCENES, draw_scene


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("size", [32, 321])
def test_a_scene_is_the_same_picture_every_time(name: str, size: int) -> None:
    scene = draw_scene(name, size)
    assert (scene.mode, scene.size) == ("RGB", (size, size))
    np.testing.assert_array_equal(scene, draw_scene(name, size))
    assert name in cifar100_fine_names()
