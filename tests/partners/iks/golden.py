# SPDX-License-Identifier: Apache-2.0
"""Requests of IBM's clients for clusters, resources and policies (../kept.py says how they are
kept)."""
import os

from kept import Kept

KEPT = Kept(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden'),
            ('accept', 'authorization', 'content-type', 'x-auth-refresh-token',
             'x-auth-resource-account', 'x-auth-resource-group'),
            secrets=('x-auth-refresh-token',))
check_official, check_ours = KEPT.check_official, KEPT.check_ours
