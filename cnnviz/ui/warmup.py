"""TensorFlow and the bundled models, loaded in the background while the first pages are served.

Streamlit calls `keras.backend.clear_session()` after every script run of every visitor: 200 ms, and
it resets Keras' state under all other threads. It is made a no-op here, once.
"""

import gc
import logging
import threading
import time
from dataclasses import dataclass, field

from cnnviz import network, registry

log = logging.getLogger("cnnviz")


@dataclass
class WarmUp:
    """Progress of the loading; `done` is set when every bundled model answers."""

    total: int = 1 + len(registry.MODELS)  # TensorFlow, then each model
    finished: int = 0
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start loading, unless it was started before."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        started = time.perf_counter()
        try:
            import keras

            keras.backend.clear_session = lambda *args, **kwargs: None
            self.finished += 1
            for key in registry.MODELS:
                network.traced(key)
                self.finished += 1
            gc.collect()
            gc.freeze()  # nothing of TensorFlow is looked at by later collections
        except Exception as error:  # shown to visitors by ui.lesson.need_networks
            log.exception("The networks could not be loaded")
            self.error = error
        else:
            log.info("Networks ready after %.1f s", time.perf_counter() - started)
        self.done.set()


warm_up = WarmUp()
