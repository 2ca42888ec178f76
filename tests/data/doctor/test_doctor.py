"""Each thing that can be wrong with pictures is found, and nothing is found where nothing is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from resnet_gui.data import decoding
from resnet_gui.data.dataset import LabelledPictures, split_dataset
from resnet_gui.data.doctor.diagnosis import diagnose
from resnet_gui.data.doctor.facts import examine
from resnet_gui.data.doctor.findings import Kind, Severity, Side
from resnet_gui.data.folder import load_folder
from resnet_gui.data.images import Geometry
from resnet_gui.errors import CancelledError
from tests.data.doctor.conftest import photo, save

SMALL = Geometry(64)


def opened(path):
    with Image.open(path) as picture:
        picture.load()
        return picture.copy()


def dataset_of(root, left_out=(), pattern="", share=0.2, seed=0):
    return split_dataset(load_folder(root, SMALL), share, 0, seed, left_out, pattern)


def diagnosed(root, **options):
    balanced = options.pop("balanced", False)
    dataset = dataset_of(root, **options)
    return diagnose(examine(dataset, root), dataset, options.get("pattern", ""), balanced)


def only(findings, kind):
    (finding,) = [finding for finding in findings if finding.kind is kind]
    return finding


def names_of(finding):
    return [{one.name for one in together} for together in finding.sets]


def test_nothing_is_found_in_a_healthy_set(root):
    assert diagnosed(root) == []


@pytest.mark.parametrize("form", ["same bytes", "png of the same pixels", "q30", "half", "brighter", "grey as colour"])
def test_copies_in_one_class_are_found(root, form):
    original, copy = root / "cat" / "3.png", root / "cat" / "copy.png"
    picture = opened(original)
    match form:
        case "same bytes":
            copy.write_bytes(original.read_bytes())
        case "png of the same pixels":
            save(picture, copy, compress_level=1)
        case "q30":
            copy = save(picture, root / "cat" / "copy.jpg", quality=30)
        case "half":
            save(picture.resize((48, 48), Image.Resampling.LANCZOS), copy)
        case "brighter":
            save(Image.eval(picture, lambda value: round(0.9 * value + 10)), copy)
        case "grey as colour":
            save(picture.convert("L"), original)
            save(picture.convert("L").convert("RGB"), copy)
    finding = only(
        [finding for finding in diagnosed(root) if finding.kind in (Kind.BOTH_SIDES, Kind.DUPLICATES)],
        Kind.DUPLICATES if both_on_one_side(root, "cat/3.png", f"cat/{copy.name}") else Kind.BOTH_SIDES,
    )
    assert names_of(finding) == [{"cat/3.png", f"cat/{copy.name}"}]
    assert len(finding.leave_out) == 1
    if form == "half":
        assert finding.leave_out == (f"cat/{copy.name}",), "the larger one is the one to keep"


def both_on_one_side(root, *names):
    dataset = dataset_of(root)
    return len({dataset.names.index(name) in dataset.train.indices for name in names}) == 1


def test_a_copy_on_the_other_side_of_the_split_is_serious(root):
    for number in range(20):
        (root / "dog" / f"copy {number}.png").write_bytes((root / "dog" / f"{number}.png").read_bytes())
    findings = diagnosed(root)
    across, within = only(findings, Kind.BOTH_SIDES), only(findings, Kind.DUPLICATES)
    assert (across.severity, within.severity) == (Severity.SERIOUS, Severity.WARNING)
    assert len(across.sets) + len(within.sets) == 20
    for together in across.sets:
        assert {one.side for one in together} == {Side.TRAINING, Side.VALIDATION}
    for together in within.sets:
        assert len({one.side for one in together}) == 1
    cured = diagnosed(root, left_out=(*across.leave_out, *within.leave_out))
    assert cured == []


def test_the_same_picture_in_two_classes_is_most_serious(root):
    (root / "dog" / "cat.png").write_bytes((root / "cat" / "3.png").read_bytes())
    first, *_ = diagnosed(root)
    assert (first.kind, first.severity) == (Kind.CONTRADICTION, Severity.SERIOUS)
    assert {one.class_name for one in first.pictures} == {"cat", "dog"}
    assert set(first.leave_out) == {"cat/3.png", "dog/cat.png"}
    assert diagnosed(root, left_out=first.leave_out) == []


def test_copies_of_copies_are_one_set(root):
    for number in range(6):
        (root / "cat" / f"copy {number}.png").write_bytes((root / "cat" / "3.png").read_bytes())
    save(opened(root / "cat" / "3.png"), root / "cat" / "nearly.jpg", quality=40)
    (finding,) = diagnosed(root)
    assert len(finding.sets) == 1
    assert len(finding.pictures) == 8
    assert len(finding.leave_out) == 7


def test_the_same_shapes_in_another_colour_are_no_copy(root):
    red, green, blue = opened(root / "cat" / "3.png").split()
    save(Image.merge("RGB", (blue, red, green)), root / "cat" / "other.png")
    assert diagnosed(root) == []


def test_pictures_of_one_colour_are_found_and_are_no_copies(root):
    save(Image.new("RGB", (50, 50), "black"), root / "cat" / "black.png")
    save(Image.new("RGB", (50, 50), "black"), root / "dog" / "black.png")
    save(Image.new("L", (50, 50), 200), root / "dog" / "lens cap.jpg", quality=20)
    finding = only(diagnosed(root), Kind.ONE_COLOUR)
    assert finding.severity is Severity.WARNING
    assert set(finding.leave_out) == {"cat/black.png", "dog/black.png", "dog/lens cap.jpg"}
    assert not [found for found in diagnosed(root) if found.kind in (Kind.CONTRADICTION, Kind.DUPLICATES)]


def test_files_that_cannot_be_read_are_told_with_reasons(root):
    (root / "cat" / "notes.jpg").write_text("text")
    (root / "dog" / "empty.png").write_bytes(b"")
    finding = only(diagnosed(root), Kind.UNREADABLE)
    assert finding.severity is Severity.NOTE
    assert [(one.name, one.note, one.position) for one in finding.pictures] == [
        ("cat/notes.jpg", "is not a picture (text)", -1),
        ("dog/empty.png", "is empty (0 bytes)", -1),
    ]


def test_small_classes_are_told(root):
    for number in range(7):
        save(photo(900 + number), root / "bird" / f"{number}.png")
    finding = only(diagnosed(root, balanced=True), Kind.FEW)
    assert finding.severity is Severity.WARNING
    assert [(one.class_name, one.note) for one in finding.pictures] == [("bird", "7 pictures")]


def test_a_class_that_is_never_validated_is_serious(root):
    save(photo(900), root / "bird" / "1.png")
    finding = only(diagnosed(root, balanced=True), Kind.FEW)
    assert finding.severity is Severity.SERIOUS
    assert [one.note for one in finding.pictures] == ["1 picture, none to validate"]


def test_unequal_classes_are_told_until_they_are_balanced(root):
    for number in range(60):
        save(photo(900 + number), root / "dog" / f"more {number}.png")
    finding = only(diagnosed(root), Kind.IMBALANCE)
    assert "3.4 times" in finding.title
    assert '"dog" is right 77% of the time' in finding.explanation.replace("always says ", "").replace(
        'network that "dog"', '"dog"'
    )
    assert finding.settings == {"class_weights": "balanced"}
    assert diagnosed(root, balanced=True) == []


def test_sizes_that_are_mixed_are_a_note_and_those_that_tell_the_class_a_warning(root):
    for number in range(0, 25, 2):
        for name in ("cat", "dog"):
            picture = opened(root / name / f"{number}.png")
            save(picture.resize((480, 400), Image.Resampling.BICUBIC), root / name / f"{number}.png")
    (finding,) = diagnosed(root)
    assert (finding.kind, finding.severity) == (Kind.SIZES, Severity.NOTE)
    assert "96 to 400 pixels" in finding.title
    assert finding.pictures[0].note == "96 x 96"
    assert finding.pictures[-1].note == "480 x 400"
    for number in range(25):
        picture = opened(root / "dog" / f"{number}.png")
        save(picture.resize((480, 400), Image.Resampling.BICUBIC), root / "dog" / f"{number}.png")
        picture = opened(root / "cat" / f"{number}.png")
        save(picture.resize((96, 96), Image.Resampling.BICUBIC), root / "cat" / f"{number}.png")
    (finding,) = diagnosed(root)
    assert (finding.kind, finding.severity) == (Kind.SIZES, Severity.WARNING)


def test_pictures_much_smaller_than_the_input_are_told(root):
    picture = opened(root / "cat" / "3.png").resize((30, 30), Image.Resampling.BICUBIC)
    save(picture, root / "cat" / "3.png")
    (finding,) = diagnosed(root)
    assert finding.kind is Kind.SMALL
    assert [(one.name, one.note) for one in finding.pictures] == [("cat/3.png", "30 x 30")]


@pytest.mark.parametrize(("classes", "severity"), [(("cat", "dog"), Severity.NOTE), (("cat",), Severity.WARNING)])
def test_grey_among_coloured_pictures_is_told(root, classes, severity):
    for name in classes:
        for number in range(25 if len(classes) == 1 else 12):
            save(opened(root / name / f"{number}.png").convert("L"), root / name / f"{number}.png")
    (finding,) = diagnosed(root)
    assert (finding.kind, finding.severity) == (Kind.COLOURS, severity)
    assert "grey" in finding.explanation
    assert "coloured" in finding.explanation


def test_parted_groups_are_found_and_kept_together_after_that(root):
    for name in ("cat", "dog"):
        for number in range(25):
            path = root / name / f"{number}.png"
            path.rename(path.with_name(f"animal{number // 3}_{name}_{number}.png"))
    finding = only(diagnosed(root), Kind.GROUPS)
    assert finding.severity is Severity.WARNING
    assert finding.settings == {"group_pattern": r"(animal\d+)_"}
    for together in finding.sets:
        assert {one.side for one in together} == {Side.TRAINING, Side.VALIDATION}
    assert diagnosed(root, pattern=finding.settings["group_pattern"]) == []
    assert diagnosed(root, share=0.0) == []


def test_copies_in_the_test_split_are_found_and_the_others_left_out():
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (60, 32, 32, 3), np.uint8)
    pictures = LabelledPictures(
        name="with a test split",
        class_names=("a", "b"),
        geometry=Geometry(32),
        pixels=pixels,
        labels=np.arange(60) % 2,
        test_pixels=np.concatenate([random.integers(0, 256, (30, 32, 32, 3), np.uint8), pixels[[4, 8]]]),
        test_labels=np.concatenate([np.arange(30) % 2, [0, 0]]),
    )
    dataset = split_dataset(pictures, 0.2, 0, 0)
    (finding,) = diagnose(examine(dataset), dataset)
    assert finding.kind is Kind.BOTH_SIDES
    assert names_of(finding) == [{"picture 5", "test picture 31"}, {"picture 9", "test picture 32"}]
    assert finding.leave_out == ("picture 5", "picture 9")
    assert finding.pictures[1].side is Side.TEST


# How it goes about it


def test_the_facts_are_of_all_pictures_so_that_leaving_out_and_back_needs_no_other_look(root):
    (root / "dog" / "cat.png").write_bytes((root / "cat" / "3.png").read_bytes())
    without = dataset_of(root, left_out=("cat/3.png",))
    facts = examine(without, root)
    assert diagnose(facts, without) == []
    assert only(diagnose(facts, dataset_of(root)), Kind.CONTRADICTION)


def test_pixels_are_not_decoded_again_and_files_not_changed(root, monkeypatch):
    dataset = dataset_of(root)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*.png")}
    monkeypatch.delattr(decoding, "read_image")
    diagnose(examine(dataset, root), dataset)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*.png")} == before


def test_files_that_are_gone_meanwhile_do_no_harm(root):
    dataset = dataset_of(root)
    for path in root.rglob("*.png"):
        path.unlink()
    assert diagnose(examine(dataset, root), dataset) == []


def test_progress_is_told_stage_by_stage(root):
    told = []
    examine(dataset_of(root), root, lambda *progress: told.append(progress))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == ["Looking at pictures", "Comparing pictures"]
    for stage in ("Looking at pictures", "Comparing pictures"):
        amounts = [(done, total) for name, done, total in told if name == stage]
        assert amounts == sorted(amounts)
        assert amounts[0][0] == 0
        assert amounts[-1][0] == amounts[-1][1]


@pytest.mark.parametrize("stage", ["Looking at pictures", "Comparing pictures"])
def test_it_can_be_cancelled_in_every_stage(root, stage):
    def report(name, done, total):
        if name == stage:
            raise CancelledError

    with pytest.raises(CancelledError):
        examine(dataset_of(root), root, report)


@pytest.mark.realdata
def test_real_pictures_give_no_false_alarm(real_data):
    """600 X-rays look much alike, and the photos are quite different: no two of them are copies."""
    dataset = split_dataset(load_folder(real_data / "chest_xray", SMALL), 0.2, 0, 0)
    assert not len(examine(dataset).alike)
