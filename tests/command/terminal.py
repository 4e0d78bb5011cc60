# SPDX-License-Identifier: Apache-2.0
"""A terminal for the command: what a person sees and types."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from conftest import COMMAND, ENVIRONMENT


class Terminal:
    """The command on a pseudo-terminal; seen holds all that it showed."""

    def __init__(self, folder, *args, columns=100, redirect=None, environment=(),
                 program=COMMAND):
        """redirect: {descriptor: path} of standard descriptors that are files."""
        self.seen = ''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(folder)
                os.dup2(0, 9)  # somebody must hold it, or the other end reads an error
                for number, path in (redirect or {}).items():
                    flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
                    os.dup2(os.open(path, flags, 0o600), number)
                os.execve(program, [program, *args], {**ENVIRONMENT, **dict(environment)})
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('4H', 40, columns, 0, 0))

    def read(self, seconds):
        """What comes within a time; False when nothing more will."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # Linux's way to say that nobody holds the other end
            return False
        self.seen += piece.decode('utf-8', 'replace')
        return bool(piece)

    def expect(self, text, seconds=60):
        """Waits until the terminal showed a text after what was expected before."""
        limit = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < limit, f'no {text!r} in {self.seen!r}'
            assert self.read(0.2), f'it ended without {text!r}: {self.seen!r}'
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def send(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def wait_echo(self, wanted, seconds=20):
        limit = time.monotonic() + seconds
        while self.echoes() != wanted:
            assert time.monotonic() < limit, f'the echo is not {wanted}'
            time.sleep(0.01)

    def end(self, seconds=60):
        """Exit code, when it ended."""
        limit = time.monotonic() + seconds
        while self.read(0.2):
            if time.monotonic() > limit:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError(f'it does not end: {self.seen!r}')
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)
