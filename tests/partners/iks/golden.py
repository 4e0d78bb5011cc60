# SPDX-License-Identifier: Apache-2.0
"""Requests of IBM's clients for clusters, resources and policies (../kept.py says how they are
kept)."""
import os

from kept import Kept

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = Kept(os.path.join(HERE, 'golden'),
            ('accept', 'authorization', 'content-type', 'x-auth-refresh-token',
             'x-auth-resource-account', 'x-auth-resource-group'),
            secrets=('x-auth-refresh-token',))
check_official, check_ours = KEPT.check_official, KEPT.check_ours
KEYS = Kept(os.path.join(HERE, '..', 'ibm', 'golden'),
            ('accept', 'authorization', 'bluemix-instance', 'content-type', 'prefer', 'x-kms-key-ring'))
