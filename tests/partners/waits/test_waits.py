# SPDX-License-Identifier: Apache-2.0
"""Each kind of wait of `envcrypt cluster`, by the command, for as long as the cloud takes: how often it
looks, that it ends by itself, and with which exit code."""
from datetime import datetime, timezone

import kube_proxy

MINUTE, HOUR = 60, 3600
SLACK = 1  # second: of rounding
EKS, IKS, ACK = (15, 30, 120), (15, 15, 60), (5, 10, 60)  # first pause, least and most after it


def seconds(text):
    return datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ').timestamp()


def lasted(done):
    """By the clock of the command."""
    return seconds(done.report['ended']) - seconds(done.report['began'])


def check_pace(begin, looks, pace):
    """A pause is three quarters at least of what the pace is; that grows by a half from look to look."""
    pause, least, most = pace
    for before, look in zip([begin, *looks], looks):
        assert look - before >= 0.75 * pause - SLACK, (looks, pace)
        pause = min(max(1.5 * pause, least), most)


def check_looks(begin, looks, pace, least):
    """Their pace, and how many there are at least."""
    check_pace(begin, looks, pace)
    assert len(looks) >= least, looks


def test_enabling_at_eks_is_waited_for_until_it_is_over(fast):
    here = fast('eks')
    here.place.service.control(update_s=46 * MINUTE)
    done = here.run('cluster enable eks://{region}/prod --key {key} --yes '
                    '--encrypt-existing-secrets=false')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    begin, = done.times('AssociateEncryptionConfig')
    looks = [at for at in done.times('DescribeUpdate') if at < done.times('ListUpdates')[-1]]
    check_looks(begin, looks, EKS, 10)
    assert looks[-2] < begin + 46 * MINUTE <= looks[-1], done
    assert lasted(done) >= 46 * MINUTE


def test_creation_at_eks_is_waited_for_until_it_is_over(fast):
    here = fast('eks')
    here.place.service.control(create_s=20 * MINUTE)
    done = here.run('cluster create eks://{region}/new --key {key} --set role-arn={role} '
                    '--set subnets=subnet-0a,subnet-0b --yes')
    assert done.code == 0 and done.report['cluster']['status'] == 'ACTIVE', done
    begin, = done.times('CreateCluster')
    looks = [at for at in done.times('DescribeCluster') if at > begin]
    check_looks(begin, [at for at in looks if at < begin + 20 * MINUTE], EKS, 5)
    assert lasted(done) >= 20 * MINUTE


def test_a_rotation_in_place_at_eks_is_waited_for_until_it_is_over(fast):
    here = fast('eks')
    here.place.given_encrypted()
    here.place.service.fake.on_rotated = lambda arn: here.clock.sleep(15 * MINUTE)
    done = here.run('cluster rotate eks://{region}/prod --yes --encrypt-existing-secrets=false')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    begin, = done.times('RotateKeyOnDemand')
    looks = [at for at in done.times('GetKeyRotationStatus') if at > begin]
    check_looks(begin, looks, EKS, 5)
    assert lasted(done) >= 15 * MINUTE


def test_a_time_out_ends_the_wait_and_another_command_goes_on_with_it(fast):
    here = fast('eks')
    here.place.service.control(update_s=30 * MINUTE)
    done = here.run('cluster enable eks://{region}/prod --key {key} --yes --timeout 10m '
                    '--encrypt-existing-secrets=false')
    assert done.code == 1 and 'ENVCRYPT_E_TIMEOUT' in done.out, done
    assert done.report['update']['phase'] == 'running' and 10 * MINUTE <= lasted(done) < 30 * MINUTE, done
    done = here.run('cluster wait eks://{region}/prod')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    begin, = done.times('AssociateEncryptionConfig')
    assert done.times('DescribeUpdate')[-1] >= begin + 30 * MINUTE


def test_another_change_of_a_cluster_of_eks_is_outwaited(fast):
    here = fast('eks')
    begin = here.clock.now()
    here.place.service.control(update_s=MINUTE, updates={'prod': [{'type': 'VersionUpdate', 'lasts_s': 600}]})
    done = here.run('cluster enable eks://{region}/prod --key {key} --yes '
                    '--encrypt-existing-secrets=false')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    tries = done.times('AssociateEncryptionConfig')
    check_pace(tries[0], tries[1:], EKS)
    assert len(tries) > 2 and tries[-1] >= begin + 600


def test_what_somebody_else_began_is_waited_for_by_its_id(fast):
    here = fast('eks')
    here.place.service.control(update_s=20 * MINUTE)
    begin = here.clock.now()
    here.place.given_update()
    done = here.run('cluster wait eks://{region}/prod --update-id {update}')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    assert done.times('DescribeUpdate')[-1] >= begin + 20 * MINUTE
    assert not done.times('AssociateEncryptionConfig')


def test_a_master_of_ibm_is_waited_for_through_its_restart(fast):
    here = fast('iks', rate=600)
    here.place.cluster.set(begins_after=2 * MINUTE, lasts=40 * MINUTE, registers_after=10 * MINUTE,
                           restarts=(5 * MINUTE, 15 * MINUTE))
    done = here.run('cluster enable iks://mine --key {key} --yes')
    assert done.code == 0 and done.report['outcome'] == 'proven', done
    begin, = done.times('POST .*/enableKMS')
    looks = [at - begin for at in done.times('GET .*/getCluster') if at > begin]
    check_looks(0, [at for at in looks if at < 7 * MINUTE], IKS, 3)
    assert any(7 * MINUTE < at < 17 * MINUTE for at in looks)  # when there was no good answer
    assert lasted(done) >= 52 * MINUTE


def test_a_rotation_at_ibm_is_waited_for_until_the_cluster_has_taken_it(fast):
    here = fast('iks', rate=600)
    here.place.given_encrypted()
    here.place.cluster.set(notices_after=10 * MINUTE, lasts=20 * MINUTE, registers_after=5 * MINUTE)
    done = here.run('cluster rotate iks://mine --yes')
    assert done.code == 0 and done.report['outcome'] == 'proven', done
    begin, = done.times('POST .*/actions/rotate')
    assert done.times('GET .*/getCluster')[-1] >= begin + 35 * MINUTE
    assert lasted(done) >= 35 * MINUTE


def test_a_change_at_ack_is_waited_for_until_it_is_over(fast):
    here = fast('ack')
    here.place.cluster.pace = {'start_s': MINUTE, 'take_s': 20 * MINUTE}
    done = here.run('cluster enable ack://{region}/{cluster} --key {key} --yes '
                    '--encrypt-existing-secrets=false')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    begin, = done.times('UpdateKMSEncryption')
    looks = [at for at in done.times('DescribeClusterDetail') if begin < at < begin + 21 * MINUTE]
    check_looks(begin, looks, ACK, 5)
    assert lasted(done) >= 21 * MINUTE


def test_the_five_minutes_after_a_change_at_ack_are_outwaited(fast):
    here = fast('ack')
    here.place.given_changed()
    ended = here.clock.now()
    done = here.run('cluster rotate ack://{region}/{cluster} --key {other} --yes '
                    '--encrypt-existing-secrets=false')
    assert done.code == 0 and done.report['update']['phase'] == 'done', done
    tries = done.times('UpdateKMSEncryption')
    check_pace(tries[0], tries[1:], ACK)
    assert tries[-2] < ended + 5 * MINUTE <= tries[-1] + SLACK and len(here.place.cluster.tasks) == 2


def test_creation_at_ack_is_waited_for_until_it_is_over(fast):
    here = fast('ack')
    here.place.order(create_pace={'take_s': 15 * MINUTE})
    done = here.run('cluster create ack://{region}/new --key-id {id} --set vpc-id=vpc-1 --yes')
    assert done.code == 0 and done.report['cluster']['status'] == 'running', done
    assert lasted(done) >= 15 * MINUTE


# There is no API server whose Secrets could be listed.
NO_SERVER = '--encrypt-existing-secrets=false'


def keys_state(here):
    return next(iter(here.place.cloud.keys.keys.values())).state


def test_a_key_without_effect_is_enabled_again_after_four_hours_and_nothing_is_proven(fast):
    here = fast('iks', rate=2400)
    here.place.given_encrypted()
    here.place.cluster.set(notices_after=24 * HOUR)
    done = here.run('cluster verify iks://mine --set destructive=yes --set confirm=mine ' + NO_SERVER)
    assert done.code == 9 and done.report['outcome'] == 'not_proven', done
    off, = done.times('POST .*/actions/disable')
    on, = done.times('POST .*/actions/enable')
    assert on >= off + 4 * HOUR - SLACK and keys_state(here) == 1
    check_looks(off, [at for at in done.times('GET .*/getCluster') if off < at < on], IKS, 10)


def test_a_key_is_enabled_again_not_sooner_than_half_a_minute_after(fast):
    here = fast('iks', rate=20)
    here.place.given_encrypted()
    here.place.cluster.set(notices_after=0)
    done = here.run('cluster verify iks://mine --set destructive=yes --set confirm=mine ' + NO_SERVER)
    assert done.code == 0 and done.report['outcome'] == 'proven', done
    off, = done.times('POST .*/actions/disable')
    on, = done.times('POST .*/actions/enable')
    assert on >= off + 30 - SLACK and keys_state(here) == 1


def test_after_a_kill_the_next_command_waits_for_the_rest_of_it(fast):
    here = fast('iks', rate=20)
    here.place.given_encrypted()
    here.place.cluster.set(notices_after=24 * HOUR)
    process = here.start('cluster verify iks://mine --set destructive=yes --set confirm=mine ' + NO_SERVER)
    while keys_state(here) == 1 and process.poll() is None:
        here.clock.sleep(1)
    here.kill(process)
    done = here.run('cluster status iks://mine')
    off, = done.times('POST .*/actions/disable')
    tries = done.times('POST .*/actions/enable')
    assert done.code == 0 and keys_state(here) == 1 and tries[-1] >= off + 30 - SLACK, done
    assert len(tries) <= 2, done  # Key Protect refuses what comes too early


def test_a_service_that_asks_for_a_pause_is_given_it(fast):
    here = fast('iks')
    here.place.cloud.faults.append({'match': 'getCluster', 'count': 2, 'status': 429,
                                    'headers': {'Retry-After': '50'}})
    done = here.run('cluster status iks://mine')
    first, second, third = done.times('GET .*/getCluster')[:3]
    assert done.code == 13 and second >= first + 50 - SLACK and third >= second + 50 - SLACK, done


def hold_lease(kube, now):
    """As a run does that was killed just then."""
    stamp = datetime.fromtimestamp(now, timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ')
    answer = kube.client().request(
        'POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', {
            'metadata': {'name': 'libenvcrypt-reencrypt-secrets'}, 'spec': {
                'holderIdentity': 'killed', 'leaseDurationSeconds': MINUTE, 'renewTime': stamp}})
    assert answer.status == 201, answer.body


def test_the_minute_of_a_run_that_was_killed_is_outwaited(fast, kube):
    here = fast('eks', rate=20)
    here.place.given(['encrypted', 'api'], kube)
    here.place.proxy.on(kube_proxy.change(here.dated), times=None)
    hold_lease(kube, here.clock.now())
    done = here.run('cluster reencrypt eks://{region}/prod')
    assert done.code == 0 and 'it was tried again when the lease was over' in done.out, done
    assert lasted(done) >= MINUTE - SLACK, done
    assert all(value.startswith(b'k8s:enc:kms:v2:') for value in kube.etcd_values().values())
