"""Folder names that every system takes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_gui.inference.folder_names import folder_names


@pytest.mark.parametrize(
    ("class_name", "expected"),
    [
        ("tulip", "tulip"),
        ("꽃 😀", "꽃 😀"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("", "_"),
        (".hidden", "_hidden"),
        ("ends with dots. . ", "ends with dots"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("COM\N{SUPERSCRIPT TWO}", "_COM\N{SUPERSCRIPT TWO}"),
        ("console", "console"),
        ("a\nb\0", "a_b_"),
    ],
)
def test_what_a_system_forbids_is_replaced(class_name: str, expected: str) -> None:
    assert folder_names([class_name]) == {class_name: expected}


def test_classes_never_share_a_folder() -> None:
    names = folder_names(["Apple", "apple", "a/b", "a:b", "apple", "e\N{COMBINING ACUTE ACCENT}", "\xe9"])
    assert names["Apple"] == "Apple"
    assert names["apple"] == "apple (2)"
    assert len({name.casefold() for name in names.values()}) == len(names) == 6


@given(st.lists(st.text(), max_size=8))
def test_any_names_are_made_safe(class_names: list[str]) -> None:
    names = folder_names(class_names)
    assert set(names) == set(class_names)
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert 0 < len(name.encode()) < 200
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        assert name == name.strip()
        assert not name.startswith(".")
        assert not name.endswith(".")
