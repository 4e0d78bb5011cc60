# SPDX-License-Identifier: Apache-2.0
"""What the gates share: reading sources, reading symbols, and one form of report.

A gate is a function that takes a House and yields Violations. The scripts layers.py,
circles.py, exports.py, faults.py and lint.py hold the gates; selftest.py proves that each one
fails on a planted violation.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

Violation = collections.namedtuple('Violation', 'path line text')
Symbol = collections.namedtuple('Symbol', 'object name kind')  # kind: the letter of nm
Include = collections.namedtuple('Include', 'line name quoted')

COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.M)


class House:
    """A source tree, its rules, and the archives that were built from it."""

    def __init__(self, root, rules=None, archives=None):
        self.root = os.path.abspath(root)
        self.rules = rules or {}        # layer -> set of layers that it uses directly
        self.archives = archives or {}  # layer -> path of its static library
        self._symbols = {}

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def read(self, relative):
        with open(self.path(relative), encoding='utf-8') as file:
            return file.read()

    def files(self, *folders, ends=('.c', '.h')):
        """Paths below the folders, relative to the root, sorted."""
        found = []
        for folder in folders:
            for where, names, files in os.walk(self.path(folder)):
                names[:] = [n for n in names if n not in ('__pycache__', 'node_modules')]
                found += [os.path.relpath(os.path.join(where, f), self.root)
                          for f in files if f.endswith(ends)]
        return sorted(found)

    def symbols(self, layer):
        """All global symbols of a layer's archive, defined and undefined."""
        if layer not in self._symbols:
            self._symbols[layer] = read_symbols(self.archives[layer])
        return self._symbols[layer]

    @staticmethod
    def source_of(layer, object_name):
        """lib/<layer>/<file>.c from the name that meson gives its object: <layer>_<file>.c.o."""
        name = re.sub(r'\.o$', '', object_name.rpartition('/')[2])
        return f'lib/{layer}/' + re.sub(f'^{layer}_', '', name)


def strip(text):
    """The code alone: comments and literals become blanks, every line keeps its number.

    Literals keep their quotes, so that `""` is still an expression.
    """
    def blank(match):
        part = match.group(0)
        if part[0] in '"\'':
            return part[0] + ' ' * (len(part) - 2) + part[-1]
        return re.sub(r'[^\n]', ' ', part)
    return COMMENT_OR_LITERAL.sub(blank, text)


def strip_comments(text):
    def blank(match):
        part = match.group(0)
        return part if part[0] in '"\'' else re.sub(r'[^\n]', ' ', part)
    return COMMENT_OR_LITERAL.sub(blank, text)


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def includes(text):
    code = strip_comments(text)
    for match in INCLUDE.finditer(code):
        yield Include(line_of(code, match.start(1)), match.group(2), match.group(1) == '"')


def run(*command):
    """The output of a tool; a tool that fails ends the gate."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: {done.stderr.strip() or done.returncode}')
    return done.stdout


def read_symbols(archive):
    symbols = []
    for line in run('nm', '-A', '-P', '-g', archive).splitlines():
        # archive.a[folder/file.c.o]: name T value size
        match = re.match(r'^.*\[(.+)\]: (\S+) (\S)', line)
        if match:
            symbols.append(Symbol(*match.groups()))
    return symbols


def ours(name):
    return name.startswith(('evc_', 'envcrypt_'))


def place_of_use(archive, object_name, symbol):
    """(file, line) where an object uses a symbol, from its debug information."""
    for line in run('nm', '-A', '-l', '-u', archive).splitlines():
        match = re.match(r'^.*?(\S+):\s+[Uvw] (\S+)\t(.+):(\d+)$', line)
        if match and match.group(2) == symbol and match.group(1).endswith(object_name):
            return match.group(3), int(match.group(4))
    return None


def parse_house(description, extra=None):
    """The House of the command line, as tests/meson.build calls every gate."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--source', required=True, help='root of the source tree')
    parser.add_argument('--rule', action='append', default=[], metavar='LAYER:USED,USED',
                        help='a layer and the layers that it uses directly')
    parser.add_argument('--archive', action='append', default=[], nargs=2,
                        metavar=('LAYER', 'FILE'), help='the static library of a layer')
    if extra:
        extra(parser)
    options = parser.parse_args()
    rules = {}
    for rule in options.rule:
        layer, _, used = rule.partition(':')
        rules[layer] = set(filter(None, used.split(',')))
    return House(options.source, rules, dict(options.archive)), options


def report(house, *gates):
    """Runs gates, prints what they found, and gives the exit status."""
    status = 0
    for gate in gates:
        name = gate.__name__.replace('_', ' ')
        found = sorted(set(gate(house)), key=lambda v: (v.path, v.line, v.text))
        for violation in found:
            path = violation.path
            if os.path.isabs(path):
                path = os.path.relpath(path, house.root)
            print(f'{path}:{violation.line}: {violation.text}', file=sys.stderr)
        print(f'{name}: {len(found)} found' if found else f'{name}: clean')
        status = status or (1 if found else 0)
    return status
