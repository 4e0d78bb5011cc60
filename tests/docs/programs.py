#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ```c block of README.md and of doc/ is a whole program that compiles and runs, every ```sh
block a script that runs.

    programs.py --source ROOT --library LIBRARY [--command PROGRAM] INCLUDE_FOLDER… -- COMPILER…

A program runs in an empty folder; a script finds the command envcrypt on its PATH, and a file
report.pdf. Both must exit with 0. The program of the README has at most 15 lines, blank ones
aside.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r'^```(c|sh)\n(.*?)^```$', re.M | re.S)
FLAGS = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror']
README_LINES = 15


def programs(root):
    """(name, language, text) of each block."""
    pages = [os.path.join(root, 'README.md'),
             *sorted(glob.glob(os.path.join(root, 'doc', '**', '*.md'), recursive=True))]
    for page in pages:
        with open(page, encoding='utf-8') as file:
            text = file.read()
        for match in BLOCK.finditer(text):
            line = text.count('\n', 0, match.start(2)) + 1
            yield f'{os.path.relpath(page, root)}:{line}', match.group(1), match.group(2)


def failure(command, folder, **environment):
    """Runs a command in a folder; what went wrong, or ''."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **environment}, universal_newlines=True)
    if done.returncode == 0:
        return ''
    return f'{os.path.basename(command[0])} gave {done.returncode}\n{done.stdout}'


def script_problem(options, text):
    """Runs one script; what went wrong, or ''."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'report.pdf'), 'w', encoding='utf-8') as file:
            file.write('a report\n')
        path = os.path.dirname(os.path.abspath(options.command)) + ':' + os.environ['PATH']
        return failure(['sh', '-eu', '-c', text], folder, PATH=path)


def program_problem(options, name, text):
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
        return failure(command, folder) or failure([program], folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--source', required=True)
    parser.add_argument('--library', required=True, type=os.path.abspath)
    parser.add_argument('--command')
    parser.add_argument('include', nargs='+')
    split = sys.argv.index('--')
    options = parser.parse_args(sys.argv[1:split])
    options.compiler = sys.argv[split + 1:]
    found = list(programs(options.source))
    print(f'1..{len(found)}')
    for number, (name, language, text) in enumerate(found, 1):
        if language == 'sh' and not options.command:
            print(f'ok {number} {name} # SKIP this build has no command: meson -Dprograms=true')
            continue
        wrong = (script_problem(options, text) if language == 'sh'
                 else program_problem(options, name, text))
        print(f'{"not ok" if wrong else "ok"} {number} {name}')
        for line in wrong.splitlines():
            print('# ' + line)


if __name__ == '__main__':
    main()
