# SPDX-License-Identifier: Apache-2.0
"""The picture of the guide of clusters: a session with a cluster of EKS on a terminal, recorded.

EVC_WRITE_PICTURE=1 in the environment writes doc/clusters.svg anew, by a session on the clock of this
machine, which takes some minutes. Else the session is held under faketime, and its lines, but for
numbers, are compared with those of the picture.
"""
import json
import os
import re
import socket

import fast_clock
import picture
from ours import environment
from places import Eks
from recording import Session

ROWS, COLUMNS = 32, 120
WRITES = bool(os.environ.get('EVC_WRITE_PICTURE'))
MINUTE = 60
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'doc', 'clusters.svg')
TITLE = 'A terminal, on which the Secrets of an EKS cluster are encrypted and proven, and its key is rotated'
ASKED = 'Type the name of the cluster (prod) to go on: '
SESSION = [  # command line, what is typed when it asks, exit code
    ('envcrypt cluster status eks://eu-central-1/prod', None, 12),
    ('envcrypt cluster plan eks://eu-central-1/prod --key alias/prod', None, 0),
    ('envcrypt cluster enable eks://eu-central-1/prod --key alias/prod', 'prod', 0),
    ('envcrypt cluster verify eks://eu-central-1/prod', None, 0),
    ('envcrypt cluster rotate eks://eu-central-1/prod', 'prod', 0),
    ('envcrypt cluster status eks://eu-central-1/prod', None, 0),
]
UUID = re.compile('[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
EXAMPLES = [  # a key, an update, a request
    '1234abcd-12ab-34cd-56ef-1234567890ab', 'a724fe79-b99e-4217-af7e-3d855d75b3af',
    'e54e701e-f939-4534-b7f0-52f577663c3f']


class Masks:
    """What is of this machine, or of this run, is shown as that of an example."""

    def __init__(self, place, folder):
        self.texts = {
            place.proxy.url: 'https://EXAMPLE0123456789.gr7.eu-central-1.eks.amazonaws.com',
            str(folder): '~', 'user/fixed': 'user/ops', 'AIDAFIXED': 'AIDAEXAMPLE'}
        self.ids = {}

    def __call__(self, text):
        for of, there in self.texts.items():
            text = text.replace(of, there)
        return UUID.sub(self.example, text)

    def example(self, match):
        if match[0] not in self.ids:
            self.ids[match[0]] = EXAMPLES[len(self.ids)]
        return self.ids[match[0]]


def begin(make, folder, clock):
    """The session, and the way to its cluster, before which no key is set."""
    place = make(Eks, secrets=200 if WRITES else 12, namespaces=['shop'])
    version = json.loads(place.kube.client().request('GET', '/version').body)
    place.behind.begin(update_s=2 * MINUTE if WRITES else 30, aliases={'alias/prod': place.key})
    place.cluster.version = f'{version["major"]}.{version["minor"]}'
    url = place.options['endpoint-url']

    def words_of(line):
        return [*(clock.faketime() if clock else []), os.environ['EVC_COMMAND'], *line.split()[1:],
                '--endpoint-url', url, '--option', 'kms-endpoint=' + url]

    variables = environment(folder, TERM='xterm', **place.environment)
    variables.pop('XDG_STATE_HOME', None)
    return Session((ROWS, COLUMNS), words_of, folder, variables, Masks(place, folder))


def drawn():
    with open(PATH, encoding='utf-8') as file:
        return file.read()


def stable(lines):
    """Without numbers, and what depends on how long something took."""
    return [re.sub('[0-9]+', '0', line.rstrip()) for line in lines if line and not line.startswith(
        ('storing Secrets anew', 'requests sent again', 'note: the clock of the API server'))]


def test_the_picture_shows_what_the_command_says(make, monkeypatch, tmp_path):
    session = begin(make, tmp_path, None if WRITES else fast_clock.Clock(20, monkeypatch))
    for line, answer, code in SESSION:
        assert session.run(line, answer and ASKED, answer or '') == code, session.screen.lines()
    if WRITES:
        with open(PATH, 'w', encoding='utf-8') as file:
            file.write(picture.draw(session.screen.rows, COLUMNS, ROWS, TITLE))
    shown = picture.lines(drawn())
    assert stable(session.screen.lines()) == stable(shown), 'EVC_WRITE_PICTURE=1 draws it anew'


def test_the_picture_is_small_and_shows_nothing_of_a_machine():
    svg = drawn()
    assert len(svg.encode()) <= 200 * 1024
    for word in ('127.0.0.1', 'localhost', '/tmp', '/root', socket.gethostname()):
        assert word not in svg
