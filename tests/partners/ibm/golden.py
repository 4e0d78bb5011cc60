# SPDX-License-Identifier: Apache-2.0
"""Requests of IBM's own client for Key Protect (../kept.py says how they are kept)."""
import os

from kept import Kept

KEPT = Kept(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden'),
            ('accept', 'authorization', 'bluemix-instance', 'content-type', 'prefer',
             'x-kms-key-ring'), words={'ciphertext': 'TEXT'})
check_official, check_ours = KEPT.check_official, KEPT.check_ours
normal, path_of = KEPT.normal, KEPT.path_of
