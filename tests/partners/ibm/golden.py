# SPDX-License-Identifier: Apache-2.0
"""Requests of IBM's own client, kept as JSON of method, path, query, headers and body fields.

EVC_WRITE_GOLDEN=1 in the environment of the tests writes them anew from what the client sends.
"""
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden')
# What the API gives a meaning to. Correlation and request ids, agents and encodings differ by
# client and call.
HEADERS = ('accept', 'authorization', 'bluemix-instance', 'content-type', 'prefer',
           'x-kms-key-ring')


def normal(entry):
    """An entry of the fake's log without what differs from run to run."""
    headers = {n: v for n, v in entry['headers'].items() if n in HEADERS}
    if 'authorization' in headers:
        headers['authorization'] = headers['authorization'].split(' ')[0] + ' TOKEN'
    body = entry['body']
    if isinstance(body, dict) and 'ciphertext' in body:
        body = {**body, 'ciphertext': 'TEXT'}
    if not body:  # no content, whatever type it is said to have
        headers.pop('content-type', None)
    return {'method': entry['method'], 'path': entry['path'], 'query': entry['query'],
            'headers': headers, 'body': body}


def path_of(name):
    return os.path.join(FOLDER, name + '.json')


def check_official(name, entry):
    text = json.dumps(normal(entry), indent=1, sort_keys=True) + '\n'
    if os.environ.get('EVC_WRITE_GOLDEN'):
        with open(path_of(name), 'w', encoding='utf-8') as file:
            file.write(text)
    with open(path_of(name), encoding='utf-8') as file:
        assert text == file.read(), f'the official client sends another {name} than in golden/'


def check_ours(name, entry):
    with open(path_of(name), encoding='utf-8') as file:
        golden = json.load(file)
    sent = normal(entry)
    if golden['headers'].get('accept') == '*/*':  # it takes anything, so also what we ask for
        golden['headers'].pop('accept')
        sent['headers'].pop('accept')
    assert sent == golden, name
