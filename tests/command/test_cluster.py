# SPDX-License-Identifier: Apache-2.0
"""Clusters of three providers: against their services as tests/fakes imitate them (their own clients
have judged those, see tests/partners), and against nothing. There is no API server behind these
clusters; tests/partners has one."""
import base64
import contextlib
import hashlib
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import time

import pytest
from clouds import LATER, NOTHING, OTHER, REGION, Ack, Eks, Iks, ack, on_terminal, provide
from conftest import Folder

aws, ibm, alibaba = provide(Eks), provide(Iks), provide(Ack)


# --- which cluster is meant ---

@pytest.mark.parametrize('words, told', [
    (['status'], 'say which cluster: eks://REGION/NAME'),
    (['list'], 'say where: eks://REGION, iks:// or ack://REGION'),
    (['status', 'prod'], '"prod" is no cluster'),
    (['status', 'aks://x/y'], '"aks://x/y" is no cluster'),
    (['status', 'eks://eu-central-1'], 'is a place with clusters'),
    (['status', '--cluster', 'prod'], 'nothing says which provider has the cluster prod'),
    (['status', '--cluster', 'a', '-c', 'b'], '--cluster and -c both say'),
    (['enable', '-c', 'x', '--key-arn', 'a'], '--key-arn is of Amazon EKS, and -c of IBM'),
    (['status', 'iks://a', '--cluster', 'b'], 'iks://a and --cluster both say'),
    (['enable', 'eks://a/b', '--crk', 'x'], 'eks://a/b is of Amazon EKS, and --crk of IBM'),
    (['enable', '--cluster', 'x', '--key-arn', 'a', '--key-id', 'b'], '--key-arn is of Amazon EKS, and --key-id of Alibaba'),
    (['enable', 'eks://a/b', '--key', 'ibm-kp:///crn:v1:x'], 'eks://a/b is of Amazon EKS, and the --key of IBM'),
    (['enable', 'eks://a/b', '--key', 'x', '--key-arn', 'y'], '--key and --key-arn both say'),
    (['enable', '-f', 'c.yaml', '--cluster', 'x'], '--config-file and --cluster both say'),
    (['enable', '-f', 'c.yaml', '--region', 'x'], '--config-file and --region both say'),
    (['enable', '-f', 'c.yaml', '--key-arn', 'x'], '--config-file and --key-arn both say'),
    (['enable', '-f', 'c.yaml', '--key', 'aws-kms:///x'], '--config-file and --key both say'),
    (['enable', '-f', 'c.yaml', 'eks://a/b'], 'eks://a/b and --config-file both say'),
    (['enable', 'eks://a/b', '--encrypt-existing-secrets', 'maybe'], 'is true or false, not maybe'),
    (['enable', 'eks://a/b', '--set', 'x'], '--set takes NAME=VALUE'),
    (['enable', 'eks://a/b', '--set', 'subnet=x'], 'subnets'),
    (['status', 'eks://a/b', '--option', 'kms-endpiont=https://x'], 'kms-endpoint'),
    (['plan', 'eks://a/b', '--for', 'delete'], '--for is enable, create, rotate or disable'),
    (['wait', 'eks://a/b', '--timeout', '20m1h'], 'a time as 1h20m'),
    (['verify', 'eks://a/b', '--etcd-ca-file', 'x'], '--etcd https://'),
])
def test_wrong_command_line_is_explained(folder, words, told):
    result = folder.run('cluster', *words, code=2, environment={**NOTHING, 'HOME': folder.path})
    assert told in result.err
    assert folder.names() == []


def test_without_credentials_it_says_where_they_are_looked_for(folder):
    result = folder.run('cluster', 'status', 'eks://eu-central-1/prod', code=3, environment=NOTHING)
    assert 'ENVCRYPT_E_NO_CREDENTIALS' in result.err
    assert '--profile' in result.err and '--eks-cluster' not in result.err


def test_who_is_denied_something_is_told_where_rights_are_shown(aws):
    aws.fake.control(denied=['DescribeCluster'])
    err = aws.run('cluster', 'status', aws.uri, code=3).err
    assert 'ENVCRYPT_E_DENIED' in err and 'envcrypt cluster permissions' in err
    assert 'envcrypt cluster permissions' not in aws.run('cluster', 'permissions', aws.uri, code=None).err


def test_key_that_is_not_there_is_told_with_the_command_that_lists_keys(aws):
    err = aws.run('cluster', 'enable', aws.uri, '--key', aws.key[:-4] + '0000', LATER, '--yes', code=3).err
    assert 'KEY_NOT_FOUND' in err and 'envcrypt cluster keys' in err


def test_without_a_network_the_exit_code_is_that_of_services(folder):
    result = folder.run(
        'cluster', 'status', 'eks://eu-central-1/prod', '--endpoint-url', 'http://127.0.0.1:1', '--net',
        'max-attempts=1', '--json', code=8,
        environment={**NOTHING, 'AWS_ACCESS_KEY_ID': 'a', 'AWS_SECRET_ACCESS_KEY': 'b'})
    assert json.loads(result.text.splitlines()[-1])['error'] == 'ENVCRYPT_E_NET_CONNECT'
    assert '--endpoint-url' in result.err and '--etcd' not in result.err


def test_without_a_home_a_folder_is_asked_for(aws):
    aws.environment['HOME'] = ''
    assert '--state-dir' in aws.run('cluster', 'enable', aws.uri, '--key', aws.key, LATER, code=2).err
    aws.run('cluster', 'status', aws.uri, code=12)
    aws.run('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--state-dir', 'none', code=11)
    assert aws.folder.names() == []


def test_cluster_that_is_not_there_is_told_with_those_that_are(aws):
    assert 'old, prod' in aws.run('cluster', 'status', f'eks://{REGION}/pord', code=2).err


# --- looking ---

def test_status_has_an_exit_code_for_each_way_to_stand(aws):
    def status(name, code, *more):
        return aws.report('cluster', 'status', f'eks://{REGION}/{name}', *more, code=code)['standing']

    aws.fake.control(update_s=600, clusters=[{'name': 'mine', 'key': aws.key}, {'name': 'sick', 'key': aws.other},
                                             {'name': 'busy', 'status': 'UPDATING'}])
    assert status('mine', 0) == 'as-wanted'
    assert status('prod', 12) == 'default-key'
    assert status('old', 13) == 'not-encrypted'
    assert status('mine', 14, '--key', aws.other) == 'other-key'
    assert status('busy', 15) == 'changing'
    aws.run('key', 'disable', aws.other, '--confirm', 'sick,busy')  # which may come to use it
    assert status('sick', 17) == 'key-unusable'


def test_status_of_a_key_that_may_not_be_looked_at_is_not_as_wanted(aws):
    aws.encrypt()
    aws.fake.control(denied=['DescribeKey'])
    assert aws.report('cluster', 'status', aws.uri, code=6)['standing'] == 'as-wanted'


def test_status_of_a_kind_that_cannot_be_changed(alibaba):
    alibaba.cluster.spec = 'ack.standard'
    assert alibaba.report('cluster', 'status', alibaba.uri, code=18)['standing'] == 'unsupported'


def test_status_says_what_to_do_next(aws):
    text = aws.run('cluster', 'status', aws.uri, code=12).text
    assert re.search(r'^encryption +under a key of the provider$', text, re.M)
    assert 'cluster enable --key' in text.partition('next: ')[2]


def test_list_shows_clusters_and_those_of_a_key(aws):
    aws.encrypt('mine')
    assert [row['name'] for row in aws.rows('cluster', 'list', aws.place)] == ['mine', 'old', 'prod']
    assert [row['name'] for row in aws.rows('cluster', 'list', aws.place, '--uses', aws.key)] == ['mine']
    assert re.search('^mine .* own +enabled +ok +' + aws.key, aws.run('cluster', 'list', aws.place).text, re.M)


def test_list_of_regions_says_what_could_not_be_looked_at(aws):
    aws.fake.control(denied=['us-east-1/ListClusters'])
    result = aws.run('cluster', 'list', 'eks://', '--region', f'{REGION},us-east-1', code=6)
    assert 'prod' in result.text and 'could not be looked at: us-east-1' in result.err


def test_list_of_the_other_providers(ibm, alibaba):
    assert [row['name'] for row in ibm.rows('cluster', 'list', ibm.place)] == ['mine']
    assert [row['name'] for row in alibaba.rows('cluster', 'list', alibaba.place)] == [alibaba.cluster.name]


def test_keys_tell_why_one_cannot_be_used(aws):
    text = aws.run('cluster', 'keys', aws.place).text
    assert re.search(aws.key.rpartition('/')[2] + r' +alias/one +Enabled +yes', text)
    assert 'no      it is not a symmetric encryption key' in text


def test_keys_of_an_instance_of_ibm_need_no_cluster(ibm):
    rows = ibm.rows('cluster', 'keys', '--instance-id', ibm.instance)
    assert ibm.key in [row['id'] for row in rows]


def test_where_there_is_no_key_the_line_that_makes_one_is_shown(alibaba):
    alibaba.fake.kms.keys.clear()
    assert f'envcrypt key create alibaba-kms://{ack.REGION}' in alibaba.run('cluster', 'keys', alibaba.place).err


def test_permissions_are_told_and_the_policy_is_printed(aws):
    rows = {row['permission']: row['has']
            for row in aws.rows('cluster', 'permissions', aws.uri, '--key', aws.key)}
    assert rows['kms:CreateGrant'] == 'yes' and rows['eks:AssociateEncryptionConfig'] == 'unknown'
    policy = json.loads(aws.run('cluster', 'permissions', aws.uri, '--key', aws.key, '--policy').text)
    assert 'kms:CreateGrant' in str(policy['Statement'])


def test_permission_that_lacks_is_an_exit_code(aws):
    aws.fake.control(denied=['ListUpdates'])
    assert re.search('^no +eks:ListUpdates', aws.run('cluster', 'permissions', aws.uri, code=3).text, re.M)


def test_permission_that_lacks_and_is_optional_is_none(aws):
    aws.fake.control(denied=['ListGrants'])
    text = aws.run('cluster', 'permissions', aws.uri, '--key', aws.key).text
    assert re.search('^no +kms:ListGrants', text, re.M)


# --- before a change ---

def test_preflight_that_refuses_is_an_exit_code(aws):
    text = aws.run('cluster', 'preflight', aws.uri, '--key', aws.fake.fake.hello()['rsa'], LATER, code=5).text
    assert re.search('^refused +key type +R06', text, re.M)
    assert re.search('^ok +cluster +R03', text, re.M)


def test_plan_shows_every_request_and_sends_none(aws):
    text = aws.run('cluster', 'plan', aws.uri, '--key', aws.key, LATER).text
    assert 'POST /clusters/prod/encryption-config/associate' in text
    assert 'This cannot be undone' in text
    assert aws.changes() == []


def test_without_yes_and_terminal_the_plan_is_printed_and_nothing_done(aws):
    result = aws.run('cluster', 'enable', aws.uri, '--key', aws.key, LATER, code=11)
    assert 'POST /clusters/prod/encryption-config/associate' in result.text and '--yes' in result.err
    events = aws.events('cluster', 'enable', aws.uri, '--key', aws.key, LATER, code=11)
    assert events[-2]['event'] == 'plan' and events[-1]['exit_code'] == 11
    assert aws.changes() == []


def test_rotation_in_place_is_planned_first(aws):
    aws.encrypt()
    result = aws.run('cluster', 'rotate', aws.uri, LATER, code=11)
    assert 'RotateKeyOnDemand' in result.text
    assert aws.fake.requests('RotateKeyOnDemand') == []


@pytest.mark.parametrize('typed, code, sent', [('prod', 0, 1), ('old', 5, 0), ('', 5, 0)])
def test_terminal_asks_for_the_name_of_the_cluster(aws, typed, code, sent):
    screen = on_terminal(aws, 'cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--no-wait')
    screen.expect('Type the name of the cluster (prod) to go on: ')
    screen.send(typed + '\n')
    assert screen.end() == code
    assert len(aws.changes()) == sent


@pytest.mark.parametrize('typed, code, sent', [('prod', 0, 1), ('old', 5, 0), ('', 5, 0)])
def test_terminal_asks_for_the_name_before_a_rotation_in_place_too(aws, typed, code, sent):
    aws.encrypt()
    screen = on_terminal(aws, 'cluster', 'rotate', aws.uri, LATER, '--no-wait')
    screen.expect('Type the name of the cluster (prod) to go on: ')
    screen.send(typed + '\n')
    assert screen.end() == code
    assert len(aws.fake.requests('RotateKeyOnDemand')) == sent


# --- a change ---

def test_enable_goes_on_with_what_an_earlier_command_began(aws):
    first = aws.report('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes', '--no-wait')
    assert first['update']['phase'] == 'running' and first['update']['id']
    time.sleep(1.1)
    done = aws.report('cluster', 'wait', aws.uri)
    assert (done['update']['phase'], done['update']['id']) == ('done', first['update']['id'])
    assert aws.report('cluster', 'status', aws.uri)['standing'] == 'as-wanted'
    assert aws.report('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes')['outcome'] == 'not_proven'
    assert aws.report('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes', '--require-proof',
                      code=9)['update']['needless']
    assert len(aws.changes()) == 1


def test_flags_of_eksctl_do_the_same(aws):
    aws.run('cluster', 'enable', '--cluster', 'prod', '--region', REGION, '--key-arn', aws.key, LATER, '--approve',
            '--no-wait')
    assert json.loads(aws.changes()[0]['body'])['encryptionConfig'] == [
        {'resources': ['secrets'], 'provider': {'keyArn': aws.key}}]


def test_region_of_the_key_is_that_of_the_cluster_when_nothing_else_tells_one(aws):
    aws.run('cluster', 'enable', '--cluster', 'prod', '--key-arn', aws.key, LATER, '--approve', '--no-wait')
    assert len(aws.changes()) == 1


@pytest.mark.parametrize('place', [(), ('--state-dir', 'a folder'), ('--state-dir', 'none')])
def test_line_by_which_one_goes_on_does_so_wherever_it_is_run(aws, place):
    """It has the Region that was found, and the way there."""
    err = aws.run('cluster', 'enable', '--cluster', 'prod', '--key-arn', aws.key, LATER, '--approve', '--no-wait',
                  *place).err
    line = re.search(r'^  envcrypt (cluster wait .*)$', err, re.M)[1]
    assert shlex.split(line)[2] == aws.uri
    aws.folder.run(*shlex.split(line), environment=aws.environment)


CLUSTER_CONFIG = '''# a comment
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata:
  name: prod
  region: {region}
managedNodeGroups:
- name: workers
secretsEncryption:
  keyARN: {key}
---
'''


def test_cluster_config_of_eksctl_names_cluster_region_and_key(aws):
    aws.folder.write('c.yaml', CLUSTER_CONFIG.format(region=REGION, key=aws.key).encode())
    result = aws.run('cluster', 'enable', '-f', 'c.yaml', LATER, '--approve', '--no-wait')
    assert 'not done by this command, but by eksctl: managedNodeGroups' in result.err
    assert len(aws.changes()) == 1


def write_without_region(provider, key):
    text = CLUSTER_CONFIG.format(region=REGION, key=key)
    provider.folder.write('c.yaml', text.replace(f'  region: {REGION}\n', '').encode())


def test_region_of_a_file_without_one_is_that_of_environment_or_key(aws):
    write_without_region(aws, aws.key)
    assert aws.report('cluster', 'status', '-f', 'c.yaml', code=12)['cluster']['region'] == REGION
    aws.environment['AWS_REGION'] = 'us-east-1'
    assert 'us-east-1' in aws.run('cluster', 'status', '-f', 'c.yaml', code=2).err


def test_region_that_is_a_placeholder_is_none(aws):
    write_without_region(aws, 'arn:aws:kms:<region>:<account>:key/<key>')
    err = aws.run('cluster', 'status', '-f', 'c.yaml', code=2).err
    assert 'no Region of AWS is configured' in err and 'metadata.region' in err


def test_key_of_a_file_is_rotated_in_place(aws):
    aws.encrypt()
    aws.folder.write('c.yaml', CLUSTER_CONFIG.format(region=REGION, key=aws.key).encode())
    assert 'RotateKeyOnDemand' in aws.run('cluster', 'plan', '--for', 'rotate', '-f', 'c.yaml', LATER).text
    aws.run('cluster', 'rotate', '-f', 'c.yaml', LATER, '--yes', '--no-wait')
    assert len(aws.fake.requests('RotateKeyOnDemand')) == 1


def test_placeholder_of_the_documentation_is_no_key(aws):
    key = f'arn:aws:kms:{REGION}:<account>:key/<key>'
    aws.folder.write('c.yaml', CLUSTER_CONFIG.format(region=REGION, key=key).encode())
    assert '<account>' in aws.run('cluster', 'plan', '-f', 'c.yaml', LATER, code=5).text


def test_what_is_no_cluster_config_is_refused(aws):
    aws.folder.write('c.yaml', b'kind: Deployment\n')
    err = aws.run('cluster', 'enable', '-f', 'c.yaml', code=2).err
    assert 'c.yaml' in err and 'ENVCRYPT_E_CLUSTER_CONFIG' in err


def test_what_a_provider_cannot_do_is_refused_with_what_it_can(aws):
    aws.encrypt()
    assert 'without --key' in aws.run('cluster', 'rotate', aws.uri, '--key', aws.other, '--yes', code=5).err
    assert 'switch Secret encryption off' in aws.run('cluster', 'disable', aws.uri, '--yes', code=5).err


def test_interrupted_wait_says_how_to_go_on(aws):
    aws.fake.control(update_s=600)
    process = aws.folder.start('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes', *aws.ways,
                               environment=aws.environment)
    for _ in range(600):
        if any(one['operation'] == 'DescribeUpdate' for one in aws.fake.requests()) or aws.changes():
            break
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert f'envcrypt cluster wait {aws.uri}' in err.decode()
    aws.run('cluster', 'status', aws.uri, code=15)


def test_time_of_a_wait_that_passes_leaves_the_change(aws):
    aws.fake.control(update_s=600)
    aws.begin()
    result = aws.run('cluster', 'wait', aws.uri, '--timeout', '1s', code=1)
    assert f'envcrypt cluster wait {aws.uri}' in result.err


@pytest.mark.parametrize('time_given', ['90', '90s', '1m30s', '1h20m', '1d'])
def test_time_is_taken_with_units(aws, time_given):
    aws.run('cluster', 'status', aws.uri, '--timeout', time_given, code=12)


@pytest.mark.parametrize('time_given', ['0', '0s', '20m1h', '1h1h', '5x', 'h', '999d', ''])
def test_other_times_are_refused(aws, time_given):
    assert 'a time as 1h20m' in aws.run('cluster', 'status', aws.uri, '--timeout', time_given, code=2).err


def test_terminal_shows_how_long_it_takes_and_what_the_provider_says(aws):
    aws.begin()
    screen = on_terminal(aws, 'cluster', 'wait', aws.uri)
    assert re.search(r'waiting: 0:0\d, EKS works on it', screen.expect('EKS works on it'))
    assert screen.end() == 0


def test_change_of_another_tool_is_waited_for_by_its_id(aws):
    aws.begin()
    update = aws.fake.fake.named('prod').updates[-1].id
    time.sleep(1.1)
    report = aws.report('cluster', 'wait', aws.uri, '--update-id', update, '--state-dir', 'none')
    assert report['update']['adopted'] and report['update']['phase'] == 'done'


def test_record_of_a_change_stays_while_another_is_waited_for(aws):
    aws.begin()
    aws.fake.control(updates={'prod': [{'type': 'AssociateEncryptionConfig', 'lasts_s': 0}]}, ahead_s=2)
    begun, other = (update.id for update in aws.fake.fake.named('prod').updates)
    assert 'its record stays' in aws.report('cluster', 'wait', aws.uri, '--update-id', other)['notes'][0]
    assert aws.report('cluster', 'wait', aws.uri)['update']['id'] == begun


def test_change_that_nobody_knows_is_a_wrong_command_line(aws):
    err = aws.run('cluster', 'wait', aws.uri, '--update-id', 'x\x1b[1m', '--state-dir', 'none', code=2).err
    assert 'knows no update' in err and '\x1b' not in err


def test_nothing_to_wait_for_is_said(aws):
    assert '--update-id' in aws.run('cluster', 'wait', aws.uri, code=2).err


def test_state_is_kept_for_us_alone(aws):
    aws.begin()
    kept = aws.folder / '.local/state/envcrypt'
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o700
    assert all(stat.S_IMODE(os.stat(os.path.join(kept, name)).st_mode) == 0o600 for name in os.listdir(kept))


def test_without_a_change_there_is_no_report(aws):
    assert 'FILE_NOT_FOUND' in aws.run('cluster', 'report', aws.uri, code=1).err


def test_creation_is_waited_for_and_reported(aws):
    new = f'eks://{REGION}/new'
    aws.fake.control(create_s=1)
    aws.run('cluster', 'create', new, '--key', aws.key, '--set', 'role-arn=arn:aws:iam::111122223333:role/eks',
            '--set', 'subnets=subnet-0a,subnet-0b', '--yes', '--no-wait')
    assert aws.report('cluster', 'report', new)['verb'] == 'create'
    assert aws.report('cluster', 'wait', new)['update']['phase'] == 'done'
    assert aws.report('cluster', 'report', new)['update']['phase'] == 'done'


def test_state_file_that_cannot_be_used_leaves_the_status(aws):
    aws.begin()
    kept = aws.folder / '.local/state/envcrypt'
    for name in os.listdir(kept):
        aws.folder.write(os.path.join(kept, name), b'x')
    told = aws.run('cluster', 'status', aws.uri, code=15)
    assert 'cannot be used' in ' '.join(told.text.split())  # a note, in lines as wide as the screen
    assert 'cluster status' in aws.run('cluster', 'wait', aws.uri, code=4).err


def test_enable_on_ibm_by_the_flags_of_its_command(ibm):
    report = ibm.report('cluster', 'enable', *ibm.wanted, '--yes', '--no-wait')
    assert report['provider'] == 'IBM Cloud Kubernetes Service' and report['update']['phase'] == 'running'
    assert [change['private_endpoint'] for change in ibm.changes()] == [True]
    ibm.fake.advance(3600)
    assert ibm.report('cluster', 'wait', ibm.uri)['update']['phase'] == 'done'
    assert ibm.report('cluster', 'status', ibm.uri)['standing'] == 'as-wanted'


def test_public_endpoint_of_ibm_is_asked_for(ibm):
    ibm.run('cluster', 'enable', *ibm.wanted, '--public-endpoint', '--yes', '--no-wait')
    assert [change['private_endpoint'] for change in ibm.changes()] == [False]


def test_ibm_stores_secrets_anew_itself(ibm):
    assert 'itself' in ibm.run('cluster', 'reencrypt', ibm.uri, code=5).err


def test_enable_on_ack_by_the_id_of_the_key(alibaba):
    report = alibaba.report('cluster', 'enable', alibaba.uri, '--key-id', alibaba.key.rpartition('/')[2], LATER,
                            '--yes', '--no-wait')
    assert report['provider'] == 'Alibaba ACK' and report['update']['phase'] == 'running'
    assert report['update']['key'] == alibaba.key


def test_ack_rotates_no_key_in_place(alibaba):
    assert 'rotate --key' in alibaba.run('cluster', 'rotate', alibaba.uri, '--yes', code=5).err


# --- the destructive proof ---

RECORDS = '.local/state/envcrypt'
PROOF = ('--destructive', '--yes', LATER)  # no API server is behind these clusters


def records(place):
    folder = place.folder / RECORDS
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if name.endswith('.endangered')]


def state_of(place):
    return place.fake.keys.keys[place.key].state


def wait_until_disabled(ibm, process):
    for _ in range(600):
        if state_of(ibm) != 1:
            break
        time.sleep(0.05)
    assert state_of(ibm) == 2, process.communicate(timeout=60)


def begin_proof(ibm, *more, **streams):
    process = ibm.folder.start('cluster', 'verify', ibm.uri, *PROOF, *more, *ibm.ways,
                               environment=ibm.environment, **streams)
    wait_until_disabled(ibm, process)
    return process


def kill_proof(ibm):
    """Its key stays disabled. The text of its record, as if it were of some time ago."""
    process = begin_proof(ibm)
    process.kill()
    process.communicate()
    [path] = records(ibm)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, encoding='utf-8') as file:
        text = file.read().partition(',\n  "sum"')[0]
    assert json.loads(text + '}')['until_ms'] > 1000 * (time.time() + 4 * 3600 - 120)
    text = re.sub(r'"since_ms": \d+', f'"since_ms": {int(time.time() - 60) * 1000}', text)
    ibm.fake.advance(60)
    return path, f'{text},\n  "sum": "{hashlib.sha256(text.encode()).hexdigest()}"\n}}\n'


def put_record(ibm, path, text):
    """And the key is disabled since."""
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, 0o600)
    ibm.fake.advance(60)
    ibm.fake.keys.keys[ibm.key].state = 2


def enablings(ibm):
    return [one for one in ibm.fake.keys.log if one['path'].endswith('/actions/enable')]


def test_destructive_proof_asks_first(ibm):
    ibm.encrypt()
    result = ibm.run('cluster', 'verify', ibm.uri, '--destructive', code=11)
    assert 'The key will be disabled' in result.err and '--yes' in result.err
    assert state_of(ibm) == 1 and records(ibm) == []


def test_destructive_proof_lists_secrets_before_it_disables_the_key(ibm):
    ibm.encrypt()
    err = ibm.run('cluster', 'verify', ibm.uri, '--destructive', '--yes', code=8).err
    assert 'ENVCRYPT_E_CLUSTER_ACCESS' in err and 'Secrets of the cluster mine cannot be listed' in err
    assert state_of(ibm) == 1 and records(ibm) == []


def test_destructive_proof_wants_a_place_where_its_record_is_found(ibm):
    ibm.encrypt()
    ibm.environment['HOME'] = ''
    err = ibm.run('cluster', 'verify', ibm.uri, *PROOF, '--state-dir', 'here', code=2).err
    assert 'XDG_STATE_HOME' in err and state_of(ibm) == 1


def test_key_that_somebody_else_disabled_is_not_enabled_by_a_proof(ibm):
    ibm.encrypt()
    ibm.fake.keys.keys[ibm.key].state = 2
    ibm.run('cluster', 'verify', ibm.uri, *PROOF, code=3)
    assert state_of(ibm) == 2 and enablings(ibm) == []


def read_events_until(stream, phase):
    for line in stream:
        if json.loads(line)['report']['phase'] == phase:
            return
    raise AssertionError(f'no {phase}')


def fill(descriptor):
    """A pipe, by a description of its own, as one that does not block is of all who hold it."""
    own = os.open(f'/proc/self/fd/{descriptor}', os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while os.write(own, b' ' * 512):
            pass
    os.close(own)


def test_cluster_that_is_named_by_its_id_is_asked_for_by_its_name(ibm):
    ibm.encrypt()
    screen = on_terminal(ibm, 'cluster', 'verify', 'iks://' + ibm.cluster.id, '--destructive')
    screen.expect('Type the name of the cluster (mine) to go on: ')
    screen.send('yours\n')
    assert screen.end() == 5
    assert ibm.fake.keys.keys[ibm.key].state == 1


def test_interrupted_destructive_proof_enables_the_key_again(ibm):
    """Though nobody reads what it writes, and though that takes the half minute that IBM asks for:
    the signals come when it would have told of its first look. Commands beside it leave it alone. One
    whose reader is gone needs no signal."""
    os.mkdir(ibm.folder / 'other')
    unheard = Iks(Folder(ibm.folder / 'other'))
    unheard.encrypt()
    left = begin_proof(unheard, '--json', stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    left.stdout.close()
    ibm.encrypt()
    reader, writer = os.pipe()
    process = begin_proof(ibm, '--json', stdout=writer, stderr=writer)
    began = time.monotonic()
    with open(reader, encoding='utf-8') as told:
        read_events_until(told, 'key-disabled')
        fill(writer)
        result = ibm.run('cluster', 'list', ibm.place)
        assert 'another process is at work' in result.err and 'mine' in result.text
        assert state_of(ibm) == 2 and len(records(ibm)) == 1
        time.sleep(began + 17 - time.monotonic())
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        for _ in range(400):
            if state_of(ibm) == 1 and not records(ibm):
                break
            time.sleep(0.05)
        assert state_of(ibm) == 1 and records(ibm) == []
        assert time.monotonic() - began > 29
        assert process.wait(timeout=30) in (-signal.SIGINT, -signal.SIGTERM)
        os.close(writer)
    assert left.wait(timeout=30) == -signal.SIGPIPE
    assert state_of(unheard) == 1 and records(unheard) == []
    unheard.stop()


def test_every_command_after_a_kill_enables_the_key_first(ibm):
    """Of whatever verb, about whatever cluster, also when that cannot be read or there is none."""
    ibm.encrypt()
    other = ibm.fake.add_cluster('other')
    path, text = kill_proof(ibm)
    crn = ibm.fake.keys.keys[ibm.key].crn
    new = 'ibm-kp:///' + ibm.fake.keys.add_key('new').crn
    for words in (['cluster', 'list', ibm.place], ['cluster', 'keys', ibm.place, '--instance-id', ibm.instance],
                  ['cluster', 'status', 'iks://' + other.id], ['cluster', 'status', 'iks://none'],
                  ['cluster', 'permissions', 'iks://other', '--key', new], ['cluster', 'report', 'iks://none'],
                  ['cluster', 'plan', 'iks://other', '--key', new], ['cluster', 'reencrypt', 'iks://other'],
                  ['cluster', 'preflight', 'iks://other', '--key', new], ['cluster', 'verify', ibm.uri, LATER],
                  ['cluster', 'wait', 'iks://other'], ['cluster', 'create', 'iks://x', '--key', new, '--yes'],
                  ['cluster', 'enable', 'iks://none', '--key', new, '--yes'],
                  ['cluster', 'disable', 'iks://other', '--yes'], ['cluster', 'rotate', 'iks://none', '--yes'],
                  ['key', 'enable', crn], ['key', 'disable', crn, '--yes'],
                  ['key', 'schedule-deletion', crn, '--yes'], ['key', 'cancel-deletion', crn]):
        put_record(ibm, path, text)
        ibm.fake.log.clear()
        ibm.fake.keys.log.clear()
        result = ibm.run(*words, code=None)
        assert f'the key {crn} is enabled again' in result.err, (words, result)
        assert state_of(ibm) == 1 and records(ibm) == [], (words, result)
        keys = [one['path'] for one in ibm.fake.keys.log if '/keys/' in one['path']]
        assert [place.rpartition('/')[2] for place in keys[:2]] == ['metadata', 'enable'], words


def test_command_about_another_cloud_enables_the_key_first(ibm):
    """Its options say nothing of IBM, so the record has to."""
    ibm.encrypt()
    put_record(ibm, *kill_proof(ibm))
    result = ibm.folder.run('cluster', 'list', 'eks://eu-central-1', '--endpoint-url', 'http://127.0.0.1:1',
                            environment=ibm.environment, code=None)
    assert 'is enabled again' in result.err and state_of(ibm) == 1 and records(ibm) == []


def test_key_that_is_refused_is_said_loudly(ibm):
    """What only looks goes on all the same; what changes something does not."""
    ibm.encrypt()
    path, text = kill_proof(ibm)
    put_record(ibm, path, text)
    ibm.environment['IBMCLOUD_API_KEY'] = 'api-key-of-a-reader'
    result = ibm.run('cluster', 'list', ibm.place)
    assert 'IS STILL DISABLED' in result.err and 'envcrypt key enable crn:' in result.err
    assert 'mine' in result.text and 'goes on all the same' in result.err
    result = ibm.run('cluster', 'wait', ibm.uri, code=3)
    assert 'IS STILL DISABLED' in result.err and 'nothing else was done' in result.err
    assert state_of(ibm) == 2 and records(ibm) == [path]


def test_damaged_record_is_told_and_stops_nobody(ibm):
    path = ibm.folder / RECORDS + '/iks-0.endangered'
    os.makedirs(ibm.folder / RECORDS)
    ibm.folder.write(RECORDS + '/iks-0.endangered', b'{}')
    ibm.folder.write(RECORDS + '/iks-1.endangered', b'{}', 0o666)
    result = ibm.run('cluster', 'list', ibm.place)
    assert path in result.err and 'iks-1.endangered' in result.err and 'mine' in result.text


# --- whose API server it is ---

def authority(word):
    """What nobody looks into, as PEM in base64."""
    pem = f'-----BEGIN CERTIFICATE-----\n{word}\n-----END CERTIFICATE-----\n'
    return base64.b64encode(pem.encode()).decode()


def kubeconfig(**cluster):
    return json.dumps({
        'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'here',
        'clusters': [{'name': 'k', 'cluster': cluster}], 'users': [{'name': 'u', 'user': {'token': 't'}}],
        'contexts': [{'name': 'here', 'context': {'cluster': 'k', 'user': 'u'}}]})


def whose(provider, key, **cluster):
    """Result and words of the check whether a kubeconfig is the cluster's."""
    provider.folder.write('config', kubeconfig(**cluster).encode())
    report = provider.report('cluster', 'preflight', provider.uri, '--key', key, '--kubeconfig', 'config', code=5)
    return next((row['result'], row['detail']) for row in report['checks'] if row['rule'] == 'R31')


def test_kubeconfig_of_an_eks_cluster_is_known_by_its_authority(aws):
    host = 'one.gr7.eu-central-1.eks.amazonaws.com'
    aws.fake.control(cluster={'prod': {'endpoint': 'https://' + host, 'ca': authority('ours')}})
    ours, other = ({'certificate-authority-data': authority(word)} for word in ('ours', 'else'))
    result, detail = whose(aws, aws.key, server='https://' + host, **other)
    assert result == 'refused' and 'certificate authority' in detail
    tunnel = {'server': 'https://127.0.0.1:1', 'tls-server-name': host}
    assert whose(aws, aws.key, **tunnel, **ours)[0] == 'ok'
    assert whose(aws, aws.key, **tunnel)[0] == 'ok'
    assert whose(aws, aws.key, **tunnel, **other)[0] == 'refused'
    assert whose(aws, aws.key, server='https://127.0.0.1:1')[0] == 'refused'


def test_kubeconfig_of_an_ack_cluster_is_known_by_the_one_that_ack_gives(alibaba):
    given = {'server': 'https://127.0.0.1:1', 'certificate-authority-data': authority('ours')}
    alibaba.cluster.kubeconfig = kubeconfig(**given)
    assert whose(alibaba, alibaba.key, **given)[0] == 'ok'
    given['server'] = 'https://127.0.0.1:2'
    assert whose(alibaba, alibaba.key, **given)[0] == 'ok'
    given['certificate-authority-data'] = authority('else')
    assert whose(alibaba, alibaba.key, **given)[0] == 'refused'


# --- a master that restarts ---

def test_ibm_that_tells_nothing_while_a_master_restarts_is_waited_for(ibm):
    ibm.cluster.set(silent=True)
    result = ibm.run('cluster', 'enable', *ibm.wanted, '--yes', '--timeout', '1s', code=1)
    assert 'ENVCRYPT_E_TIMEOUT' in result.err and 'while a master restarts' in result.err
    assert not ibm.changes()
    for words in (('enable', *ibm.wanted, '--yes', '--no-wait'), ('status', ibm.uri)):
        assert 'ENVCRYPT_E_SERVICE_DOWN' in ibm.run('cluster', *words, code=8).err


def test_ibm_change_that_somebody_else_began_is_waited_for(ibm):
    """It has no id, so none is needed; a wait of less than it takes says that it goes on."""
    ibm.cluster.set(begins_after=0, lasts=600, restarts=None)
    ibm.cluster.change_key(ibm.fake.keys.keys[ibm.key], True)
    assert 'goes on at the provider' in ibm.run('cluster', 'wait', ibm.uri, '--timeout', '1s', code=1).err
    ibm.fake.advance(3600)
    assert 'nothing is known of a change' in ibm.run('cluster', 'wait', 'iks://mine', '--state-dir',
                                                     'empty', code=2).err
    assert ibm.report('cluster', 'enable', *ibm.wanted)['update']['needless'] and not ibm.changes()


def test_ibm_former_key_is_known_from_earlier_changes(ibm):
    ibm.encrypt()
    rotate = ('cluster', 'rotate', ibm.uri, '--yes', '--key')
    ibm.run(*rotate, ibm.fake.keys.add_key('two').crn, '--no-wait')
    ibm.fake.advance(3600)
    ibm.run('cluster', 'wait', ibm.uri)
    first = ibm.fake.keys.keys[ibm.key].crn
    posts = len(ibm.changes())
    err = ibm.run(*rotate, first, code=None).err
    assert 'ENVCRYPT_E_KEY_FORMER' in err and 'from here says' in err and len(ibm.changes()) == posts
    # Whoever was not there hears it of the provider.
    err = ibm.run(*rotate, first, '--state-dir', 'none', code=None).err
    assert 'ENVCRYPT_E_KEY_FORMER' in err and 'R17' in err and len(ibm.changes()) == posts + 1


# --- keys that clusters need ---

def test_key_that_clusters_use_is_left_alone_until_all_are_named(aws):
    aws.encrypt('mine')
    aws.encrypt('yours')
    result = aws.run('key', 'disable', aws.key, code=5)
    assert 'mine' in result.text and 'yours' in result.text and '--confirm' in result.err
    aws.run('key', 'disable', aws.key, '--yes', code=5)
    assert 'ENVCRYPT_E_KEY_IN_USE' in aws.run('key', 'disable', aws.key, '--confirm', 'mine', code=5).err
    assert aws.fake.requests('DisableKey') == []
    assert aws.rows('key', 'disable', aws.key, '--confirm', 'mine,yours')[0]['state'] == 'Disabled'
    assert aws.rows('key', 'enable', aws.key)[0]['state'] == 'Enabled'


def test_clusters_of_one_name_are_each_named_by_its_region(aws):
    both = aws.fake.fake.hello()['multi']
    aws.fake.control(clusters=[{'name': 'prod', 'key': both},
                               {'name': 'prod', 'region': OTHER, 'key': both.replace(REGION, OTHER)}])
    disable = ('key', 'disable', both, '--region', f'{REGION},{OTHER}')
    result = aws.run(*disable, code=5)
    assert f'{REGION}/prod' in result.text and f'{OTHER}/prod' in result.text and 'CONFIRM' in result.text
    for words in ('prod', 'prod,prod', f'{REGION}/prod', f'{REGION}/prod,prod'):
        err = aws.run(*disable, '--confirm', words, code=5).err
        assert 'ENVCRYPT_E_KEY_IN_USE' in err and 'more than one' in err
    assert aws.fake.requests('DisableKey') == []
    words = f'{OTHER}/prod,{REGION}/prod'
    assert aws.rows(*disable, '--confirm', words)[0]['state'] == 'Disabled'


def test_ibm_clusters_of_one_name_are_each_named_by_its_id(ibm):
    """Their names repeat over resource groups of a Region."""
    both = [ibm.cluster, ibm.fake.add_cluster('mine', resource_group='another')]
    for cluster in both:
        ibm.fake.keys.keys[ibm.key].register(cluster.crn)
    disable = ('key', 'disable', f'ibm-kp://us-south/{ibm.instance}/{ibm.key}')
    err = ibm.run(*disable, '--confirm', 'mine,us-south/mine', code=5).err
    assert all(cluster.id in err for cluster in both)
    words = ','.join(cluster.id for cluster in both)
    assert ibm.rows(*disable, '--confirm', words)[0]['state'] == 'Suspended'


def test_cluster_whose_association_is_under_way_counts_as_use(aws):
    aws.fake.control(update_s=600)
    aws.begin()
    result = aws.run('key', 'disable', aws.key, '--yes', code=5)
    assert 'prod' in result.text and 'UPDATING' in result.text
    assert aws.fake.requests('DisableKey') == []


def test_ibm_cluster_that_is_not_registered_yet_counts_as_use(ibm):
    """Key Protect names a cluster only when its change is over."""
    ibm.cluster.set(lasts=600)
    ibm.run('cluster', 'enable', *ibm.wanted, '--yes', '--no-wait')
    ibm.fake.advance(30)
    assert not ibm.fake.keys.keys[ibm.key].registrations
    disable = ('key', 'disable', f'ibm-kp://us-south/{ibm.instance}/{ibm.key}')
    result = ibm.run(*disable, '--yes', code=5)
    assert 'mine' in result.text and 'in progress' in result.text
    assert 'ENVCRYPT_E_KEY_IN_USE' in ibm.run(*disable, '--confirm', 'other', code=5).err
    assert ibm.fake.keys.keys[ibm.key].state == 1
    assert ibm.rows(*disable, '--confirm', 'mine')[0]['state'] == 'Suspended'


def test_look_up_that_is_denied_counts_as_use(aws):
    aws.fake.control(denied=['ListClusters'])
    result = aws.run('key', 'schedule-deletion', 'aws-kms:///' + aws.key, code=5)
    assert 'could not be' in result.text
    assert aws.fake.requests('ScheduleKeyDeletion') == []


def test_deletion_of_a_key_that_no_cluster_uses_is_confirmed_too(aws):
    assert '--yes' in aws.run('key', 'schedule-deletion', aws.key, code=5).err
    row = aws.rows('key', 'schedule-deletion', aws.key, '--yes', '--pending-days', '7')[0]
    assert row['state'] == 'PendingDeletion'
    assert json.loads(aws.fake.requests('ScheduleKeyDeletion')[0]['body'])['PendingWindowInDays'] == 7
    aws.run('key', 'cancel-deletion', aws.key)


@pytest.mark.parametrize('typed, code', [('prod', 0), ('old', 5)])
def test_terminal_asks_for_the_names_of_the_clusters(aws, typed, code):
    aws.encrypt()
    screen = on_terminal(aws, 'key', 'disable', aws.key)
    screen.expect('Type the names of all of them')
    screen.send(typed + '\n')
    assert screen.end() == code


@pytest.mark.parametrize('typed, code', [(f'{REGION}/prod,{OTHER}/prod', 0), ('prod', 5)])
def test_terminal_asks_for_regions_where_names_repeat(aws, typed, code):
    both = aws.fake.fake.hello()['multi']
    aws.fake.control(clusters=[{'name': 'prod', 'key': both},
                               {'name': 'prod', 'region': OTHER, 'key': both.replace(REGION, OTHER)}])
    screen = on_terminal(aws, 'key', 'disable', both, '--region', f'{REGION},{OTHER}')
    screen.expect('Type what stands under CONFIRM')
    screen.send(typed + '\n')
    assert screen.end() == code


def test_key_of_no_service_is_refused(folder):
    err = folder.run('key', 'disable', 'keys.json#main', code=2, environment=NOTHING).err
    assert 'aws-kms:///ARN' in err


def test_keys_of_ibm_are_not_deleted(ibm):
    crn = ibm.fake.keys.keys[ibm.key].crn
    ibm.run('key', 'schedule-deletion', 'ibm-kp:///' + crn, '--yes', code=2)
