"""Links that are dropped: asked first, fetched off the GUI thread, each with its reason if it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from resnet_gui.data import web_picture
from resnet_gui.gui.classify_tab.tab import ClassifyTab
from resnet_gui.gui.classify_tab.web_link import MOST_LINKS
from tests.bundles import paint
from tests.data.test_web_picture import Server, serving
from tests.gui.test_classify_tab import LONG, classes, drop, names, pictures, store, tab, wait_for

__all__ = ["pictures", "store", "tab"]  # fixtures


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        server.content = paint(tmp_path / "red.png", "red").read_bytes()
        yield server


def mime_of(*links: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl(link) for link in links])
    return mime


def question(tab: ClassifyTab) -> QMessageBox:
    found = tab._web.question
    assert found is not None
    return found


def button(box: QMessageBox, role: QMessageBox.ButtonRole) -> QAbstractButton:
    return next(button for button in box.buttons() if box.buttonRole(button) is role)


def agree(qtbot: QtBot, tab: ClassifyTab) -> None:
    qtbot.mouseClick(button(question(tab), QMessageBox.ButtonRole.AcceptRole), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not tab._web.is_busy, timeout=LONG)


def test_a_link_is_fetched_once_the_user_agrees(qtbot: QtBot, tab: ClassifyTab, server: Server) -> None:
    drop(tab, mime_of(server.url))
    box = question(tab)
    assert f"127.0.0.1:{server.server_port}" in box.text()
    assert "tulip 1.png" in box.text()
    assert "never sent anywhere" in box.informativeText()
    assert box.textFormat() is Qt.TextFormat.PlainText
    assert server.asked == []
    agree(qtbot, tab)
    wait_for(qtbot, tab, 1)
    assert (names(tab), classes(tab)) == (["tulip 1.png"], ["tomato"])


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_without_a_clear_yes_nothing_is_fetched(qtbot: QtBot, tab: ClassifyTab, server: Server, key: Qt.Key) -> None:
    drop(tab, mime_of(server.url))
    qtbot.keyClick(question(tab), key)
    qtbot.waitUntil(lambda: tab._web.question is None, timeout=LONG)
    assert not tab._web.is_busy
    assert server.asked == []
    assert tab._model.rowCount() == 0


def test_each_link_has_its_reason_and_stops_no_other(
    qtbot: QtBot, tab: ClassifyTab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as gone:
        pass
    with serving() as page:
        page.headers["Content-Type"] = "text/html"
        drop(tab, mime_of(gone.url.replace("tulip%201", "gone"), page.url.replace("tulip%201", "page"), server.url))
        assert "3 pictures" in question(tab).text()
        agree(qtbot, tab)
    wait_for(qtbot, tab, 1)
    told = tab._notice.text.splitlines()
    assert told[0].startswith("gone.png cannot be fetched: there is no connection")
    assert told[1] == "page.png is a web page, not a picture."
    assert names(tab) == ["tulip 1.png"]


def test_what_is_fetched_and_no_picture_says_so_in_the_list(qtbot: QtBot, tab: ClassifyTab, server: Server) -> None:
    server.content = b"just words"
    drop(tab, mime_of(server.url))
    agree(qtbot, tab)
    wait_for(qtbot, tab, 1)
    assert classes(tab) == ["is not a picture (text)"]


def test_a_large_one_is_not_taken(
    qtbot: QtBot, tab: ClassifyTab, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_picture, "MAX_BYTES", 10)
    drop(tab, mime_of(server.url))
    agree(qtbot, tab)
    assert "is larger than" in tab._notice.text
    assert tab._model.rowCount() == 0


def test_escape_ends_the_fetching(qtbot: QtBot, tab: ClassifyTab, server: Server) -> None:
    server.waits.clear()
    drop(tab, mime_of(server.url))
    qtbot.mouseClick(button(question(tab), QMessageBox.ButtonRole.AcceptRole), Qt.MouseButton.LeftButton)
    assert tab._progress.text == "Fetching from the web"
    qtbot.keyClick(tab._list, Qt.Key.Key_Escape)
    server.waits.set()
    qtbot.waitUntil(lambda: not tab._web.is_busy, timeout=LONG)
    assert tab._model.rowCount() == 0


def test_a_crowd_of_links_is_declined(tab: ClassifyTab, server: Server) -> None:
    drop(tab, mime_of(*[server.url] * (MOST_LINKS + 1)))
    assert tab._web.question is None
    assert "drop fewer" in tab._notice.text


def test_an_address_to_nowhere_is_declined(tab: ClassifyTab) -> None:
    mime = QMimeData()
    mime.setText("http://[")
    drop(tab, mime)
    assert "is no address on the web" in tab._notice.text


def test_the_last_question_counts(qtbot: QtBot, tab: ClassifyTab, server: Server) -> None:
    drop(tab, mime_of(server.url))
    drop(tab, mime_of(server.url))
    assert len([box for box in tab.findChildren(QMessageBox) if box.isVisible()]) == 1
    agree(qtbot, tab)
    wait_for(qtbot, tab, 1)
    assert len(server.asked) == 1


def test_shutting_down_closes_the_question(tab: ClassifyTab, server: Server) -> None:
    drop(tab, mime_of(server.url))
    tab.shut_down()
    assert tab._web.question is None
