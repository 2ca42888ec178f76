"""Thumbnails on disk: found again, made anew when the picture changes, of limited size."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_gui.data import thumbnail_cache
from resnet_gui.data.thumbnail_cache import ThumbnailCache
from resnet_gui.errors import ImageError
from resnet_gui.paths import cache_folder


def photo(path: Path, seed: int = 0, size: tuple[int, int] = (300, 200)) -> Path:
    """Write a picture of noise, whose file is large."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path


def kept() -> list[Path]:
    return sorted((cache_folder() / "thumbnails").glob("*"))


def test_a_thumbnail_is_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = photo(tmp_path / "a.png")
    first = ThumbnailCache(32).thumbnail(picture)
    assert first.size == (32, 21)
    assert len(kept()) == 1
    opened: list[Path] = []
    monkeypatch.setattr(
        thumbnail_cache, "open_picture", lambda path, at_least=0: opened.append(path) or Image.open(path).convert("RGB")
    )
    again = ThumbnailCache(32).thumbnail(picture)
    assert opened == kept(), "the picture itself is not decoded again"
    assert np.abs(np.asarray(again).astype(int) - np.asarray(first)).mean() < 12


def test_a_changed_picture_gets_another(tmp_path: Path) -> None:
    cache, picture = ThumbnailCache(32), photo(tmp_path / "a.png")
    cache.thumbnail(picture)
    Image.new("RGB", (300, 200), "red").save(picture.with_suffix(".bmp"))
    picture.with_suffix(".bmp").replace(picture)
    assert cache.thumbnail(picture).getpixel((5, 5)) == (255, 0, 0)


def test_small_files_pasted_pictures_and_other_sizes(tmp_path: Path) -> None:
    small = photo(tmp_path / "small.png", size=(20, 10))
    assert ThumbnailCache(32).thumbnail(small).size == (20, 10)
    assert ThumbnailCache(8).thumbnail(small.read_bytes()).size == (8, 4)
    assert kept() == []
    large = photo(tmp_path / "large.png")
    assert [ThumbnailCache(size).thumbnail(large).width for size in (32, 16, 32)] == [32, 16, 32]
    assert len(kept()) == 2


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = ThumbnailCache(64, limit=12_000)
    pictures = [photo(tmp_path / f"{number}.png", number) for number in range(12)]
    for number, picture in enumerate(pictures[:3]):
        cache.thumbnail(picture)
        os.utime(kept_of(cache, picture), ns=(number, number))
    cache.thumbnail(pictures[0])  # looked at again
    for picture in pictures[3:]:
        cache.thumbnail(picture)
        cache.thumbnail(pictures[0])
    assert sum(file.stat().st_size for file in kept()) <= 12_000
    assert kept_of(cache, pictures[0]).exists()
    assert not kept_of(cache, pictures[1]).exists()


def kept_of(cache: ThumbnailCache, picture: Path) -> Path:
    file = cache._file_of(picture)
    assert file
    return file


def test_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    picture = photo(tmp_path / "a.png")
    ThumbnailCache(32).thumbnail(picture)
    (file,) = kept()
    file.write_bytes(b"")
    assert ThumbnailCache(32).thumbnail(picture).size == (32, 21)
    assert file.stat().st_size > 0


def test_without_a_place_to_keep_them_there_are_thumbnails_too(tmp_path: Path) -> None:
    (cache_folder() / "thumbnails").write_text("in the way")
    assert ThumbnailCache(32).thumbnail(photo(tmp_path / "a.png")).size == (32, 21)


def test_what_is_no_picture_has_its_reason(tmp_path: Path) -> None:
    text = tmp_path / "a.png"
    text.write_text("text " * 10_000)
    for source, reason in ((text, "text"), (tmp_path / "missing.png", "does not exist")):
        with pytest.raises(ImageError, match=reason):
            ThumbnailCache(32).thumbnail(source)
