#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ```c block of README.md and of doc/ is a whole program that compiles and runs.

    programs.py --source ROOT --library LIBRARY INCLUDE_FOLDER… -- COMPILER…

A block runs in an empty folder and must exit with 0. The one of the README has at most
15 lines, blank ones aside.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r'^```c\n(.*?)^```$', re.M | re.S)
FLAGS = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror']
README_LINES = 15


def programs(root):
    """(name, text) of each block."""
    pages = [os.path.join(root, 'README.md'),
             *sorted(glob.glob(os.path.join(root, 'doc', '**', '*.md'), recursive=True))]
    for page in pages:
        with open(page, encoding='utf-8') as file:
            text = file.read()
        for match in BLOCK.finditer(text):
            line = text.count('\n', 0, match.start(1)) + 1
            yield f'{os.path.relpath(page, root)}:{line}', match.group(1)


def problem(options, name, text):
    """Compiles and runs one program; what went wrong, or ''."""
    if name.startswith('README') and len(re.findall(r'^.*\S', text, re.M)) > README_LINES:
        return f'more than {README_LINES} lines'
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, 'program.c')
        program = os.path.join(folder, 'program')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(text)
        where = os.path.dirname(options.library)
        command = [*options.compiler, *FLAGS, source, '-o', program, options.library,
                   '-Wl,-rpath,' + where]
        command += [part for path in options.include for part in ('-I', path)]
        for step in command, [program]:
            done = subprocess.run(step, cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  universal_newlines=True, check=False)
            if done.returncode != 0:
                return f'{os.path.basename(step[0])} gave {done.returncode}\n{done.stdout}'
    return ''


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', required=True)
    parser.add_argument('--library', required=True, type=os.path.abspath)
    parser.add_argument('include', nargs='+')
    split = sys.argv.index('--')
    options = parser.parse_args(sys.argv[1:split])
    options.compiler = sys.argv[split + 1:]
    found = list(programs(options.source))
    print(f'1..{len(found)}')
    for number, (name, text) in enumerate(found, 1):
        wrong = problem(options, name, text)
        print(f'{"not ok" if wrong else "ok"} {number} {name}')
        for line in wrong.splitlines():
            print('# ' + line)


if __name__ == '__main__':
    main()
