#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `envcrypt key check` in a network and with host names of its own (inside.py), where STS has
its real address; test_identity.py makes them.

    inside_check.py FOLDER <CASES >RESULTS

A case is {"environment": {name: value}, "faults": [[status, code] of STS's next answers]}; its
result {"steps": {step: row}, "saw": [what STS saw]}.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import clients  # noqa: E402
import inside  # noqa: E402

alibaba_sts = inside.alibaba_sts


def check(service, authority, environment):
    uri = f'alibaba-kms:///{service.arn}?endpoint=http://{service.host()}'
    done = subprocess.run(
        [os.environ['EVC_COMMAND'], 'key', 'check', uri, '--json', '--net', f'ca-file={authority}'],
        env={'PATH': os.environ['PATH'], 'HOME': '/nowhere', **environment}, check=False,
        stdout=subprocess.PIPE, timeout=60)
    return {row['step']: row for row in json.loads(done.stdout)['steps']}


def main():
    folder = sys.argv[1]
    inside.make_network(folder)
    authority, certificate = inside.make_certificate(folder)
    service = clients.Service()
    cloud = alibaba_sts.Cloud(service.facts['access'])
    server = alibaba_sts.serve(('127.0.0.1', 443), cloud.sts, certificate)
    results = []
    for case in json.load(sys.stdin):
        cloud.log.clear()
        cloud.faults = case.get('faults', [])
        steps = check(service, authority, case['environment'])
        results.append({'steps': steps, 'saw': list(cloud.log)})
    server.shutdown()
    service.close()
    json.dump(results, sys.stdout)


if __name__ == '__main__':
    main()
