"""Near copies among many pictures: found without comparing all pairs, against comparing all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from resnet_gui.data.doctor import likeness
from resnet_gui.data.doctor.likeness import SIDE, SIGNATURE, alike_pairs, signature
from resnet_gui.progress import unreported
from tests.data.doctor.conftest import photo


def all_pairs(signatures):
    """Return what an exhaustive comparison finds."""
    bright = signatures[:, : SIDE * SIDE].astype(np.float64)
    alike = np.triu(np.corrcoef(bright) >= likeness._LEAST_CORRELATION, 1)
    return set(map(tuple, np.argwhere(alike).tolist()))


def many(count, copies, noise, base_share=0.0, seed=0):
    """Return signatures of `count` pictures that share a motif, and of noisy copies of the first ones."""
    random = np.random.default_rng(seed)
    coarse = random.normal(0, 40, (count, 8, 8))
    motif = random.normal(0, 40, (8, 8))
    values = 128 + (1 - base_share) * coarse + base_share * motif
    values = np.kron(values, np.ones((4, 4)))
    values = np.concatenate([values, values[:copies] + random.normal(0, noise, (copies, SIDE, SIDE))])
    bright = np.clip(values, 0, 255).astype(np.uint8).reshape(len(values), -1)
    return np.concatenate([bright, np.full((len(bright), SIGNATURE - SIDE * SIDE), 128, np.uint8)], axis=1)


@pytest.mark.parametrize(("count", "base_share"), [(300, 0.0), (1500, 0.0), (1500, 0.7)])
def test_the_short_way_finds_what_the_long_way_finds(count, base_share):
    signatures = many(count, copies=100, noise=2.0, base_share=base_share)
    found = set(map(tuple, alike_pairs(signatures, unreported).tolist()))
    expected = all_pairs(signatures)
    assert {(number, count + number) for number in range(100)} <= expected
    assert found <= expected
    assert len(found) >= 0.95 * len(expected)


def test_far_fewer_pairs_are_looked_at_than_there_are():
    hashes = np.random.default_rng(0).integers(0, 2**63, 20_000, np.uint64)
    looked_at = sum(len(first) for first, _ in likeness._candidates(hashes, unreported))
    assert looked_at < 0.002 * 20_000**2 / 2


def test_many_pictures_of_one_kind_end_too(monkeypatch):
    monkeypatch.setattr(likeness, "_MOST_PAIRS", 500_000)
    hashes = np.full(5000, 0xABCDEF, np.uint64)
    looked_at = sum(len(first) for first, _ in likeness._candidates(hashes, unreported))
    assert 5000 < looked_at <= 500_000


@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_have_no_pairs(count):
    assert alike_pairs(np.zeros((count, SIGNATURE), np.uint8), unreported).shape == (0, 2)


def test_the_signature_is_of_brightness_and_colour():
    seen = signature(Image.new("RGB", (500, 300), (255, 0, 0)))
    brightness, blue, red = Image.new("RGB", (1, 1), (255, 0, 0)).convert("YCbCr").getpixel((0, 0))
    assert set(seen[: SIDE * SIDE].tolist()) == {brightness}
    assert set(map(tuple, seen[SIDE * SIDE :].reshape(-1, 2).tolist())) == {(blue, red)}


def test_different_photos_are_not_alike():
    signatures = np.array([signature(photo(seed)) for seed in range(60)])
    assert not len(alike_pairs(signatures, unreported))
