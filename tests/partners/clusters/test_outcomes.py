# SPDX-License-Identifier: Apache-2.0
"""Proven, not proven, contradicted: each, through the whole flow, at each cloud."""
import shutil

import pytest
from places import EVERY, PLAIN, Ack, Eks, Iks

SECRETS = 3
every = pytest.mark.parametrize('kind', EVERY, ids=lambda kind: kind.__name__.lower())


def results(report, result):
    return [row['fact'] for row in report['evidence'] if row['result'] == result]


@every
def test_what_was_enabled_is_proven(make, kind):
    place = make(kind, SECRETS)
    assert place.enable()['outcome'] == 'proven'
    report = place.run('verify')
    assert report['outcome'] == 'proven' and results(report, 'missing') == [], report


def test_eks_without_the_secrets_is_not_proven(make):
    place = make(Eks, SECRETS)
    report = place.enable(encrypt_existing_secrets='no')
    assert report['outcome'] == 'not_proven' and results(report, 'missing') == ['Secrets'], report
    assert place.patches() == 0 and place.stored() == {PLAIN}
    assert 'stored anew' not in report['outcome_reason'] and report['update']['phase'] == 'done'
    # And later: what was left out is done, and then it is.
    assert place.run('reencrypt')['outcome'] == 'proven'
    assert place.run('verify')['outcome'] == 'proven'


def test_ibm_without_a_registration_is_not_proven(make):
    place = make(Iks, SECRETS)
    place.cluster.registers_after = None
    report = place.enable()
    assert report['outcome'] == 'not_proven' and results(report, 'missing') == ['registration'], report
    assert report['update']['phase'] == 'done' and place.proxy.requests == []


def test_ack_without_an_event_of_the_key_is_not_proven(make):
    place = make(Ack, SECRETS)
    place.audited = False
    report = place.enable()
    assert report['outcome'] == 'not_proven', report
    assert results(report, 'missing') == ['use of the key'] and results(report, 'contrary') == [], report
    assert 'envcrypt cluster verify' in report['next']
    # It came late: nothing else was missing.
    place.use(place.key)
    assert place.run('verify')['outcome'] == 'proven'


def test_ack_waits_for_a_trail_that_lags(make):
    place = make(Ack, SECRETS)
    place.fake.trail.delay_s = 240
    assert place.enable()['outcome'] == 'proven'


def test_ack_with_events_from_before_the_change_alone_is_not_proven(make):
    place = make(Ack, SECRETS)
    place.use(place.key)
    place.audited = False
    report = place.enable()
    assert report['outcome'] == 'not_proven' and results(report, 'missing') == ['use of the key'], report
    # Nor to whom the record of it is unknown.
    shutil.rmtree(place.state)
    report = place.run('verify')
    assert results(report, 'missing')[0] == 'use of the key', report


def test_ack_beside_another_cluster_with_the_key_is_proven_by_what_names_it(make):
    place = make(Ack, SECRETS)
    key = place.key.rpartition('/')[2]
    other = place.fake.cs.add(name='other', key=key, disabled=False)
    report = place.enable()
    assert report['outcome'] == 'not_proven' and 'told apart' in report['outcome_reason'], report
    assert other.id in report['outcome_reason']
    place.use(place.key, f'kms-{other.id}')
    assert place.run('verify')['outcome'] == 'not_proven'
    place.use(place.key, f'kms-{place.cluster.id}')
    assert place.run('verify')['outcome'] == 'proven'


@every
def test_another_key_than_the_wanted_one_contradicts(make, kind):
    place = make(kind, SECRETS)
    place.enable()
    report = place.run('verify', key=place.other_key())
    assert report['outcome'] == 'contradicted' and results(report, 'contrary'), report
    assert place.changes() == 1


@every
def test_what_etcd_holds_contradicts_a_cloud_that_did_nothing(make, kind):
    """It says that it did. What it says is proven of IBM, which stores Secrets anew itself, until
    somebody looks."""
    place = make(kind, SECRETS)
    place.idle = True
    place.forget()
    said = place.enable()
    assert said['update']['phase'] == 'done'
    assert said['outcome'] == ('proven' if kind is Iks else 'not_proven'), said
    report = place.run('verify', etcd=True)
    assert report['outcome'] == 'contradicted' and 'Secrets' in results(report, 'contrary'), report
    assert place.stored() == {PLAIN}
