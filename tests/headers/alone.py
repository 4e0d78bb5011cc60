#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header alone compiles without a warning as C99, C11 and C++17.

    alone.py INCLUDE_FOLDER… -- COMPILER…
"""
import glob
import os
import subprocess
import sys

LANGUAGES = [('c', 'c99'), ('c', 'c11'), ('c++', 'c++17')]
WARNINGS = ['-Wpedantic', '-Wall', '-Wextra', '-Wundef', '-Wconversion', '-Wshadow', '-Werror']


def compile_text(compiler, folders, language, standard, text):
    command = [*compiler, '-x', language, '-std=' + standard, *WARNINGS, '-fsyntax-only']
    command += [part for folder in folders for part in ('-I', folder)] + ['-']
    return subprocess.run(command, input=text, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False)


def main(arguments):
    split = arguments.index('--')
    folders, compiler = arguments[:split], arguments[split + 1:]
    headers = sorted({os.path.basename(path) for folder in folders
                      for path in glob.glob(os.path.join(folder, 'envcrypt', '*.h'))})
    print(f'1..{len(headers) * len(LANGUAGES)}')
    number = 0
    for language, standard in LANGUAGES:
        probe = compile_text(compiler, [], language, standard, 'int evc_alone;\n')
        missing = probe.returncode != 0
        for header in headers:
            number += 1
            if missing and not os.environ.get('EVC_CI'):
                print(f'ok {number} {header} # SKIP no {language} compiler: apt install g++')
                continue
            done = compile_text(compiler, folders, language, standard,
                                f'#include "envcrypt/{header}"\nint evc_alone;\n')
            print(f'{"not ok" if done.returncode else "ok"} {number} {header} as {standard}')
            for line in done.stderr.splitlines():
                print('# ' + line)


if __name__ == '__main__':
    main(sys.argv[1:])
