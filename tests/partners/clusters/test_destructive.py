# SPDX-License-Identifier: Apache-2.0
"""The destructive proof, through the whole flow, before a real API server: what it sees there, where
IBM itself tells of no trouble."""
import pytest
from places import Iks

NEVER = 10 ** 9


class Proof:
    """lose, find: what happens to the cluster when its key is disabled, and enabled again."""

    def __init__(self, make):
        self.place = make(Iks, 3)
        self.place.enable()
        self.place.cluster.set(notices_after=NEVER)
        self.lose = self.find = lambda: None
        self.place.cloud.keys.listeners.append(self.happen)

    def happen(self, _key, event):
        if event == 'disable':
            self.lose()
        elif event == 'enable':
            self.find()

    def run(self):
        report = self.place.run('verify', destructive='yes', confirm='mine')
        (key,) = [key for key in self.place.cloud.keys.keys.values() if key.crn == self.place.key]
        assert key.state == 1 and not list(self.place.state.glob('*.endangered'))
        return '\n'.join(report['notes'])


@pytest.fixture
def proof(make):
    return Proof(make)


def test_secrets_that_the_api_server_cannot_read_are_the_effect(proof):
    kube = proof.place.kube
    values = kube.etcd_values()
    namespace, name = next(iter(kube.secrets()))
    proof.lose = lambda: kube.make_unreadable(namespace, name)
    proof.find = lambda: kube.etcd_restore(values)
    notes = proof.run()
    assert 'the cluster stopped working' in notes, notes
    assert 'Secrets could not be listed, while the API server answered otherwise' in notes, notes
    assert 'Secrets can be listed again' in notes, notes


def test_api_server_that_nobody_reaches_is_the_effect(proof):
    """Neither we nor IBM, which answers all the same."""
    def reach(does):
        proof.place.cluster.reachable = does
        kube = proof.place.kube
        (kube.start_server if does else kube.stop_server)()
    proof.lose, proof.find = (lambda: reach(False)), (lambda: reach(True))
    notes = proof.run()
    assert 'nor did the API server answer anything else' in notes, notes
    assert 'nor could the provider fetch its configuration' in notes, notes
