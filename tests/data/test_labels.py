"""The tables of class names."""

from __future__ import annotations

from resnet_gui.data import labels


def test_cifar100_has_100_classes_in_20_superclasses_of_5():
    assert len(set(labels.cifar100_fine_names())) == 100
    assert len(set(labels.cifar100_coarse_names())) == 20
    superclasses = labels.cifar100_superclasses()
    assert sorted(superclasses) == sorted(list(range(20)) * 5)


def test_known_names():
    fine, coarse = labels.cifar100_fine_names(), labels.cifar100_coarse_names()
    assert (fine[0], fine[39], fine[99]) == ("apple", "keyboard", "worm")
    assert coarse[labels.cifar100_superclasses()[fine.index("shark")]] == "fish"
    assert (labels.imagenet_names()[0], labels.imagenet_names()[999]) == ("tench", "toilet tissue")


def test_imagenet_has_1000_names_that_nobody_can_confuse():
    assert len({name.casefold() for name in labels.imagenet_names()}) == 1000
    assert labels.imagenet_names()[281] == "tabby"
    assert (labels.imagenet_names()[134], labels.imagenet_names()[517]) == ("crane (bird)", "crane (machine)")


def test_class_names_are_told_with_spaces():
    assert labels.class_words("maple_tree") == "maple tree"
    assert labels.class_words("정상 폐") == "정상 폐"
