"""Groups: told by names, without ever hanging, and never parted by the split."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from resnet_gui.data.dataset import LabelledPictures, split_dataset
from resnet_gui.data.group_pattern import compile_pattern, group_numbers, suggest_pattern
from resnet_gui.data.group_split import grouped_sample
from resnet_gui.data.images import Geometry
from resnet_gui.errors import ConfigError, DataError
from resnet_gui.runs.config import TrainingConfig, validated

# Patterns


def test_names_with_the_same_text_in_the_brackets_belong_together():
    names = ["a/person1_virus_1.png", "a/person12_virus_3.png", "b/person1_bacteria_2.png", "b/other.png", "b/x.png"]
    groups = group_numbers(names, r"(person\d+)_").tolist()
    assert groups[0] == groups[2]
    assert len(set(groups)) == 4
    assert set(groups) == set(range(4))


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "person",
        "(a)(b)",
        "[a",
        "(?P<x>a)",
        "(?=a)b(c)",
        r"(a)\1",
        "*(a)",
        "(a{1,99999999999999})",
        "(a" + "b" * 300,
    ],
)
def test_what_is_no_pattern_is_refused_in_words(pattern):
    with pytest.raises(DataError, match="group pattern") as caught:
        compile_pattern(pattern)
    assert caught.value.advice
    with pytest.raises(ConfigError) as refused:
        validated(TrainingConfig(group_pattern=pattern))
    assert refused.value.field == "group_pattern"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:a+)+(b)", r"((?:a|aa)+)b", r"(?:a*)*(b)", r"(?:(?:a?){30}a{30})(b)", r"(a*?)*b", r"(?:a+){20}(b)",
        r"a*a*a*a*a*a*(b)", "a?" * 30 + "(b)", "(?:a|b)" * 30 + "(c)", r"(?:\w+\s?)*(_)", r"(\w+\s*)+$",
    ],
)  # fmt: skip
def test_patterns_that_could_take_forever_are_refused(pattern):
    with pytest.raises(DataError, match="group pattern"):
        group_numbers(["a" * 60 + "!"] * 3, pattern)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", [r".*.*.*(x)y", r".*(a*)a*b", r"(?:a?)(a*)a*?[^a]*b"])
def test_the_slowest_that_is_allowed_ends(pattern):
    """It may be refused for the time it takes, but it comes back."""
    with pytest.raises(DataError, match=r"fits no name|too long"):
        group_numbers(["a" * 300] * 20, pattern)


@given(st.text("ab1()[]{},+*?|\\.^$-:<", max_size=20))
def test_any_text_is_a_pattern_or_refused(text):
    try:
        compiled = compile_pattern(text)
    except DataError:
        return
    assert compiled.groups == 1
    compiled.search("ab1" * 10)


@pytest.mark.parametrize(
    "pattern",
    [r"(person\d+)_", r"(IM-\d{4})-", r"^(.*?)_\d+_\d+\.(?:jpe?g|png)$", r"/([^/]+)/[^/]*$", r"([A-Za-z]+\d+)[-_]"],
)
def test_usual_patterns_are_taken(pattern):
    assert compile_pattern(pattern).pattern == pattern


def test_a_pattern_that_fits_nothing_is_told_with_an_example():
    with pytest.raises(DataError, match='such as "a/1\\.png"'):
        group_numbers(["a/1.png", "a/2.png"], r"(person\d+)_")


def numbered(form: str, groups: int = 40, each: int = 3) -> list[str]:
    return [form.format(group=group, number=number) for group in range(groups) for number in range(each)]


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("virus/person{group}_virus_{number}.jpeg", r"(person\d+)_"),
        ("normal/IM-{group:04}-{number:04}.jpeg", r"(IM\-\d+)-"),
        ("cells/plate 3/{group}/{number}.png", "/(.+)/"),
        ("normal/NORMAL2-IM-{group:04}-{number:04}.jpeg", r"([^/]*\d)[-_ ][^/]*$"),
    ],
)
def test_a_pattern_is_suggested_where_names_look_like_it(form, pattern):
    names = numbered(form)
    assert suggest_pattern(names, classes=2) == pattern
    assert np.bincount(group_numbers(names, pattern)).tolist() == [3] * 40


def test_mixed_names_of_patients_are_recognised():
    names = [*numbered("PNEUMONIA/person{group}_virus_{number}.jpeg"), *numbered("NORMAL/IM-{group:04}-{number}.jpeg")]
    assert len(set(group_numbers(names, suggest_pattern(names, classes=2)).tolist())) == 80


@pytest.mark.parametrize(
    "names",
    [
        [f"a/normal_{number:03}.jpg" for number in range(100)],
        [f"a/n01558993_{number}.JPEG" for number in range(100)],  # the number is the class
        [f"a/IMG_{number}.jpg" for number in range(100)],
        ["a/x.png", "b/y.png"],
    ],
)
def test_nothing_is_suggested_where_names_look_like_nothing(names):
    assert suggest_pattern(names, classes=2) == ""


# The split


def grouped_pictures(labels, names):
    return LabelledPictures(
        name="made up",
        class_names=tuple(f"class {number}" for number in range(int(labels.max()) + 1)),
        geometry=Geometry(2),
        pixels=np.zeros((len(labels), 2, 2, 3), np.uint8),
        labels=labels,
        names=names,
    )


def patients(seed: int, count: int = 200, classes: int = 3, most: int = 8, mixed: float = 0.1):
    """Return labels and patients of pictures: each patient has some pictures, mostly of one class."""
    random = np.random.default_rng(seed)
    sizes = random.integers(1, most + 1, count)
    groups = np.repeat(np.arange(count), sizes)
    of_patient = random.choice(classes, count, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    labels = np.where(random.random(len(groups)) < mixed, random.integers(0, classes, len(groups)), of_patient[groups])
    return labels.astype(np.int64), groups


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 15)), min_size=2, max_size=120),
    st.floats(0.0, 0.9),
    st.integers(0, 1000),
)
def test_no_group_is_on_both_sides_and_no_class_is_lost_from_training(pairs, share, seed):
    labels, groups = (np.array(values) for values in zip(*pairs, strict=True))
    labels, groups = (np.unique(values, return_inverse=True)[1] for values in (labels, groups))
    names = tuple(f"p{group}_{number}" for number, group in enumerate(groups))
    dataset = split_dataset(grouped_pictures(labels, names), share, 0, seed, group_pattern=r"(p\d+)_")
    train, validation = groups[dataset.train.indices], groups[dataset.validation.indices]
    assert not set(train.tolist()) & set(validation.tolist())
    assert sorted([*dataset.train.indices, *dataset.validation.indices]) == list(range(len(labels)))
    assert dataset.train.class_counts(int(labels.max()) + 1).all()


@given(st.integers(0, 200))
def test_every_class_is_validated_where_that_can_be(seed):
    """Each patient has one class, each class three patients: one of them can always be held back."""
    random = np.random.default_rng(seed)
    classes = 6
    groups = np.repeat(np.arange(3 * classes), random.integers(1, 30, 3 * classes))
    labels = groups % classes
    chosen = grouped_sample(labels, groups, round(0.2 * len(labels)), seed)
    due = 0.2 * np.bincount(labels)
    assert (np.bincount(labels[chosen], minlength=classes) > 0)[due >= 0.5].all()
    assert (np.bincount(np.delete(labels, chosen), minlength=classes) > 0).all()


@pytest.mark.parametrize("most", [3, 8, 20])
def test_the_shares_are_as_near_as_scikit_learn_s(most):
    ours, theirs = [], []
    for seed in range(10):
        labels, groups = patients(seed, most=most)
        sizes = np.bincount(labels)
        oracle = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=seed)
        for _, fold in oracle.split(labels, labels, groups):
            theirs.append(np.abs(np.bincount(labels[fold], minlength=3) / sizes - 0.2).max())
        chosen = grouped_sample(labels, groups, round(0.2 * len(labels)), seed)
        ours.append(np.abs(np.bincount(labels[chosen], minlength=3) / sizes - 0.2).max())
    assert np.mean(ours) <= np.mean(theirs) + 0.01
    assert max(ours) <= 0.1


def test_without_company_the_shares_are_exact():
    labels = np.repeat(np.arange(4), [50, 100, 150, 200])
    chosen = grouped_sample(labels, np.arange(500), 100, seed=3)
    assert np.bincount(labels[chosen]).tolist() == [10, 20, 30, 40]


def test_the_seed_decides_which_groups():
    labels, groups = patients(0)
    first, same, other = (grouped_sample(labels, groups, 100, seed).tolist() for seed in (1, 1, 2))
    assert first == same != other


def test_a_limit_is_kept_with_groups():
    labels, groups = patients(0)
    names = tuple(f"p{group}_{number}" for number, group in enumerate(groups))
    dataset = split_dataset(grouped_pictures(labels, names), 0.2, 300, 0, group_pattern=r"(p\d+)_")
    assert len(dataset.train) + len(dataset.validation) == 300
    assert not {*groups[dataset.train.indices]} & {*groups[dataset.validation.indices]}


def test_sources_without_files_have_no_groups():
    labels = np.repeat(np.arange(2), 50)
    without = grouped_pictures(labels, ())
    plain = split_dataset(without, 0.2, 0, 0)
    assert split_dataset(without, 0.2, 0, 0, group_pattern=r"(p\d+)_").train.indices.tolist() == (
        plain.train.indices.tolist()
    )


def test_the_help_teaches_with_a_pattern_that_works():
    from resnet_gui.runs.config import SETTINGS

    example = re.search(r"\((?!.*\().*?\)_", SETTINGS["group_pattern"].help)
    assert example is not None
    together = group_numbers(["a/person12_virus_3.jpeg", "a/person12_virus_4.jpeg"], example[0])
    assert together.tolist() == [0, 0]
