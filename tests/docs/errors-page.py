#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""doc/errors.md is what lib/base/errors.py makes of lib/base/errors.def.

    errors-page.py SCRIPT LIST PAGE
"""
import subprocess
import sys

SCRIPT, LIST, PAGE = sys.argv[1:]
with open(PAGE, encoding='utf-8') as file:
    if file.read() != subprocess.check_output([sys.executable, SCRIPT, LIST, 'page'],
                                              universal_newlines=True):
        sys.exit('doc/errors.md is not up to date; make it by\n'
                 '  python3 lib/base/errors.py lib/base/errors.def page > doc/errors.md')
