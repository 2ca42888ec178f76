from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bundles import make_bundle

CLASSIFY_THEN_SIGNAL = """
import gc, signal, sys, threading
from pathlib import Path

from resnet_gui.inference.bundle import ModelBundle
from resnet_gui.inference.predictor import Predictor

heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(True))
held = [Predictor(ModelBundle.open(Path(sys.argv[1])))]

def let_go():
    held.clear()
    gc.collect()

thread = threading.Thread(target=let_go)
thread.start()
thread.join()
signal.raise_signal(signal.SIGINT)
print("heard" if heard else "not heard")
"""


def test_a_signal_is_heard_after_another_thread_let_go_of_the_last_model(tmp_path: Path) -> None:
    """Ctrl+C in the terminal, for one. faulthandler, which pytest and many users switch on, gives signals a stack."""
    make_bundle(tmp_path)
    program = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CLASSIFY_THEN_SIGNAL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (program.returncode, program.stdout) == (0, "heard\n"), program.stderr
