"""How long the first picture takes: `python -m benchmarks.first_answer`."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from PIL import Image

from benchmarks._common import print_header, run_program, spread, workplace
from resnet_gui import paths
from resnet_gui.data.shapes import draw_shape
from resnet_gui.gui.window_settings import WindowSettings

_PHOTO_SIZE = (500, 375)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the time from process start to a picture's top-5.")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many pairs; default: 5")
    arguments = parser.parse_args()
    with workplace() as folder:
        print_header("From process start to the first picture's five classes, ResNet50 at 224 pixels")
        _, model = run_program([sys.executable, "-m", "benchmarks._seeded_run", folder / "runs", "seeded"])
        WindowSettings(paths.settings_file()).model = "seeded"
        photo = folder / "photo.jpg"
        _draw_photo(photo)
        window = [sys.executable, "-m", "benchmarks._reporting_window", "answered", "--runs", folder / "runs", photo]
        plain = [sys.executable, "-m", "benchmarks._plain_keras", Path(model) / "model.keras", photo]
        answers = [run_program(command)[1] for command in (window, plain)]  # fills the file cache; not counted
        pairs = [(run_program(window)[0], run_program(plain)[0]) for _ in range(arguments.times)]
        by_window, by_script = zip(*pairs, strict=True)
        print(f"bars painted in the window after {spread(by_window, ' s')}; target 2.0 s")
        print(f"printed by a plain Keras script after {spread(by_script, ' s')}")
        ratio = statistics.median(script / window for window, script in pairs)
        print(f"the window answers {ratio:.1f} times as soon (median of the pairs)")
        heavy = ", ".join(answers[0]["heavy_modules"]) or "neither"
        print(f"imported by the window, of TensorFlow and Keras: {heavy}")
        print(f"the window's answer:   {answers[0]['words']}\nthe script's answer:   {'; '.join(answers[1])}")


def _draw_photo(path: Path) -> None:
    """Write a JPEG of a camera's proportions."""
    width, height = _PHOTO_SIZE
    top = (width - height) // 2
    picture: Image.Image = draw_shape("star", seed=1, size=width).crop((0, top, width, top + height))
    picture.save(path, quality=90)


if __name__ == "__main__":
    main()
