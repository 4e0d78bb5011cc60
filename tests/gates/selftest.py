#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the gates: a small sound tree passes them all, each planted violation is found.

    selftest.py CC

Every case lays one changed or added file over the sound tree, compiles it, runs one gate and
expects its file, line and text. Prints TAP.
"""
import os
import re
import subprocess
import sys
import tempfile

import circles
import exports
import faults
import layers
import lint
from house import House
from planted import Tap, write_tree

LICENCE = '/* SPDX-License-Identifier: Apache-2.0 */\n'
RULES = {'base': set(), 'crypto': {'base'}, 'codec': {'base'}, 'api': {'base', 'crypto', 'codec'}}

SOUND = {
    'lib/base/errors.def': LICENCE + 'EVC_CLASS(NOMEM, 3, "memory is out")\n'
                           'EVC_ERROR(NOMEM, 1, NOMEM, "out of memory")\n',
    'lib/base/mem.h': LICENCE + 'void *evc_mem_new(unsigned size);\n',
    'lib/base/mem.c': LICENCE + '#include "base/mem.h"\n#include <stdlib.h>\n'
                      'void *evc_mem_new(unsigned size) { return calloc(1, size); }\n',
    'lib/crypto/digest.h': LICENCE + 'int evc_digest_run(void);\n',
    'lib/crypto/digest.c': LICENCE + '#include "crypto/digest.h"\n#include "base/mem.h"\n'
                           'int evc_digest_run(void) { return evc_mem_new(1) != 0; }\n',
    'lib/codec/json.h': LICENCE + 'int evc_json_read(void);\n',
    'lib/codec/json.c': LICENCE + '#include "codec/json.h"\n'
                        'int evc_json_read(void) { return 0; }\n',
    'lib/api/thing.c': LICENCE + '#include "envcrypt/thing.h"\n#include "crypto/digest.h"\n'
                       'int envcrypt_thing_run(int count) { return evc_digest_run() + count; }\n',
    'lib/api/libenvcrypt.map': 'ENVCRYPT_0.1 {\nglobal:\n    envcrypt_thing_run;\n'
                               'local:\n    *;\n};\n',
    'include/envcrypt/thing.h': LICENCE + '''/**
 * @file
 * Things.
 */
#ifndef ENVCRYPT_THING_H
#define ENVCRYPT_THING_H
#define ENVCRYPT_API __attribute__((visibility("default")))
/** Kinds. */
enum envcrypt_kind {
    ENVCRYPT_KIND_ONE = 1 /**< the first */
};
/**
 * Runs it.
 * @param count  how often
 * @return 0; ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_thing_run(int count);
#endif
''',
    'examples/show.c': LICENCE + '#include <envcrypt/thing.h>\n',
    'tests/unit/base/test-mem.c': LICENCE + 'START_TEST(works)\n{\n}\nEND_TEST\nadd(works);\n',
    'tests/gates/faults.def': '# SPDX-License-Identifier: Apache-2.0\n' + '\n'.join(
        f'{row} fault\n  unit/base/test-mem.c works' for row in faults.ROWS) + '\n',
    'tests/unit/crypto/test-digest.c': LICENCE,
    'tests/unit/codec/test-json.c': LICENCE,
    'tests/unit/api/test-thing.c': LICENCE,
}

THING = SOUND['include/envcrypt/thing.h']
DIGEST = SOUND['lib/crypto/digest.c']
API = SOUND['lib/api/thing.c']
FAULTS = SOUND['tests/gates/faults.def']
MAP = SOUND['lib/api/libenvcrypt.map']


def plain_symbols(house):
    return exports.symbol_gate(house)


def library_symbols(house):
    """The symbol gate with a library whose map was planted (None: every symbol shows)."""
    library = house.path('libthing.so')
    subprocess.run([CC, '-shared', '-o', library, '-Wl,--whole-archive',
                    *house.archives.values(), '-Wl,--no-whole-archive',
                    '-Wl,--version-script,' + house.path('linked.map')], check=True)
    return exports.symbol_gate(house, library)


# (what is planted, gate, changed files, path:line of the finding, a part of its text)
CASES = [
    ('a call of an undeclared layer', layers.link_gate,
     {'lib/crypto/digest.c': DIGEST + 'int evc_json_read(void);\n'
      'int evc_digest_more(void);\nint evc_digest_more(void)\n{\n'
      '    return evc_json_read();\n}\n'},
     'lib/crypto/digest.c:9', 'calls evc_json_read of layer codec'),
    ('a call of a function that nobody defines', layers.link_gate,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + 'int evc_lost(void);\n'
      'int evc_mem_lost(void) { return evc_lost(); }\n'},
     'lib/base/mem.c:6', 'evc_lost that no layer defines'),
    ('an upward call of the public surface', layers.link_gate,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + 'int envcrypt_thing_run(int);\n'
      'int evc_mem_up(void) { return envcrypt_thing_run(1); }\n'},
     'lib/base/mem.c:6', 'of layer api'),
    ('an include of an undeclared layer', layers.include_gate,
     {'lib/crypto/digest.h': LICENCE + '#include "codec/json.h"\nint evc_digest_run(void);\n'},
     'lib/crypto/digest.h:2', 'of layer codec'),
    ('an include without a folder', layers.include_gate,
     {'lib/crypto/digest.c': DIGEST.replace('crypto/digest.h', 'digest.h')},
     'lib/crypto/digest.c:2', 'write "layer/module.h"'),
    ('an inner header in a public one', layers.include_gate,
     {'include/envcrypt/thing.h': THING + '#include "base/mem.h"\n'},
     'include/envcrypt/thing.h:20', 'of the inside'),
    ('a third-party header in a public one', layers.include_gate,
     {'include/envcrypt/thing.h': THING + '#include <openssl/evp.h>\n'},
     'include/envcrypt/thing.h:20', 'includes <openssl/evp.h>'),
    ('an inner header in an example', layers.include_gate,
     {'examples/show.c': LICENCE + '#include "base/mem.h"\n'},
     'examples/show.c:2', 'of the inside'),
    ('OpenSSL in codec', layers.third_party_gate,
     {'lib/codec/json.c': SOUND['lib/codec/json.c'] + '#include <openssl/evp.h>\n'},
     'lib/codec/json.c:4', 'belongs to lib/crypto/'),
    ('libssl in crypto', layers.third_party_gate,
     {'lib/crypto/digest.c': DIGEST + '#include <openssl/ssl.h>\n'},
     'lib/crypto/digest.c:5', 'belongs to lib/net/tls.c'),
    ('jansson in crypto', layers.third_party_gate,
     {'lib/crypto/digest.c': DIGEST + '#include <jansson.h>\n'},
     'lib/crypto/digest.c:5', 'belongs to lib/codec/'),
    ('a library that nobody knows', layers.third_party_gate,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + '#  include <zlib.h>\n'},
     'lib/base/mem.c:5', 'a header that the gate does not know'),
    ('two modules that call one another', circles.circle_gate,
     {'lib/crypto/digest.c': DIGEST + 'int evc_salt_run(void);\n'
      'int evc_digest_salted(void) { return evc_salt_run(); }\n',
      'lib/crypto/salt.c': LICENCE + '#include "crypto/digest.h"\n'
      'int evc_salt_run(void) { return evc_digest_run(); }\n'},
     'lib/crypto/digest.c:5', 'part of a circle of lib/crypto/digest, lib/crypto/salt'),
    ('three headers in a ring', circles.circle_gate,
     {'lib/base/a.h': LICENCE + '#include "base/b.h"\n',
      'lib/base/b.h': LICENCE + '#include "base/c.h"\n',
      'lib/base/c.h': LICENCE + '#include "base/a.h"\n'},
     'lib/base/b.h:2', 'circle of lib/base/a, lib/base/b, lib/base/c'),
    ('a declaration that the map forgot', plain_symbols,
     {'lib/api/libenvcrypt.map': MAP.replace('    envcrypt_thing_run;\n', '')},
     'include/envcrypt/thing.h:18', 'declared but not in'),
    ('a name in the map without declaration', plain_symbols,
     {'lib/api/libenvcrypt.map': MAP.replace('global:\n', 'global:\n    envcrypt_gone;\n')},
     'lib/api/libenvcrypt.map:3', 'no header declares it'),
    ('an exported function outside of lib/api', plain_symbols,
     {'lib/api/thing.c': LICENCE + 'int evc_digest_run(void);\n',
      'lib/base/mem.c': SOUND['lib/base/mem.c'] +
      'int envcrypt_thing_run(int count);\n'
      'int envcrypt_thing_run(int count) { return count; }\n'},
     'lib/api/libenvcrypt.map:3', 'is no function defined in lib/api'),
    ('a global name without prefix', plain_symbols,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + 'int helper(void) { return 1; }\n'},
     'lib/base/mem.c:0', 'global symbol helper'),
    ('a function that the library shows beside the map', library_symbols,
     {'linked.map': 'ENVCRYPT_0.1 {\nglobal: envcrypt_*; evc_digest_run; local: *;\n};\n'},
     'lib/api/libenvcrypt.map:0', 'shows evc_digest_run'),
    ('a function that the library hides', library_symbols,
     {'linked.map': 'ENVCRYPT_0.1 {\nglobal: evc_none; local: *;\n};\n'},
     'lib/api/libenvcrypt.map:3', 'does not show envcrypt_thing_run'),
    ('exported data', library_symbols,
     {'lib/api/thing.c': LICENCE + 'int envcrypt_thing_run = 1;\n',
      'linked.map': MAP},
     'lib/api/libenvcrypt.map:3', 'is not a function (nm: D)'),
    ('a parameter without description', exports.comment_gate,
     {'include/envcrypt/thing.h': THING.replace(' * @param count  how often\n', '')},
     'include/envcrypt/thing.h:17', 'no @param for count'),
    ('a description without parameter', exports.comment_gate,
     {'include/envcrypt/thing.h': THING.replace('@param count', '@param size')},
     'include/envcrypt/thing.h:18', '@param size is no parameter'),
    ('a result without description', exports.comment_gate,
     {'include/envcrypt/thing.h': THING.replace('@return', 'returns')},
     'include/envcrypt/thing.h:18', 'no @return'),
    ('a header without @file', exports.comment_gate,
     {'include/envcrypt/thing.h': THING.replace('@file', 'file')},
     'include/envcrypt/thing.h:1', 'no block with @file'),
    ('a type without comment', exports.comment_gate,
     {'include/envcrypt/thing.h': THING + 'typedef struct envcrypt_thing envcrypt_thing;\n'},
     'include/envcrypt/thing.h:20', 'no documentation comment'),
    ('a constant without comment', exports.comment_gate,
     {'include/envcrypt/thing.h': THING.replace(' /**< the first */', '')},
     'include/envcrypt/thing.h:11', 'ENVCRYPT_KIND_ONE has no comment'),
    ('an inline function', exports.binding_gate,
     {'include/envcrypt/thing.h': THING + 'static inline int twice(int a) { return a; }\n'},
     'include/envcrypt/thing.h:20', 'an inline function'),
    ('a variadic function', exports.binding_gate,
     {'include/envcrypt/thing.h': THING + 'ENVCRYPT_API int envcrypt_log(int n, ...);\n'},
     'include/envcrypt/thing.h:20', 'a variadic function'),
    ('a struct with members', exports.binding_gate,
     {'include/envcrypt/thing.h': THING + 'struct envcrypt_point { int x; };\n'},
     'include/envcrypt/thing.h:20', 'a struct or union'),
    ('a fault without a test', faults.fault_gate,
     {'tests/gates/faults.def': re.sub('(?m)^(7 fault)\n.*\n', '\\1\n', FAULTS)},
     'tests/gates/faults.def:1', 'row 7 has no test'),
    ('a test of a fault that was renamed', faults.fault_gate,
     {'tests/unit/base/test-mem.c': LICENCE + 'START_TEST(worked)\nadd(worked);\n'},
     'tests/gates/faults.def:3', 'runs no test works'),
    ('a test of a fault that is not added to its suite', faults.fault_gate,
     {'tests/unit/base/test-mem.c': LICENCE + 'START_TEST(works)\nEND_TEST\n'},
     'tests/gates/faults.def:3', 'runs no test works'),
    ('a file of a fault that is gone', faults.fault_gate,
     {'tests/gates/faults.def': FAULTS.replace('test-mem.c', 'test-gone.c', 1)},
     'tests/gates/faults.def:3', 'tests/unit/base/test-gone.c is no file'),
    ('strcpy', lint.call_gate,
     {'lib/codec/json.c': SOUND['lib/codec/json.c'] + 'void f(void) { strcpy (a, b); }\n'},
     'lib/codec/json.c:4', 'strcpy() is not used'),
    ('malloc outside of mem.c', lint.call_gate,
     {'lib/codec/json.c': SOUND['lib/codec/json.c'] + 'void f(void) { malloc(1); }\n'},
     'lib/codec/json.c:4', 'only lib/base/mem.c allocates'),
    ('printf in the library', lint.call_gate,
     {'lib/codec/json.c': SOUND['lib/codec/json.c'] + 'void f(void) { printf("x"); }\n'},
     'lib/codec/json.c:4', 'the library writes nowhere'),
    ('a file without licence', lint.licence_gate, {'lib/base/new.c': 'int x;\n'},
     'lib/base/new.c:1', 'does not begin with SPDX'),
    ('a script without licence', lint.licence_gate, {'tests/x.sh': '#!/bin/sh\nexit 0\n'},
     'tests/x.sh:1', 'does not begin with SPDX'),
    ('a file that is too long', lint.length_gate, {'lib/base/new.c': LICENCE + '\n' * 900},
     'lib/base/new.c:901', 'the limit is 900'),
    ('a file that does not belong at the top', lint.top_level_gate, {'NEWS.md': 'News\n'},
     'NEWS.md:1', 'does not belong at the top level'),
    ('a path of a machine', lint.machine_path_gate,
     {'doc/guide.md': 'see\n/' 'home/ann/x\n'}, 'doc/guide.md:2', 'a path of one machine'),
    ('a module without test', lint.module_test_gate, {'lib/base/new.c': LICENCE},
     'lib/base/new.c:1', 'tests/unit/base/test-new.c'),
    ('an error that does not exist', lint.error_name_gate,
     {'include/envcrypt/thing.h': THING.replace('E_NOMEM', 'E_NO_MEM')},
     'include/envcrypt/thing.h:16', 'ENVCRYPT_E_NO_MEM does not exist'),
]

ALLOWED = [
    ('a call in a comment or a text', lint.call_gate,
     {'lib/codec/json.c': LICENCE + '/* not malloc(1) */\nconst char *evc_json_x = "free(p)";\n'}),
    ('a member called free', lint.call_gate,
     {'lib/codec/json.c': LICENCE + 'void f(T *t) { t->free(t->user); evc_mem_free(t); }\n'}),
    ('a chain of modules', circles.circle_gate,
     {'lib/crypto/a.c': LICENCE + '#include "crypto/digest.h"\n'
      'int evc_a(void);\nint evc_a(void) { return evc_digest_run(); }\n'}),
    ('headers of the system', layers.third_party_gate,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + '#include <sys/mman.h>\n#include <sodium.h>\n'}),
    ('the header of a library in a comment', layers.third_party_gate,
     {'lib/base/mem.c': SOUND['lib/base/mem.c'] + '/*\n#include <jansson.h>\n*/\n'}),
]
SYMBOL_GATES = (layers.link_gate, circles.circle_gate, plain_symbols, library_symbols)
CLEAN_GATES = (layers.link_gate, layers.include_gate, layers.third_party_gate,
               circles.circle_gate, plain_symbols, exports.comment_gate, exports.binding_gate,
               faults.fault_gate, *lint.GATES)


def plant(folder, changes, build):
    """Writes the tree and, for gates that read symbols, builds one archive for each layer."""
    tree = {**SOUND, **changes}
    write_tree(folder, tree)
    archives = {}
    for layer in RULES if build else ():
        objects = []
        for path in sorted(p for p in tree if re.match(f'lib/{layer}/.*\\.c$', p)):
            target = os.path.join(folder, 'objects', layer, f'{layer}_{os.path.basename(path)}.o')
            os.makedirs(os.path.dirname(target), exist_ok=True)
            subprocess.run(
                [CC, '-c', '-g', '-w', '-fPIC', '-I', os.path.join(folder, 'lib'),
                 '-I', os.path.join(folder, 'include'), '-o', target,
                 os.path.join(folder, path)], check=True)
            objects.append(target)
        archives[layer] = os.path.join(folder, f'libevc_{layer}.a')
        subprocess.run(['ar', 'rcs', archives[layer], *objects], check=True)
    return House(folder, RULES, archives)


def findings(gate, changes):
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        house = plant(folder, changes, gate in SYMBOL_GATES)
        found = set()
        for violation in gate(house):
            path = re.sub('^' + re.escape(folder) + '/', '', violation.path)
            found.add(f'{path}:{violation.line}: {violation.text}')
        return sorted(found)


def main():
    tap = Tap(len(CASES) + len(ALLOWED) + len(CLEAN_GATES))
    for gate in CLEAN_GATES:
        found = findings(gate, {})
        tap.result(not found, f'{gate.__name__} lets the sound tree pass', found)
    for name, gate, changes, place, part in CASES:
        found = findings(gate, changes)
        good = any(f.startswith(place + ': ') and part in f for f in found)
        tap.result(good, f'finds {name}', found)
    for name, gate, changes in ALLOWED:
        found = findings(gate, changes)
        tap.result(not found, f'allows {name}', found)


if __name__ == '__main__':
    CC = sys.argv[1]
    main()
