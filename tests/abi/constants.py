#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The values of the public constants, which programs have compiled in.

    constants.py compare BASELINE COMPILER…    each constant of the baseline has its old value
    constants.py write BASELINE COMPILER…      writes the baseline

abidiff does not see them: no function takes an enum, and macros leave no trace.
EVC_INCLUDE holds the folders of public headers, with colons between them.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

MACRO = re.compile(r'^#define (ENVCRYPT_\w+) +(?!")\S', re.M)
ENUM = re.compile(r'\benum\s+\w+\s*\{(.*?)\}', re.S)
NOT_PROMISED = {'ENVCRYPT_API', 'ENVCRYPT_VERSION_NUMBER'}


def values(compiler):
    """{name: value} as the compiler sees them."""
    folders = os.environ['EVC_INCLUDE'].split(':')
    names = []
    for folder in folders:
        for header in sorted(glob.glob(os.path.join(folder, 'envcrypt', '*.h'))):
            with open(header, encoding='utf-8') as file:
                text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
            names += MACRO.findall(text)
            for body in ENUM.findall(text):
                names += re.findall(r'^\s*(ENVCRYPT_\w+)', body, re.M)
    lines = [f'    printf("%s %lld\\n", "{n}", (long long)({n}));'
             for n in sorted(set(names) - NOT_PROMISED)]
    program = '#include <stdio.h>\n#include "envcrypt/envcrypt.h"\nint main(void)\n{\n'
    program += '\n'.join(lines) + '\n    return 0;\n}\n'
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, 'constants')
        command = [*compiler, '-x', 'c', '-', '-o', binary]
        for path in folders:
            command += ['-I', path]
        subprocess.run(command, input=program, universal_newlines=True, check=True)
        output = subprocess.check_output([binary], universal_newlines=True)
    return dict(line.split() for line in output.splitlines())


def main(verb, baseline, *compiler):
    now = values(compiler)
    if verb == 'write':
        with open(baseline, 'w', encoding='utf-8') as file:
            file.writelines(f'{name} {value}\n' for name, value in sorted(now.items()))
        return 0
    if not os.path.exists(baseline):
        print(f'there is no {baseline} yet; .ci/abi-accept makes it', file=sys.stderr)
        return 1 if os.environ.get('EVC_CI') else 77
    status = 0
    with open(baseline, encoding='utf-8') as file:
        for name, value in map(str.split, file):
            if now.get(name) != value:
                print(f'{name} was {value} and is now {now.get(name, "gone")}', file=sys.stderr)
                status = 1
    return status


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
