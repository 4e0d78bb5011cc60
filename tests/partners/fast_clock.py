# SPDX-License-Identifier: Apache-2.0
"""The clock of Debian's faketime, which a command is begun under, and of the fakes in this process."""
import time

machine_time = time.time


class Clock:
    """Ahead of that of this machine, and more so every moment. Whatever here asks for the time gets it."""

    def __init__(self, rate, monkeypatch):
        self.rate, self.began = rate, machine_time()
        monkeypatch.setattr(time, 'time', self.now)

    def now(self):
        return self.began + (machine_time() - self.began) * self.rate

    def sleep(self, seconds):
        time.sleep(seconds / self.rate)

    def faketime(self):
        """What a command is begun by."""
        return ['faketime', '-m', '-f', f'+{self.now() - machine_time():.3f} x{self.rate}']
