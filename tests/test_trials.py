"""What was tried out once is not tried again, unless it may be different now."""

from __future__ import annotations

import pytest

from resnet_gui.paths import cache_folder
from resnet_gui.trials import speedup


def test_it_is_tried_once() -> None:
    assert speedup("bread", "numpy") is None  # nobody has tried
    assert speedup("bread", "numpy", lambda: 2.5) == 2.5
    assert speedup("bread", "numpy", lambda: pytest.fail("tried again")) == 2.5
    assert speedup("butter", "numpy") is None
    assert speedup("bread", "pillow") is None  # depends on another package's version


@pytest.mark.parametrize("content", [b"", b"{}", b'{"processor": "another", "package": "numpy 1", "speedup": 9}'])
def test_a_memory_of_another_computer_or_none_is_tried_again(content: bytes) -> None:
    (cache_folder() / "bread.json").write_bytes(content)
    assert speedup("bread", "numpy", lambda: 3.0) == 3.0


def test_a_cache_that_cannot_be_written_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("resnet_gui.trials.write_atomically", fail)
    assert speedup("bread", "numpy", lambda: 3.0) == 3.0
