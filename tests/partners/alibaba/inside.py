#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs cases of credentials in a network and with host names of its own, where Alibaba Cloud's
addresses are ours: root of a new user, network and mount namespace (test_credentials.py makes them).

    inside.py FOLDER <CASES >RESULTS

A case is {"environment": {…}, "files": {path: text}, "cloud": {…}, "libraries": […]}; its result
{"ours": [reply, log], LIBRARY: [reply, log], …}. {folder} in texts is the home of who asks.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..', 'fakes'))

import alibaba_sts  # noqa: E402
import certificates  # noqa: E402

HOSTS = ['sts.aliyuncs.com', 'sts.cn-beijing.aliyuncs.com', 'sts.cn-hangzhou.aliyuncs.com',
         'sts-vpc.cn-beijing.aliyuncs.com',
         'signin-test.alibabacloudsso.com', 'oauth.aliyun.com']
KEYS = {'LTAI-env': ('env-secret', None), 'LTAI-cli': ('cli-secret', None),
        'LTAI-ini': ('ini-secret', None)}
LIBRARIES = {'python': [sys.executable, os.path.join(HERE, 'official.py')],
             'node': ['node', os.path.join(HERE, 'official.js')]}


def run(*command):
    subprocess.run(command, check=True)


def make_network(folder):
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'address', 'add', '100.100.100.200/32', 'dev', 'lo')
    hosts = os.path.join(folder, 'hosts')
    with open(hosts, 'w', encoding='ascii') as file:
        file.write('127.0.0.1 localhost ' + ' '.join(HOSTS) + '\n')
    run('mount', '--bind', hosts, '/etc/hosts')


def make_certificate(folder):
    maker = certificates.Maker(folder)
    maker.authority('ca')
    maker.leaf('sts', 'ca', ','.join('DNS:' + host for host in HOSTS), certificates.NOW, 'sha256')
    return maker.path('ca.pem'), maker.path('sts.pem')


def arrange(case, home, authority):
    for path, text in case.get('files', {}).items():
        path = os.path.join(home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('{folder}', home))
        os.chmod(path, 0o600)
    environment = {'HOME': home, 'PATH': os.environ['PATH'], 'NODE_EXTRA_CA_CERTS': authority,
                   'NODE_PATH': os.environ['NODE_PATH'], 'SSL_CERT_FILE': authority,
                   'REQUESTS_CA_BUNDLE': authority, 'PYTHONDONTWRITEBYTECODE': '1'}
    for name, value in case.get('environment', {}).items():
        environment['ALIBABA_CLOUD_' + name] = value.replace('{folder}', home)
    return environment


def ask(command, home, environment, case):
    """One that asks, with a cloud that nobody asked before: its reply, and what the cloud saw."""
    cloud = CLOUD['it'] = alibaba_sts.Cloud(KEYS)
    for name, value in case.get('cloud', {}).items():
        setattr(cloud, name, value)
    done = subprocess.run(command, cwd=home, env=environment, stdout=subprocess.PIPE, timeout=60,
                          check=True)
    return [json.loads(done.stdout), cloud.log]


class Now:
    """Passes on to the cloud of the moment."""

    def __getattr__(self, name):
        return getattr(CLOUD['it'], name)


CLOUD = {}


def main():
    folder = sys.argv[1]
    make_network(folder)
    authority, certificate = make_certificate(folder)
    servers = alibaba_sts.serve_all(Now(), certificate)
    results = []
    for number, case in enumerate(json.load(sys.stdin)):
        commands = {name: LIBRARIES[name] for name in case['libraries']}
        commands['ours'] = [os.environ['EVC_CREDENTIALS'], 'alibaba', 'client.ca-file=' + authority]
        result = {}
        for name, command in commands.items():
            home = os.path.join(folder, f'{name}-{number}')  # some write into the CLI's file
            os.mkdir(home)
            result[name] = ask(command, home, arrange(case, home, authority), case)
        results.append(result)
    for server in servers:
        server.shutdown()
    json.dump(results, sys.stdout)


if __name__ == '__main__':
    main()
