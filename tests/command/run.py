#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the command with pytest and prints their results as TAP.

    run.py FOLDER [PYTEST OPTION…]

EVC_COMMAND names the program. Without pytest all is skipped; with EVC_CI set that is a failure.
"""
import os
import sys


class Tap:
    """Writes a line for each test to where standard output was when pytest began."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), 'w', encoding='utf-8')
        self.count = 0

    def line(self, good, report, comment=''):
        self.count += 1
        name = report.nodeid.replace('::', ': ').replace('#', '')
        print(f'{"ok" if good else "not ok"} {self.count} {name}{comment}',
              file=self.out, flush=True)
        if not good:
            for text in str(report.longreprtext).splitlines():
                print('# ' + text, file=self.out, flush=True)

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ''
            self.line(True, report, f' # SKIP {reason}')
        elif report.failed:
            self.line(False, report)
        elif report.when == 'call':
            self.line(True, report)

    def pytest_collectreport(self, report):
        if report.failed:
            self.line(False, report)

    def end(self):
        print(f'1..{self.count}', file=self.out, flush=True)


def main(folder, *options):
    try:
        import pytest
    except ImportError:
        if os.environ.get('EVC_CI'):
            print('not ok 1 pytest is missing: apt-get install python3-pytest\n1..1')
            return 1
        print('1..0 # SKIP apt-get install python3-pytest')
        return 0
    tap = Tap()
    # One at a time and without a cache: nothing is written into the source.
    pytest.main(['-p', 'no:terminal', '-p', 'no:cacheprovider', *options, folder],
                plugins=[tap])
    tap.end()
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
