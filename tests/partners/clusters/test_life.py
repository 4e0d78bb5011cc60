# SPDX-License-Identifier: Apache-2.0
"""From plain Secrets to encrypted ones, to another key or another material of it and, where it can
be, back: what the cloud did, what our report says, and what etcd holds."""
from places import KMS, PLAIN, Ack, Eks, Iks


def evidence(report):
    return {row['fact']: row['result'] for row in report['evidence']}


def all_anew(place, before):
    """Since before, of etcd_revisions(), each Secret was stored anew."""
    now = place.kube.etcd_revisions()
    return set(now) == set(before) and all(now[key] > before[key] for key in before)


def under_material(place, number):
    """Whether each value's data key is wrapped by that key of the plugin; its number comes first."""
    return all(number.to_bytes(4, 'big') in value for value in place.kube.etcd_values().values())


def test_a_cluster_of_eks(make):
    place = make(Eks)
    assert place.stored() == {PLAIN}
    report = place.enable()
    assert report['outcome'] == 'proven' and report['update']['phase'] == 'done', report
    assert ('prod', place.key) in place.behind.done
    assert place.stored() == {KMS} and place.changes() == 1
    assert place.run('verify', etcd=True)['outcome'] == 'proven'

    before = place.kube.etcd_revisions()
    report = place.enable()
    assert report['update']['needless'] and report['outcome'] == 'proven', report
    assert place.requests() == 1 and not any(
        place.kube.etcd_revisions()[key] > before[key] for key in before)

    report = place.run('rotate')
    assert report['update']['phase'] == 'done' and place.key in place.behind.done
    # Its key id stays the same, so nothing but stored values shows the new material.
    assert report['outcome'] == 'not_proven' and evidence(report)['new material'] == 'missing', report
    assert 'not provable that Secrets use the new material' in report['outcome_reason']
    assert all_anew(place, before) and under_material(place, 2)
    assert place.run('verify')['outcome'] == 'not_proven'
    # With stored values it needs besides that API servers were restarted since, as they were.
    report = place.run('verify', etcd=True)
    assert report['outcome'] == 'not_proven', report
    place.kube.restart_server()
    place.advance(60000)
    restarted = {'secrets_restarted': place.now()}
    place.run('reencrypt', secrets_mode='annotate', **restarted)
    report = place.run('verify', etcd=True, **restarted)
    assert report['outcome'] == 'proven', report


def test_a_cluster_of_ibm(make):
    place = make(Iks)
    before = place.kube.etcd_revisions()
    report = place.enable()
    assert report['outcome'] == 'proven', report
    assert place.stored() == {KMS} and all_anew(place, before)  # by the service
    assert place.changes() == 1 and place.behind.done == ['enabled']

    report = place.enable()
    assert report['update']['needless'] and report['outcome'] == 'proven' and place.changes() == 1

    before, other = place.kube.etcd_revisions(), place.other_key()
    report = place.run('rotate', key=other, confirm='mine')
    assert report['outcome'] == 'proven', report
    assert report['cluster']['key'] == other and all_anew(place, before) and place.changes() == 2
    before = place.kube.etcd_revisions()
    report = place.run('rotate')
    assert report['outcome'] == 'proven', report
    assert all_anew(place, before) and place.changes() == 2
    assert place.behind.done == ['enabled', 'enabled', 'rotated']
    assert place.run('verify')['outcome'] == 'proven'
    assert place.proxy.requests == []  # the API server heard nothing of us, so no PATCH either
    report = place.run('verify', etcd=True)
    assert report['outcome'] == 'proven'
    assert place.patches() == 0


def test_a_cluster_of_ack(make):
    place = make(Ack)
    report = place.enable()
    assert report['outcome'] == 'proven', report
    assert place.stored() == {KMS} and place.changes() == 1
    assert place.run('verify', etcd=True)['outcome'] == 'proven'

    before = place.kube.etcd_revisions()
    report = place.enable()
    assert report['update']['needless'] and report['outcome'] == 'proven' and place.changes() == 1

    # At once: the five minutes in which ACK takes no other change are waited for.
    report = place.run('rotate', key=place.other_key(), confirm='shop')
    assert report['outcome'] == 'proven', report
    assert all_anew(place, before) and under_material(place, 2) and place.changes() == 2
    assert place.run('verify', etcd=True)['outcome'] == 'proven'

    report = place.run('disable', confirm='shop')
    assert report['update']['phase'] == 'done' and place.changes() == 3, report
    assert place.stored() == {PLAIN} and place.cluster.encrypts_with() is None
