"""CoachLine: one piece of advice on the training under way, with the button that follows it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from resnet_gui.errors import ResNetGuiError
from resnet_gui.gui.icons import tinted_pixmap
from resnet_gui.gui.theme import em
from resnet_gui.gui.train_tab.editors import wrapped
from resnet_gui.gui.train_tab.form_parts import small_label
from resnet_gui.gui.train_tab.wheel_panel import STEERABLE
from resnet_gui.gui.train_tab.words import value_words
from resnet_gui.gui.training_session import TrainingSession
from resnet_gui.runs.changes import epochs_setting
from resnet_gui.runs.coach import Advice, Kind, advise
from resnet_gui.runs.config import SETTINGS
from resnet_gui.runs.events import EpochEnded, TrainingPlanned
from resnet_gui.runs.history import History
from resnet_gui.runs.state import TrainingState

_EVERY_STEPS = 50


class CoachLine(QWidget):
    """Asks the coach now and then, and shows what it says once per occasion; keeps its room while it says nothing.

    Advice goes when it is followed, closed or no longer given at the end of an epoch, when a setting was changed and
    when the training ends.

    Args:
        session: what is looked at.
    """

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self._session = session
        self._make_widgets()
        self._forget()
        session.started.connect(self._forget)
        session.planned.connect(self._on_planned)
        session.epoch_ended.connect(self._on_epoch_ended)
        session.metrics_changed.connect(self._on_metrics_changed)
        session.setting_changed.connect(self._withdraw)
        session.state_changed.connect(self._on_state_changed)
        session.finished.connect(self.hide)
        self.hide()

    def _make_widgets(self) -> None:
        self._sign, self.words = QLabel(), small_label()
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.act_button = QPushButton()
        self.act_button.clicked.connect(self._on_act_clicked)
        self.close_button = QToolButton(autoRaise=True)
        self.close_button.setText("\N{MULTIPLICATION SIGN}")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.setAccessibleName(self.tr("Close this advice"))
        self.close_button.setToolTip(wrapped(self.tr("Close this advice; it is not given again")))
        self.close_button.clicked.connect(self._withdraw)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.5))
        layout.addWidget(self._sign)
        layout.addWidget(self.words, stretch=1)
        layout.addWidget(self.act_button)
        layout.addWidget(self.close_button)
        two_lines = 2 * self.words.fontMetrics().lineSpacing()
        self.setFixedHeight(max(two_lines, self.act_button.sizeHint().height()) + em(0.2))

    def _forget(self) -> None:
        self._classes = 0
        self._asked_at = 0
        self._told: set[tuple[Kind, int]] = set()
        self._withdraw()

    def _withdraw(self) -> None:
        self.advice: Advice | None = None
        for widget in (self._sign, self.words, self.act_button, self.close_button):
            widget.hide()

    def _on_planned(self, plan: TrainingPlanned) -> None:
        self._classes = len(plan.class_names)

    def _on_state_changed(self, state: TrainingState) -> None:
        if state in STEERABLE:
            self.show()
        else:
            self._withdraw()

    def _on_metrics_changed(self, history: History) -> None:
        if len(history) >= self._asked_at + _EVERY_STEPS:
            self._ask(at_epoch_end=False)

    def _on_epoch_ended(self, _event: EpochEnded) -> None:
        self._ask(at_epoch_end=True)

    def _ask(self, *, at_epoch_end: bool) -> None:
        config, history = self._session.config, self._session.history
        if config is None or not self._session.busy or self._session.state not in STEERABLE:
            return
        self._asked_at = len(history)
        advice = advise(history, config, self._classes)
        if advice is None:
            if at_epoch_end:
                self._withdraw()
        elif (advice.kind, advice.occasion) not in self._told:
            self._told.add((advice.kind, advice.occasion))
            self._show(advice)

    def _show(self, advice: Advice) -> None:
        self.advice = advice
        self.words.setText(advice.words)
        self.words.setToolTip(wrapped(self._explanation(advice.kind)))
        self.setAccessibleName(advice.words)
        self.act_button.setText(self._action_words(advice))
        self.act_button.setToolTip(wrapped(self._action_explanation(advice)))
        self._tint()
        for widget in (self._sign, self.words, self.act_button, self.close_button):
            widget.show()

    def _explanation(self, kind: Kind) -> str:
        return {
            Kind.DIVERGES: self.tr("Each step goes too far and makes it worse. Smaller steps let the loss fall again."),
            Kind.NOT_LEARNING: self.tr(
                "Too high a rate throws the weights about, too low a rate hardly moves them. Find… beside the learning "
                "rate suggests one before the next training."
            ),
            Kind.OVERFITS: self.tr(
                "It learns the training pictures by heart, which does not help with others. More or altered pictures, "
                "weight decay or a smaller network hold that back."
            ),
            Kind.PLATEAUS: self.tr("Close to its best a network needs smaller steps to come any closer."),
            Kind.STILL_LEARNING: self.tr("The validation was still getting better when it came to its last epoch."),
        }[kind]

    def _action_words(self, advice: Advice) -> str:
        if advice.change is None:
            return self.tr("Stop and &keep the best")
        name, value = advice.change
        if name in ("epochs", "fine_tune_epochs"):
            config = self._session.config
            assert config is not None
            return self.tr("&Use {count} epochs").format(count=int(value) + epochs_setting(config)[1])
        return self.tr("&Use a rate of {rate}").format(rate=value_words(SETTINGS[name], value))

    def _action_explanation(self, advice: Advice) -> str:
        if advice.change is None:
            return self.tr("End the training now; the model of the best epoch is saved and can be used")
        return self.tr("Change it from the next step on; the training goes on meanwhile")

    def _on_act_clicked(self) -> None:
        advice = self.advice
        assert advice is not None
        if advice.change is None:
            self._withdraw()
            self._session.stop()
            return
        try:
            self._session.change(*advice.change)
        except ResNetGuiError as error:
            self.words.setText(str(error))
            self.act_button.hide()
        else:
            self._withdraw()

    def changeEvent(self, event: QEvent) -> None:
        """Take on the palette's colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap("coach", self.palette().windowText().color(), round(em(1.3) * ratio))
        pixmap.setDevicePixelRatio(ratio)
        self._sign.setPixmap(pixmap)
