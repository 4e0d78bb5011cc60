#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lint: the rules of the house that no other tool checks.

Licence lines, functions that are not used here, one place for allocation, the length of
files, one test for each module, error names that exist, and no path of anyone's machine.
"""
import os
import re
import subprocess
import sys

from house import Violation, line_of, parse_house, report, strip

C_FILES = ('.c', '.h')
LONGEST = 900

# (what, where it is refused, files that may, why)
CALLS = [
    ('strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|strtok_r|strncpy|strncat',
     ('lib', 'examples', 'tests'), (), 'use evc_buf, or snprintf'),
    ('atoi|atol|atoll|atof', ('lib', 'examples', 'tests'), (),
     'it cannot report an error; use strtoll or a parser with a cursor'),
    ('rand|srand|random|srandom|rand_r|drand48', ('lib', 'examples', 'tests'), (),
     'keys come from evc_random, anything else from libsodium'),
    ('alloca|system|popen|mktemp|tmpnam|tempnam|setlocale|chdir|umask|atexit|signal',
     ('lib',), (), 'a library does not do this to its host'),
    ('alloca|mktemp|tmpnam|tempnam', ('examples', 'tests'), (), 'there is a safe sibling'),
    ('malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf|'
     'aligned_alloc|posix_memalign', ('lib',), ('lib/base/mem.c',),
     'only lib/base/mem.c allocates'),
    ('printf|vprintf|fprintf|vfprintf|puts|fputs|putchar|perror|dprintf', ('lib',), (),
     'the library writes nowhere; use evc_log'),
    ('getenv|secure_getenv', ('lib',), ('lib/base/environ.c',),
     'only lib/base/environ.c reads it'),
    ('explicit_bzero|bzero|sodium_memzero|OPENSSL_cleanse', ('lib',), ('lib/base/mem.c',),
     'wipe by evc_mem_wipe'),
    ('CRYPTO_memcmp|sodium_memcmp', ('lib',), ('lib/base/mem.c',),
     'compare by evc_mem_equal_secret'),
    ('CRYPTO_set_mem_functions|json_set_alloc_funcs2?|curl_global_init_mem|'
     'nghttp2_set_debug_vprintf_callback', ('lib',), (), 'it belongs to the host process'),
    ('sodium_malloc|sodium_allocarray', ('lib',), (), 'secrets live in the arena'),
]


def call_gate(house):
    """No call of a banned function."""
    for names, folders, allowed, why in CALLS:
        pattern = re.compile(r'(?<![\w.>])(' + names + r')\s*\(')
        for path in house.files(*folders, ends=C_FILES):
            if path in allowed:
                continue
            code = strip(house.read(path))
            for match in pattern.finditer(code):
                yield Violation(path, line_of(code, match.start()),
                                f'{match.group(1)}() is not used here: {why}')


def tracked_files(house, which='-co'):
    """The files of the project: what git knows (-c, and -o: or would add), or without git all."""
    if os.path.exists(house.path('.git')):
        done = subprocess.run(
            ['git', '-c', 'safe.directory=*', '-C', house.root, 'ls-files', which,
             '--exclude-standard', '-z'], stdout=subprocess.PIPE, check=False)
        if done.returncode == 0:
            names = done.stdout.decode().split('\0')
            return sorted(n for n in names if n and os.path.isfile(house.path(n)))
    return [p for p in house.files('.', ends='') if not p.startswith(('build', '.'))]


def text_files(house):
    for path in tracked_files(house):
        with open(house.path(path), 'rb') as file:
            content = file.read()
        if b'\0' not in content[:8000]:
            yield path, content.decode('utf-8', 'replace')


SPDX = 'SPDX-License-Identifier: Apache-2.0'
SPDX_NAMES = ('.c', '.h', '.h.in', '.py', '.sh', '.go', '.js', '.def', 'meson.build')


def licence_gate(house):
    """The licence is named in the first line, or in the one after #!."""
    for path, text in text_files(house):
        if path.endswith(SPDX_NAMES) or text.startswith('#!'):
            lines = text.split('\n', 2)
            first = lines[1] if text.startswith('#!') and len(lines) > 1 else lines[0]
            if SPDX not in first:
                yield Violation(path, 1, f'the file does not begin with {SPDX}')


def length_gate(house):
    """No file of ours is longer than 900 lines."""
    for path in house.files('lib', 'examples', 'tests',
                            ends=C_FILES + ('.py', '.sh', '.go')):
        lines = house.read(path).count('\n')
        if lines > LONGEST:
            yield Violation(path, lines, f'{lines} lines; the limit is {LONGEST}')


TOP_LEVEL = {'meson.build', 'meson_options.txt', 'README.md', 'COPYING', 'include', 'lib', 'tests',
             'examples', 'pkgconfig', 'doc'}


def top_level_gate(house):
    """The first page of the project shows what design says and no more; hidden files aside."""
    for name in sorted({path.partition('/')[0] for path in tracked_files(house, '-c')}):
        if name not in TOP_LEVEL and not name.startswith('.'):
            yield Violation(name, 1, 'this does not belong at the top level: news and guides go to '
                            'doc/, what runs tests to tests/, programs to examples/')


MACHINE_PATH = re.compile(r'/(?:work|farm|root|home/\w+)/')


def machine_path_gate(house):
    """No path of the machine that somebody works on."""
    for path, text in text_files(house):
        if path.endswith('.lock'):
            continue
        for match in MACHINE_PATH.finditer(text):
            yield Violation(path, line_of(text, match.start()),
                            f'{match.group(0)}: a path of one machine')


# The test of a module that stands elsewhere than in tests/unit/<layer>/test-<module>.c.
TESTED_ELSEWHERE = {
    'lib/api/access_none.c': 'tests/unit/api/test-access.c',
    'lib/api/census_none.c': 'tests/unit/api/test-census.c',
    'lib/api/chains.c': 'tests/unit/api/test-credentials.c',
    'lib/api/chains_none.c': 'tests/unit/api/test-credentials.c',
    'lib/api/cloud_none.c': 'tests/unit/api/test-service.c',
    'lib/api/cluster_none.c': 'tests/unit/api/test-cluster.c',
    'lib/api/etcd_none.c': 'tests/unit/api/test-etcd.c',
    'lib/api/encryption_config_none.c': 'tests/unit/api/test-encryption_config.c',
    'lib/api/exchange_none.c': 'tests/unit/api/test-contract.c',
    'lib/api/network_none.c': 'tests/unit/api/test-network.c',
    'lib/api/reencrypt_none.c': 'tests/unit/api/test-reencrypt.c',
    'lib/api/stored_none.c': 'tests/unit/api/test-stored.c',
    'lib/base/pages_linux.c': 'tests/unit/base/test-pages-linux.c',
    'lib/base/pages_posix.c': 'tests/unit/base/test-pages.c',
    'lib/base/rename_linux.c': 'tests/unit/base/test-rename.c',
    'lib/base/rename_posix.c': 'tests/unit/base/test-rename.c',
    'lib/base/spawn_linux.c': 'tests/unit/base/test-process.c',
    'lib/base/spawn_posix.c': 'tests/unit/base/test-process.c',
    'lib/net/watch_linux.c': 'tests/unit/net/test-watch.c',
    'lib/net/watch_posix.c': 'tests/unit/net/test-watch.c',
}


def module_test_gate(house):
    """One subject, one file, one test, one name."""
    for path in house.files('lib', ends=('.c',)):
        _, layer, name = path.split('/', 2)
        test = f'tests/unit/{layer}/test-{name}'
        if not os.path.exists(house.path(TESTED_ELSEWHERE.get(path, test))):
            yield Violation(path, 1, f'the module has no test; it belongs in {test}')


ERRORS = 'lib/base/errors.def'
ERROR_NAME = re.compile(r'\bENVCRYPT_(?:E|CLASS)_[A-Z0-9_]*[A-Z0-9]\b')
ERROR_ENTRY = re.compile(r'^EVC_(ERROR|CLASS)\((\w+),', re.M)


def error_name_gate(house):
    """Every error that a comment or a page names exists."""
    known = {'ENVCRYPT_' + ('E' if kind == 'ERROR' else kind) + '_' + name
             for kind, name in ERROR_ENTRY.findall(house.read(ERRORS))}
    for path in house.files('include', 'lib', 'doc', 'examples', ends=C_FILES + ('.md',)):
        text = house.read(path)
        for match in ERROR_NAME.finditer(text):
            if match.group(0) not in known:
                yield Violation(path, line_of(text, match.start()),
                                f'{match.group(0)} does not exist; {ERRORS} is the list')


GATES = (call_gate, licence_gate, length_gate, top_level_gate, machine_path_gate,
         module_test_gate, error_name_gate)

if __name__ == '__main__':
    HOUSE, _ = parse_house(__doc__)
    sys.exit(report(HOUSE, *GATES))
