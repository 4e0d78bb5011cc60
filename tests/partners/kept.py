# SPDX-License-Identifier: Apache-2.0
"""Requests of official clients, kept as JSON of method, path, query, headers and body fields.

EVC_WRITE_GOLDEN=1 in the environment of the tests writes them anew from what the client sends.
"""
import json
import os


class Kept:
    """headers: what the API gives a meaning to; correlation and request ids, agents and encodings
    differ by client and call. words: members of a body and what stands for them. secrets: headers
    whose value differs from run to run."""

    def __init__(self, folder, headers, words=(), secrets=()):
        self.folder, self.headers = folder, headers
        self.words, self.secrets = dict(words), secrets

    def path_of(self, name):
        return os.path.join(self.folder, name + '.json')

    def normal(self, entry):
        """An entry of a fake's log without what differs from run to run."""
        headers = {n: v for n, v in entry['headers'].items() if n in self.headers and v}
        if 'authorization' in headers:
            headers['authorization'] = headers['authorization'].split(' ')[0] + ' TOKEN'
        headers |= {name: 'TOKEN' for name in self.secrets if name in headers}
        body = entry['body']
        if isinstance(body, dict):
            body = {**body, **{n: word for n, word in self.words.items() if n in body}}
        if not body:  # no content, whatever type it is said to have
            headers.pop('content-type', None)
        return {'method': entry['method'], 'path': entry['path'], 'query': entry['query'],
                'headers': headers, 'body': body}

    def check_official(self, name, entry):
        text = json.dumps(self.normal(entry), indent=1, sort_keys=True) + '\n'
        if os.environ.get('EVC_WRITE_GOLDEN'):
            with open(self.path_of(name), 'w', encoding='utf-8') as file:
                file.write(text)
        with open(self.path_of(name), encoding='utf-8') as file:
            assert text == file.read(), f'the official client sends another {name} than in golden/'

    def check_ours(self, name, entry):
        with open(self.path_of(name), encoding='utf-8') as file:
            golden = json.load(file)
        sent = self.normal(entry)
        if golden['headers'].get('accept') in (None, '*/*'):  # it takes anything
            golden['headers'].pop('accept', None)
            sent['headers'].pop('accept', None)
        assert sent == golden, name
