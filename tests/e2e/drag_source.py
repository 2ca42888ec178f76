"""A little file manager: a window from which the files named on the command line can be dragged."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    def mousePressEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(name) for name in sys.argv[1:]])
        drag = QDrag(self)
        drag.setMimeData(data)
        both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        action = drag.exec(both, Qt.DropAction.MoveAction)  # a file manager's default within one disk
        print(action.name, flush=True)


app = QApplication([])
source = Source("Drag me")
source.setWindowTitle("Drag source")
source.setWindowFlags(Qt.WindowType.FramelessWindowHint)
source.setGeometry(10, 10, 120, 60)
source.show()
app.exec()
