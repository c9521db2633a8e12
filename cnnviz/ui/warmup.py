"""TensorFlow and the bundled models, loaded in the background while the first pages are served.

Streamlit calls `keras.backend.clear_session()` after every script run of every visitor: 200 ms, and
it resets Keras' state under all other threads. It is made a no-op here, once.
"""

import gc
import logging
import os
import secrets
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from cnnviz import network, registry

log = logging.getLogger("cnnviz")


@dataclass
class WarmUp:
    """Progress of the loading."""

    total: int = 1 + len(registry.MODELS)  # TensorFlow, then each model
    finished: int = 0
    ready: set[str] = field(default_factory=set)  # models that answer
    failure: str = ""  # the number under which the log says why the loading failed
    done: threading.Event = field(default_factory=threading.Event)  # all ready, or failed
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start loading, unless it was started before."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)
                self._thread.start()

    def has(self, models: Collection[str]) -> bool:
        """Whether all of some models answer."""
        return self.ready >= set(models)

    def _run(self) -> None:
        started = time.perf_counter()
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # a CPU without CUDA is no error
        try:
            import keras

            keras.backend.clear_session = lambda *args, **kwargs: None
            self.finished += 1
            for key in registry.MODELS:
                network.traced(key)
                self.ready.add(key)
                self.finished += 1
            gc.collect()
            gc.freeze()  # nothing of TensorFlow is looked at by later collections
            log.info("Networks ready after %.1f s", time.perf_counter() - started)
        except Exception:  # pages say so, lesson.need_networks and home.status
            self.failure = secrets.token_hex(4)
            log.exception("Error %s: the networks could not be loaded", self.failure)
        self.done.set()


warm_up = WarmUp()
