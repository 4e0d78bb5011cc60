#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the results of a test run of meson: prints 'N passed, N failed[, N skipped]'.

    count.py BUILD [SETUP]

A program that prints TAP counts by its subtests; one that printed good subtests and then
crashed, leaked or hung counts as one more that failed. What failed is listed, and what was
skipped with its reason. With EVC_CI set a skip is a failure: there everything is tested.
"""
import json
import os
import re
import sys

SUBTEST = re.compile(r'^(ok|not ok) \d+[ -]*(.*?)(?:# SKIP *(.*))?$', re.M | re.I)


def last_line(test):
    lines = (test.get('stdout', '') + '\n' + test.get('stderr', '')).strip().splitlines()
    return lines[-1] if lines else 'it does not say why'


def results_of(test):
    """(name, 'passed' | 'failed' | 'skipped') of a test, or of each of its subtests."""
    subtests = list(SUBTEST.finditer(test.get('stdout', '')))
    for subtest in subtests:
        verdict, name, reason = subtest.groups()
        name = f'{test["name"]}: {name.strip()}'
        if reason is not None:
            yield f'{name}: {reason}', 'skipped'
        else:
            yield name, 'passed' if verdict == 'ok' else 'failed'
    if test['result'] == 'SKIP' and not subtests:
        yield f'{test["name"]}: {last_line(test)}', 'skipped'
    elif test['result'] == 'OK' and not subtests:
        yield test['name'], 'passed'
    elif test['result'] not in ('OK', 'SKIP') and not any(s[1] == 'not ok' for s in subtests):
        yield f'{test["name"]} ({test["result"]})', 'failed'


def main(build, setup=None):
    log = f'testlog-{setup}.json' if setup else 'testlog.json'
    count = {'passed': 0, 'failed': 0, 'skipped': 0}
    with open(os.path.join(build, 'meson-logs', log), encoding='utf-8') as file:
        for test in map(json.loads, file):
            for name, result in results_of(test):
                if result == 'skipped' and os.environ.get('EVC_CI'):
                    name, result = f'{name} (skipped, but this is CI)', 'failed'
                count[result] += 1
                if result != 'passed':
                    print(f'{result}: {name}'[:500])
    print(f'{count["passed"]} passed, {count["failed"]} failed'
          + (f', {count["skipped"]} skipped' if count['skipped'] else ''))
    return 1 if count['failed'] or not count['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
