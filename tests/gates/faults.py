#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults: every promise about what goes wrong around a key service names the tests that prove it.

faults.def has the list. A test that was renamed or removed, or that its program does not run,
leaves a promise without a proof, and is found here.
"""
import os
import re
import sys

from house import Violation, parse_house, report

LIST = 'tests/gates/faults.def'
ROWS = [*range(1, 39), *range(52, 64)]


def runs(text, path, name):
    """Whether the file defines the test and, in C, also adds it to its suite."""
    if path.endswith('.py'):
        return re.search(rf'^def {name}\(', text, re.M) is not None
    return (f'START_TEST({name})' in text and
            re.search(rf'(?<!START_TEST\()\b{name}\b', text) is not None)


def fault_gate(house):
    """Every row has a test, and every test that is named there is run."""
    row, seen = 0, set()
    for number, line in enumerate(house.read(LIST).splitlines(), 1):
        title = re.match(r'(\d+) \S', line)
        if title:
            row = int(title.group(1))
            continue
        if not line.strip() or line.startswith('#'):
            continue
        path, *names = line.split()
        path = 'tests/' + path
        if not names or not os.path.exists(house.path(path)):
            yield Violation(LIST, number, f'{path} is no file, or no test of it is named')
            continue
        text = house.read(path)
        for name in names:
            if runs(text, path, name):
                seen.add(row)
            else:
                yield Violation(LIST, number, f'{path} runs no test {name}')
    for missing in sorted(set(ROWS) - seen):
        yield Violation(LIST, 1, f'row {missing} has no test')


if __name__ == '__main__':
    HOUSE, _ = parse_house(__doc__)
    sys.exit(report(HOUSE, fault_gate))
