"""WebLinks: pictures dropped as links, fetched when the user has agreed."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from resnet_gui.data.web_picture import MAX_BYTES, fetch_picture, host_of, name_of
from resnet_gui.errors import DownloadError
from resnet_gui.gui.classify_tab.stream import Stream
from resnet_gui.inference.find import printable_name
from resnet_gui.progress import Report

MOST_LINKS = 20
_MOST_HOSTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FetchedPicture:
    """A picture from the web, or the reason why there is none."""

    name: str
    content: bytes = b""
    error: str = ""


class WebLinks(QObject):
    """Asks before anything is fetched, then fetches off the GUI thread.

    Args:
        parent: the owner, on which the question stands, and which must call `shut_down` before it goes away.
    """

    begun = Signal()
    """Pictures may follow."""
    fetched = Signal(list)
    """(name, bytes) of some pictures."""
    declined = Signal(str)
    """Why some or all do not follow, in words."""
    failed = Signal(Exception)
    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._problems: list[str] = []
        self._streams: set[Stream] = set()
        self._question: QMessageBox | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being fetched."""
        return bool(self._streams)

    @property
    def question(self) -> QMessageBox | None:
        """The question that is open."""
        return self._question

    def ask(self, links: Sequence[str]) -> None:
        """Ask whether these may be fetched, and fetch them if so; a question that is still open counts as no."""
        if len(links) > MOST_LINKS:
            self.declined.emit(self.tr("These are more than {count} links; drop fewer.").format(count=MOST_LINKS))
            return
        try:
            hosts = list(dict.fromkeys(host_of(link) for link in links))
        except DownloadError as error:
            self.declined.emit(self.tr("This link cannot be fetched: it {reason}.").format(reason=error.message))
            return
        if self._question is not None:
            self._question.reject()
        question = self._question = QMessageBox(self._parent)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(self.tr("Fetch from the web?"))
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(self._what(links, hosts))
        question.setInformativeText(
            self.tr(
                "Pictures that you have are never sent anywhere. But to fetch this, your computer has to ask that "
                "one, which learns your address on the internet and what you asked for. At most {size} MB are taken."
            ).format(size=MAX_BYTES // 1_000_000)
        )
        fetch = question.addButton(self.tr("&Fetch"), QMessageBox.ButtonRole.AcceptRole)
        cancel = question.addButton(self.tr("&Do not fetch"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(cancel)
        question.setEscapeButton(cancel)
        fetch.clicked.connect(partial(self._fetch, tuple(links)))
        question.finished.connect(self._on_question_finished)
        question.open()

    def cancel(self) -> None:
        """Fetch no more."""
        for stream in self._streams:
            stream.cancel()

    def shut_down(self) -> None:
        """Cancel, and wait for the threads."""
        if self._question is not None:
            self._question.reject()
        for stream in list(self._streams):
            stream.finish()

    def _what(self, links: Sequence[str], hosts: list[str]) -> str:
        shown = ", ".join(hosts[:_MOST_HOSTS_SHOWN]) + (", …" if len(hosts) > _MOST_HOSTS_SHOWN else "")
        if len(links) == 1:
            name = printable_name(name_of(links[0]))[:80]
            return self.tr("Fetch the picture “{name}” from {host}?").format(name=name, host=shown)
        return self.tr("Fetch {count} pictures from {host}?").format(count=len(links), host=shown)

    def _on_question_finished(self) -> None:
        self._question = None

    def _fetch(self, links: tuple[str, ...]) -> None:
        stream = Stream(partial(_fetched, links), self)
        self._streams.add(stream)
        stream.batch_ready.connect(self._on_batch_ready)
        stream.failed.connect(self.failed)
        stream.ended.connect(partial(self._on_ended, stream))
        self._problems = []
        stream.start()
        self.begun.emit()

    def _on_batch_ready(self, batch: list[FetchedPicture]) -> None:
        pictures = [(fetched.name, fetched.content) for fetched in batch if not fetched.error]
        if pictures:
            self.fetched.emit(pictures)
        problems = [f"{printable_name(fetched.name)} {fetched.error}." for fetched in batch if fetched.error]
        if problems:
            self._problems += problems
            self.declined.emit("\n".join(self._problems))

    def _on_ended(self, stream: Stream) -> None:
        self._streams.discard(stream)
        self.ended.emit()


def _fetched(links: tuple[str, ...], report: Report) -> Generator[FetchedPicture, None, None]:
    for link in links:
        try:
            fetched = FetchedPicture(name_of(link), fetch_picture(link, report))
        except DownloadError as error:
            fetched = FetchedPicture(name_of(link), error=error.message)
        yield fetched
