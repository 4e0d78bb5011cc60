#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hardened: the options of the build arrived in the files that it made.

    hardened.py library|program FILE…

The linker drops what it does not know without a word, and an option of the compiler is lost
by one line in a meson.build; so the finished file is looked at, not the command that made it.
"""
import re
import sys

from house import run

# (what readelf or nm show, the text wanted there, of which files, the option and its use)
ALWAYS = ('library', 'program')
WANTED = [
    ('segments', r'GNU_RELRO', ALWAYS, '-z relro: tables of the linker become read-only'),
    ('dynamic', r'\(FLAGS_1\).*\bNOW\b', ALWAYS, '-z now: they are filled before main()'),
    ('segments', r'GNU_STACK +(?:0x\w+ +){5}RW ', ALWAYS, '-z noexecstack'),
    ('calls', r'__stack_chk_fail\b', ALWAYS, '-fstack-protector-strong'),
    ('calls', r'__\w+_chk\b', ALWAYS, '-D_FORTIFY_SOURCE'),
    ('dynamic', r'\(FLAGS_1\).*\bNODELETE\b', ('library',),
     '-z nodelete: a thread that waits for a name outlives dlclose()'),
    ('dynamic', r'\(FLAGS_1\).*\bPIE\b', ('program',), '-pie: loaded at a random address'),
]
REFUSED = [
    ('dynamic', r'\(TEXTREL\)', ALWAYS, 'code that the linker changes cannot be read-only'),
    ('dynamic', r'\bNOOPEN\b', ('library',), 'Python and others load the library at run time'),
]


def views_of(path):
    """{name: text} of what the tools say of a file."""
    return {
        'segments': run('readelf', '-lW', path),
        'dynamic': run('readelf', '-dW', path),
        'calls': run('nm', '-D', '--undefined-only', path),
    }


def problems(kind, path):
    views = views_of(path)
    for view, pattern, kinds, why in WANTED:
        if kind in kinds and not re.search(pattern, views[view]):
            yield f'{path} is built without {why}'
    for view, pattern, kinds, why in REFUSED:
        if kind in kinds and re.search(pattern, views[view]):
            yield f'{path} has {pattern}: {why}'


def main(kind, *paths):
    found = [problem for path in paths for problem in problems(kind, path)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
