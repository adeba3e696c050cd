"""Watches the memory of a command that a benchmark runs."""

import threading

PERIOD = 0.1  # seconds between two looks


class Memory(threading.Thread):
    """Peak of the resident memory of a process and all below it, in bytes. Shared pages count once for each."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self._is_over = pid, 0, threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._is_over.wait(PERIOD):
            self.peak = max(self.peak, self._resident())

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()

    def _resident(self) -> int:
        import psutil

        total = 0
        try:
            root = psutil.Process(self.pid)
            for process in (root, *root.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
        except psutil.NoSuchProcess:
            return 0
        return total
