"""Words about settings: what values are called on screen, and what is set in a part of the form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from PySide6.QtCore import QCoreApplication

from resnet_gui.gui.train_tab.editors import translate_setting
from resnet_gui.models.registry import NETWORKS
from resnet_gui.runs.config import PATHS, SETTINGS
from resnet_gui.runs.events import SettingChanged
from resnet_gui.runs.settings import Setting


def choice_title(setting: Setting, value: str) -> str:
    """Return what a value of a choice is called on screen."""
    if setting.extra.get("choices") == "networks":
        return NETWORKS[value].title
    return _titles().get((setting.name, value), value)


def choice_explanation(setting: Setting, value: str) -> str:
    """Return what a setting's help says of one of its values, as in "crop: cuts the edges off; squash: ..."."""
    if setting.extra.get("choices") == "networks":
        return NETWORKS[value].explanation
    if not value:
        return ""
    found = re.search(rf"\b{re.escape(value)}: (.+?)(?:;|\.(?:\s|$)|$)", translate_setting(setting.help))
    return found[1][0].upper() + found[1][1:] + "." if found else ""


def value_words(setting: Setting, value: Any) -> str:
    """Return a value as the form shows it."""
    if isinstance(value, bool):
        translate = QCoreApplication.translate
        return translate("TrainingConfig", "on") if value else translate("TrainingConfig", "off")
    if isinstance(value, str):
        return PurePath(value).name if setting.name in PATHS else choice_title(setting, value)
    if value == 0 and "zero" in setting.extra:
        return translate_setting(str(setting.extra["zero"]))
    if setting.extra.get("percent"):
        return f"{100 * value:.4g} %"
    return f"{value:.10g}{setting.extra.get('suffix', '')}"


def summary(settings: Iterable[Setting], entries: Mapping[str, Any], title: str) -> str:
    """Return in a few words which settings are not at their defaults; empty if all are.

    Args:
        settings: those of one part of the form.
        entries: what is entered, by name.
        title: what stands before the words; a setting of the same name is told by its value alone.
    """
    parts = []
    for setting in settings:
        value = entries[setting.name]
        if value == setting.default:
            continue
        label = "" if setting.label == title else _inside_sentence(translate_setting(setting.label))
        parts.append(label if value is True else f"{label} {value_words(setting, value)}".strip())
    return ", ".join(parts)


def remedy_words(remedy: Mapping[str, Any]) -> str:
    """Return what a button says that puts better values into the form; empty if there are none."""
    if not remedy:
        return ""
    values = [
        f"{_inside_sentence(translate_setting(SETTINGS[name].label))} {value_words(SETTINGS[name], value)}"
        for name, value in remedy.items()
    ]
    return QCoreApplication.translate("Remedy", "Use {values}").format(values=", ".join(values))


def change_words(change: SettingChanged) -> str:
    """Return what a change of a setting is called beside its mark in a plot."""
    setting = SETTINGS[change.name]
    return QCoreApplication.translate("Change", "{setting} {new}").format(
        setting=_inside_sentence(translate_setting(setting.label)), new=value_words(setting, change.new)
    )


def _inside_sentence(title: str) -> str:
    """Return a title with a small first letter, unless it is an abbreviation."""
    return title[0].lower() + title[1:] if title[1:2].islower() or title[1:2] == "-" else title


def _titles() -> dict[tuple[str, str], str]:
    """Return what the values of choices are called, by setting and value."""
    translate = QCoreApplication.translate
    return {
        ("source", "cifar100"): translate("TrainingConfig", "CIFAR-100"),
        ("source", "folder"): translate("TrainingConfig", "Folder"),
        ("source", "shapes"): translate("TrainingConfig", "Demo shapes"),
        ("labels", "fine"): translate("TrainingConfig", "100 classes"),
        ("labels", "coarse"): translate("TrainingConfig", "20 superclasses"),
        ("fit", "crop"): translate("TrainingConfig", "Crop to a square"),
        ("fit", "squash"): translate("TrainingConfig", "Squash to a square"),
        ("stem", "auto"): translate("TrainingConfig", "As usual"),
        ("stem", "cifar"): translate("TrainingConfig", "CIFAR, 3x3"),
        ("stem", "imagenet"): translate("TrainingConfig", "ImageNet, 7x7"),
        ("preprocessing", "auto"): translate("TrainingConfig", "As usual"),
        ("preprocessing", "means"): translate("TrainingConfig", "ImageNet means"),
        ("preprocessing", "zero_to_one"): translate("TrainingConfig", "0 to 1"),
        ("preprocessing", "minus_one_to_one"): translate("TrainingConfig", "-1 to 1"),
        ("optimizer", "adam"): translate("TrainingConfig", "Adam"),
        ("optimizer", "adamw"): translate("TrainingConfig", "AdamW"),
        ("optimizer", "sgd"): translate("TrainingConfig", "SGD"),
        ("schedule", "constant"): translate("TrainingConfig", "Constant"),
        ("schedule", "cosine"): translate("TrainingConfig", "Cosine"),
        ("schedule", "one_cycle"): translate("TrainingConfig", "One cycle"),
        ("schedule", "plateau"): translate("TrainingConfig", "Plateau"),
        ("precision", "auto"): translate("TrainingConfig", "Automatic"),
        ("precision", "float32"): translate("TrainingConfig", "float32"),
        ("precision", "bfloat16"): translate("TrainingConfig", "bfloat16"),
        ("start_from", ""): translate("TrainingConfig", "nothing"),
        ("start_from", "imagenet"): translate("TrainingConfig", "ImageNet"),
        ("head", "own"): translate("TrainingConfig", "The network's"),
        ("head", "pool"): translate("TrainingConfig", "Pooling, one layer"),
        ("head", "dense128"): translate("TrainingConfig", "Layer of 128"),
        ("fine_tune_from", ""): translate("TrainingConfig", "the last stage"),
        ("class_weights", "none"): translate("TrainingConfig", "None"),
        ("class_weights", "balanced"): translate("TrainingConfig", "Balanced"),
    }
