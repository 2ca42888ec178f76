"""PicturePanel: the selected picture, and why the model says what it says about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from resnet_gui.data.labels import class_words
from resnet_gui.errors import ImageError, ResNetGuiError
from resnet_gui.gui.classify_tab.explainer import Explainer, Explanation, Question
from resnet_gui.gui.classify_tab.heat_colours import heat_image, pixels_image
from resnet_gui.gui.classify_tab.picture import Picture
from resnet_gui.gui.classify_tab.picture_view import PictureView
from resnet_gui.gui.classify_tab.view_options import ViewOptions
from resnet_gui.gui.theme import em
from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.classify import PictureResult
from resnet_gui.inference.explain import HeatMap, MapKind

_HEAT_SIZE = 256  # pixels; the screen smooths what is between them


class PicturePanel(QWidget):
    """Shows a picture, its heat map for one of its classes, and what the network sees of it.

    Args:
        parent: the owner, which must call `shut_down` before it goes away.
    """

    heat_toggled = Signal(bool)
    """Whether a heat map is wanted, so that it matters which class is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._classes: tuple[str, ...] = ()
        self._place = 0
        self._view = PictureView()
        self._options = ViewOptions()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._explainer = Explainer(self)
        self._explainer.explained.connect(self._on_explained)
        self._explainer.progressed.connect(self._on_progressed)
        self._explainer.failed.connect(self._on_failed)
        self._options.changed.connect(self._on_options_changed)
        self._options.opacity_changed.connect(self._view.set_heat_opacity)
        self._view.set_heat_opacity(self._options.opacity)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(0.4))
        layout.addWidget(self._view, stretch=1)
        layout.addWidget(self._options)
        layout.addWidget(self._words)
        self._words.hide()
        self.setAccessibleName(self.tr("Selected picture"))

    @property
    def image(self) -> QImage | None:
        """The picture, None while there is none."""
        return self._view.image

    @property
    def words(self) -> str:
        """What is said below the picture."""
        return self._words.text()

    def set_bundle(self, bundle: ModelBundle | None) -> None:
        """Explain this model's answers from now on."""
        self._explainer.set_bundle(bundle)
        self._view.set_geometry(None if bundle is None else bundle.description.geometry)
        self._view.show_seen(None)
        self._update()

    def show_picture(
        self, picture: Picture | None, result: PictureResult | None, place: int = 0, true_class: str = ""
    ) -> None:
        """Show a picture and its true class, if that is known; explain its result's class at a place, from 0."""
        self._view.show_picture(picture, true_class)
        prediction = result.prediction if result is not None else None
        classes = tuple(entry.class_name for entry in prediction.ranked) if prediction is not None else ()
        if (picture, classes, place) == (self._picture, self._classes, self._place):
            return
        self._picture, self._classes, self._place = picture, classes, place
        self._update()

    def choose_class(self, place: int) -> None:
        """Explain another class, by its place in the result."""
        self._place = place
        self._update()

    def ask_for_heat(self) -> None:
        """Switch the heat map on."""
        self._options.ask_for_heat()

    def shut_down(self) -> None:
        """Load and explain nothing any more, and wait for the threads that do."""
        self._explainer.shut_down()
        self._view.shut_down()

    def _on_options_changed(self) -> None:
        self.heat_toggled.emit(self._options.heat)
        self._update()

    def _update(self) -> None:
        """Ask for what is to be shown now."""
        self._view.show_heat(None)
        if not self._options.seen or self._picture is None:
            self._view.show_seen(None)
        wants_heat = self._options.heat and self._place < len(self._classes)
        self._words.setVisible(self._options.heat or self._options.seen)
        self._words.clear()
        if self._picture is None or not (wants_heat or self._options.seen):
            self._explainer.forget()
            return
        if wants_heat:
            self._words.setText(self.tr("Working out the heat map…"))
        self._explainer.ask(Question(self._picture, self._classes[self._place] if wants_heat else ""))

    def _on_explained(self, explanation: Explanation) -> None:
        if self._options.seen:
            self._view.show_seen(pixels_image(explanation.pixels))
        sentences = []
        if explanation.heat is not None:
            self._view.show_heat(heat_image(explanation.heat.strengths(_HEAT_SIZE)))
            sentences.append(self._heat_words(explanation.heat, class_words(explanation.question.class_name)))
        if self._options.seen:
            size = len(explanation.pixels)
            sentences.append(self.tr("The network sees {size} x {size} pixels.").format(size=size))
        self._words.setText(" ".join(sentences))
        self._view.setAccessibleDescription(" ".join([explanation.question.picture.name, *sentences]))

    def _heat_words(self, heat: HeatMap, class_name: str) -> str:
        if not heat.speaks:
            return self.tr("Nothing in the picture speaks for {class_name}.").format(class_name=class_name)
        if heat.kind is MapKind.ACTIVATION:
            return self.tr("Bright: where the network's last layers found what speaks for {class_name}.").format(
                class_name=class_name
            )
        return self.tr("Bright: {class_name} becomes less likely when this part is covered.").format(
            class_name=class_name
        )

    def _on_progressed(self, done: int, total: int) -> None:
        self._words.setText(
            self.tr("Working out the heat map: {percent} %. One part after the other is covered.").format(
                percent=100 * done // total
            )
        )

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, ResNetGuiError):
            raise error  # a mistake of the program's own is reported as such
        self._view.show_seen(None)
        if isinstance(error, ImageError):
            self._words.setText(self.tr("This file {reason}").format(reason=error))
        else:
            self._words.setText(self.tr("It cannot be shown: {reason}").format(reason=error))
