"""BrowseButton: chooses the file or folder of a setting with a dialog."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QToolButton

from resnet_gui.gui.icons import set_icon
from resnet_gui.gui.train_tab.editors import translate_setting
from resnet_gui.gui.train_tab.setting_field import SettingField


class BrowseButton(QToolButton):
    """Opens the dialog that fits the setting, and enters what is chosen there.

    Args:
        field: the setting, one of `config.PATHS`; the button places itself beside its editor.
    """

    def __init__(self, field: SettingField) -> None:
        super().__init__()
        self._field = field
        self.setText(self.tr("Browse…"))
        self.setAccessibleName(self.tr("Browse…"))
        self.setToolTip(self.tr("Choose it with a dialog"))
        set_icon(self, "folder")
        self.clicked.connect(self._on_clicked)
        field.add_button(self)

    def _on_clicked(self) -> None:
        setting, start = self._field.setting, self._field.entry()
        if setting.name == "folder":
            path = QFileDialog.getExistingDirectory(self, translate_setting(setting.help), start)
        else:
            every = self.tr("All files (*)")
            kinds = _kinds_of_files().get(setting.name)
            path, _ = QFileDialog.getOpenFileName(
                self, translate_setting(setting.label), start, f"{kinds};;{every}" if kinds else every
            )
        if path:
            self._field.set_entry(path)


def _kinds_of_files() -> dict[str, str]:
    translate = QCoreApplication.translate
    return {
        "archive": translate("BrowseButton", "Archive (*.tar.gz *.tgz *.tar)"),
        "weights_file": translate("BrowseButton", "Weights (*.h5)"),
    }
