# SPDX-License-Identifier: Apache-2.0
"""The command on a terminal, and what that showed: row by row, and what a row showed before."""
import os
import pty
import re
import select
import signal
import termios
import time

from picture import PROMPT

HANG_S = 600


class Row:
    """text as it stays. before: what it showed until then. begun: it goes on with the row before.
    typed: the column from which a person typed; None = it is of the command alone."""

    def __init__(self, begun=False):
        self.text, self.before, self.begun, self.typed = '', [], begun, None


class Screen:
    """As much of a terminal as the command makes use of; anything else is an error. It is as high as
    what it shows."""

    def __init__(self, columns):
        self.columns, self.rows = columns, [Row()]

    def put(self, text):
        for sign in re.findall(r'\r\x1b\[K|\r?\n|.', text, re.DOTALL):
            row = self.rows[-1]
            if sign.endswith('K') and len(sign) > 1:
                assert not row.begun, 'what is longer than a row cannot be taken back'
                row.before.append(row.text)
                row.text = ''
            elif sign.endswith('\n'):
                self.rows.append(Row())
            elif not sign.isprintable():
                raise ValueError(f'the terminal does not know {sign!r}')
            elif len(row.text) == self.columns:
                self.rows.append(Row(begun=True))
                self.rows[-1].text = sign
            else:
                row.text += sign

    def type(self, text):
        self.rows[-1].typed = len(self.rows[-1].text)
        self.put(text)

    def lines(self):
        """As the command wrote them."""
        out = []
        for row in self.rows:
            if row.begun:
                out[-1] += row.text
            else:
                out.append(row.text)
        return out


class Session:
    """Commands, one after the other. words_of(line): what is started for it. told(text): as it is shown,
    without what is of this machine."""

    def __init__(self, size, words_of, folder, environment, told):
        self.screen, self.size = Screen(size[1]), size
        self.words_of, self.folder, self.environment, self.told = words_of, folder, environment, told

    def run(self, line, asked=None, answer=''):
        """answer: what a person types when asked is shown. Its exit code."""
        self.screen.put(PROMPT)
        self.screen.type(line)
        self.screen.put('\n')
        code, seen = self.watch(self.words_of(line), asked, answer)
        seen = self.told(seen)
        if asked:
            before, _, seen = seen.partition(asked + answer)
            self.screen.put(before + asked)
            self.screen.type(answer)
        self.screen.put(seen + '\n')
        return code

    def watch(self, words, asked, answer):
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.chdir(self.folder)
                os.execvpe(words[0], words, self.environment)
            finally:
                os._exit(127)
        termios.tcsetwinsize(terminal, self.size)
        seen, limit, piece = b'', time.monotonic() + HANG_S, b'.'
        while piece:
            if time.monotonic() > limit:
                os.kill(pid, signal.SIGKILL)
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # nobody holds the other end any more
                piece = b''
            seen += piece
            if asked and seen.endswith(asked.encode()):
                os.write(terminal, answer.encode() + b'\n')
                asked = None
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()
