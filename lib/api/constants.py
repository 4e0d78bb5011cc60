#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists every public constant of the headers given, one EVC_CONSTANT(name) a line."""
import re
import sys

ENUM = re.compile(r'\benum\s+\w+\s*\{(.*?)\}', re.S)
MACRO = re.compile(r'^#define (ENVCRYPT_\w+) +[-(0-9]', re.M)

names = set()
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
    names.update(MACRO.findall(text))
    for body in ENUM.findall(text):
        names.update(re.findall(r'^\s*(ENVCRYPT_\w+)', body, re.M))

print('/* Made by the build from the public headers. Do not edit. */')
for name in sorted(names):
    print(f'EVC_CONSTANT({name})')
