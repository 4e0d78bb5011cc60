#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the results of a test run of meson: prints 'N passed, N failed[, N skipped]'.

    count.py BUILD [SETUP]

A program that prints TAP counts by its subtests. One that printed good subtests and then
crashed, leaked or hung counts as failed too: JUnit does not show that, testlog.json does.
What failed or was skipped is listed.
"""
import json
import os
import sys
import xml.etree.ElementTree as ElementTree


def subtests_of(log):
    """{test: [(subtest, result)]} for the programs that print TAP."""
    found = {}
    tree = ElementTree.parse(log + '.junit.xml').getroot()
    for suite in tree.iter('testsuite'):
        _, dot, test = suite.get('name').partition('.')
        for case in suite.iter('testcase') if dot else ():
            bad = case.find('failure') is not None or case.find('error') is not None
            skipped = case.find('skipped') is not None
            found.setdefault(test, []).append(
                (case.get('name'), 'failed' if bad else 'skipped' if skipped else 'passed'))
    return found


def results(log):
    """(name, 'passed' | 'failed' | 'skipped') of each test or subtest."""
    subtests = subtests_of(log)
    with open(log + '.json', encoding='utf-8') as file:
        for test in map(json.loads, file):
            inner = subtests.get(test['name'], [])
            for name, result in inner:
                yield f'{test["name"]}: {name}', result
            whole = {'OK': 'passed', 'SKIP': 'skipped'}.get(test['result'], 'failed')
            if not inner or (whole == 'failed' and not any(r == 'failed' for _, r in inner)):
                yield f'{test["name"]} ({test["result"]})', whole


def main(build, setup=None):
    log = os.path.join(build, 'meson-logs', 'testlog' + (f'-{setup}' if setup else ''))
    count = {'passed': 0, 'failed': 0, 'skipped': 0}
    for name, result in results(log):
        count[result] += 1
        if result != 'passed':
            print(f'{result}: {name}')
    print(f'{count["passed"]} passed, {count["failed"]} failed'
          + (f', {count["skipped"]} skipped' if count['skipped'] else ''))
    return 1 if count['failed'] or not count['passed'] else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
