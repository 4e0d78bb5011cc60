#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The cluster of the bench of re-encryption: that of tests/partners/kubeserver, with encryption on.

    reencrypt_cluster.py

prints "ready KUBECONFIG PLAINCLIENT VERSION" or "missing REASON", and takes on stdin

    secrets COUNT   makes so many of them, in all
    rotate          a new key, which the server knows when this is answered

each answered by "done". It ends when stdin does.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'partners', 'kubeserver'))

import kubeserver  # noqa: E402

NAMESPACES = ['default', 'team-a', 'team-b']
SIZE = 600  # bytes of data, as of a small certificate or some passwords


def say(*words):
    print(*words, flush=True)


def serve(cluster):
    for line in sys.stdin:
        order, *words = line.split()
        if order == 'secrets':
            cluster.create_secrets(int(words[0]), NAMESPACES, size=SIZE)
        else:
            cluster.rotate_key()
        say('done')


def main():
    missing = kubeserver.missing()
    if missing:
        say('missing', missing)
        return
    with kubeserver.Cluster() as cluster:
        cluster.switch_encryption('kms', 'identity')
        version = cluster.client().get('/version').json()['gitVersion']
        say('ready', cluster.kubeconfig('admin'), kubeserver.program('plainclient'), version)
        serve(cluster)


if __name__ == '__main__':
    main()
