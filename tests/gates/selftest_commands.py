#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the checks that are commands: ABI, constants, needed libraries, hardening, headers,
guides, count, skips, and that gcc's analyzer knows our allocator.

    selftest_commands.py CC

Every case writes planted files into an empty folder and runs a command there, which must pass
or fail with a certain text. Prints TAP.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from planted import Tap, write_tree

TESTS = os.path.realpath(os.path.join(os.path.dirname(__file__), '..'))
HEADER = '#ifndef X_H\n#define X_H\n#include <stddef.h>\nint envcrypt_x(size_t size);\n#endif\n'
OLD = 'int envcrypt_x(int a);\nint envcrypt_x(int a) { return a; }\n'
NEW = OLD.replace('int a', 'unsigned a')
MORE = OLD + 'int envcrypt_y(void);\nint envcrypt_y(void) { return 1; }\n'
ABI = ('{cc} -g -shared -fPIC -o old.so old.c && {cc} -g -shared -fPIC -o new.so new.c '
       '&& abidw --exported-interfaces-only --out-file libenvcrypt.abi old.so && '
       'cp {tests}/abi/compare.sh . && EVC_INCLUDE=. sh compare.sh new.so')
CONSTANTS = ('export EVC_INCLUDE=. && python3 {tests}/abi/constants.py write old {cc} && '
             'mv new.h envcrypt/envcrypt.h && python3 {tests}/abi/constants.py compare old {cc}')
ENUM = 'enum x {\n    ENVCRYPT_X_A = 1, /* one */\n    ENVCRYPT_X_B /* two */\n};\n'
LIBRARY = '{cc} -shared -o x.so -Wl,--no-as-needed {needs} && python3 {tests}/gates/needed.py x.so'
BLOCK = ('#include "base/mem.h"\nint evc_x(void);\n'
         'int evc_x(void) {{ int *x = evc_mem_new(sizeof *x); {0} evc_mem_free(x); {1} }}\n')
ANALYZER = 'gcc -O2 -fanalyzer -Werror -I {tests}/../lib -c x.c'
NEEDS = {ABI: ('abidw', 'abigail-tools'), ANALYZER: ('gcc', 'gcc')}
COPY = ('#include <string.h>\nint envcrypt_x(const char *a);\n'
        'int envcrypt_x(const char *a) { char b[64]; strcpy(b, a); return b[strlen(a) / 2]; }\n')
HARDENED = ('{cc} -O2 -shared -fPIC -o x.so x.c -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 '
            '-fstack-protector-strong -Wl,-z,relro -Wl,-z,nodelete {options} && '
            'python3 {tests}/gates/hardened.py library x.so')
README = '# X\n\n```c\n#include <stdio.h>\nint main(void)\n{\n    return 0;\n}\n```\n'
PROGRAMS = ('{cc} -shared -o x.so -x c /dev/null && python3 {tests}/docs/programs.py --source . '
            '--library x.so . -- {cc} | tee out && ! grep "^not ok" out')
ALONE = 'python3 {tests}/headers/alone.py . -- {cc} | tee out && ! grep "^not ok" out'
COUNT = 'EVC_CI= python3 {tests}/support/count.py .'
SKIPS = 'EVC_CI=1 PYTHONPATH={tests}/partners pytest-3 -q -p no_skips -p no:cacheprovider test_x.py'
NEEDS[SKIPS] = NEEDS[SKIPS.replace('EVC_CI=1', 'EVC_CI=')] = ('pytest-3', 'python3-pytest')
PYTEST = 'import pytest\n\n\n{0}\ndef test_x({1}):\n    assert {2}\n'


def test_log(result, stdout):
    return {'meson-logs/testlog.json': json.dumps(
        {'name': 'x', 'result': result, 'stdout': stdout}) + '\n'}


# (what is planted, files, command, whether it must pass, a part of its output)
COMMANDS = [
    ('the ABI of an equal library', {'old.c': OLD, 'new.c': OLD}, ABI, True, ''),
    ('the ABI of a library with one function more', {'old.c': OLD, 'new.c': MORE}, ABI, True, ''),
    ('the ABI of a library with one function less', {'old.c': MORE, 'new.c': OLD}, ABI, False,
     'envcrypt_y'),
    ('the ABI of a library with another parameter', {'old.c': OLD, 'new.c': NEW}, ABI, False,
     'unsigned int'),
    ('a constant that moved',
     {'envcrypt/envcrypt.h': ENUM, 'new.h': ENUM.replace('A = 1', 'A = 2')}, CONSTANTS,
     False, 'ENVCRYPT_X_B was 2 and is now 3'),
    ('a constant that came',
     {'envcrypt/envcrypt.h': ENUM, 'new.h': ENUM + '#define ENVCRYPT_X_C 7\n'}, CONSTANTS,
     True, ''),
    ('a block that is checked', {'x.c': BLOCK.format('', 'return x ? 1 : 0;')}, ANALYZER, True, ''),
    ('a block that may not be there', {'x.c': BLOCK.format('*x = 1;', 'return 0;')}, ANALYZER,
     False, 'possibly-NULL'),
    ('a block that is used after its end',
     {'x.c': BLOCK.format('if (!x) return 1;', 'return *x;')}, ANALYZER, False, 'use after'),
    ('the libraries of the smallest build', {}, LIBRARY.replace('{needs}', '-lcrypto'), True,
     'libcrypto'),
    ('a library too many', {}, LIBRARY.replace('{needs}', '-lm'), False, 'needs libm'),
    ('a hardened library', {'x.c': COPY}, HARDENED.replace('{options}', '-Wl,-z,now'), True, ''),
    ('a library whose tables stay writable', {'x.c': COPY},
     HARDENED.replace('{options}', '-Wl,-z,lazy'), False, 'built without -z now'),
    ('a library that cannot be loaded at run time', {'x.c': COPY},
     HARDENED.replace('{options}', '-Wl,-z,now -Wl,-z,nodlopen'), False, 'NOOPEN'),
    ('a public header that is whole', {'envcrypt/x.h': HEADER}, ALONE, True, 'ok 3 x.h as c++17'),
    ('a public header that needs another one first',
     {'envcrypt/x.h': HEADER.replace('#include <stddef.h>\n', '')}, ALONE, False, 'size_t'),
    ('a program of the README', {'README.md': README}, PROGRAMS, True, 'ok 1 README.md:4'),
    ('a program of the README that fails', {'README.md': README.replace('return 0', 'return 3')},
     PROGRAMS, False, 'program gave 3'),
    ('a program of the README that is too long',
     {'README.md': README.replace('return 0;', 'return 0;\n' * 20)}, PROGRAMS, False,
     'more than 15 lines'),
    ('the count of good subtests', test_log('OK', '1..2\nok 1 a\nok 2 b # SKIP no z\n'), COUNT,
     True, '1 passed, 0 failed, 1 skipped'),
    ('the count of a skip in CI', test_log('OK', '1..2\nok 1 a\nok 2 b # SKIP no z\n'),
     COUNT.replace('EVC_CI=', 'EVC_CI=1'), False, '1 passed, 1 failed'),
    ('the count of a bad subtest', test_log('FAIL', '1..2\nok 1 a\nnot ok 2 b\n'), COUNT,
     False, '1 passed, 1 failed'),
    ('the count of a leak behind good subtests', test_log('ERROR', '1..1\nok 1 a\n'), COUNT,
     False, '1 passed, 1 failed'),
    ('a partner test that is skipped', {'test_x.py': PYTEST.format('@pytest.mark.skip("no z")', '', 0)},
     SKIPS.replace('EVC_CI=1', 'EVC_CI='), True, '1 skipped'),
    ('a partner test that is done in CI', {'test_x.py': PYTEST.format('', '', 1)}, SKIPS, True, '1 passed'),
    ('a partner test that is skipped in CI',
     {'test_x.py': PYTEST.format('@pytest.mark.skip("no z")', '', 0)}, SKIPS, False, 'this is CI: Skipped: no z'),
    ('a file of partner tests that is skipped in CI',
     {'test_x.py': PYTEST.format('pytest.importorskip("no_such_z")', '', 1)}, SKIPS, False, 'this is CI'),
    ('a partner test without parameters in CI',
     {'test_x.py': PYTEST.format('@pytest.mark.parametrize("y", [])', 'y', 1)}, SKIPS, False, 'this is CI'),
    ('a partner test that may fail in CI', {'test_x.py': PYTEST.format('@pytest.mark.xfail', '', 0)}, SKIPS,
     False, 'this is CI'),
    ('the count of nothing', {'meson-logs/testlog.json': ''}, COUNT, False, '0 passed'),
]


def run_command(files, command):
    """(whether it passed, its output), run by the shell in an empty folder with the files."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(folder, files)
        done = subprocess.run(['sh', '-ec', command.format(cc=CC, tests=TESTS)], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True, check=False)
        return done.returncode == 0, done.stdout


def main():
    tap = Tap(len(COMMANDS))
    for name, files, command, good, part in COMMANDS:
        title = f'{"passes" if good else "refuses"} {name}'
        program, package = NEEDS.get(command, ('sh', ''))
        if not shutil.which(program) and not os.environ.get('EVC_CI'):
            tap.skip(title, 'apt install ' + package)
            continue
        passed, output = run_command(files, command)
        tap.result(passed == good and part in output, title, output.splitlines())


if __name__ == '__main__':
    CC = sys.argv[1]
    main()
