# SPDX-License-Identifier: Apache-2.0
"""Alibaba's own clients judge the fake services: they succeed and fail where the documentation says."""
import json
import subprocess
import sys
import time
import urllib.request

import pytest
from clients import Failed, Official, ack

MINUTES = 60


@pytest.fixture(name='cs')
def fixture_cs(service):
    return Official(service, 'cs')


@pytest.fixture(name='cluster')
def fixture_cluster(service):
    return service.cluster()


def refused(code, function, *arguments, **fields):
    with pytest.raises(Failed) as caught:
        function(*arguments, **fields)
    assert caught.value.code == code


def enable(cs, cluster, key):
    return cs.reply('UpdateKMSEncryption', cluster.id, kms_key_id=key, disable_encryption=False)


def capabilities(cs, cluster):
    return json.loads(cs.call('DescribeClusterDetail', cluster.id)['meta_data'])['Capabilities']


def state(cs, cluster):
    return cs.call('DescribeClusterDetail', cluster.id)['state']


# --- who asks ---

@pytest.mark.parametrize('name, action', [('cs', 'DescribeClustersV1'), ('ram', 'ListPoliciesForUser'),
                                          ('actiontrail', 'LookupEvents')])
@pytest.mark.parametrize('access, changes, code', [
    ('LTAI-fixed', {'secret': 'wrong'}, 'SignatureDoesNotMatch'),
    ('LTAI-unknown', {'secret': 'x'}, 'InvalidAccessKeyId.NotFound'),
    ('STS.temporary', {'token': 'wrong'}, 'InvalidSecurityToken.Malformed'),
])
def test_wrong_credentials_are_refused(service, name, action, access, changes, code):
    refused(code, Official(service, name, access, **changes).call, action)


@pytest.mark.parametrize('name, action', [('cs', 'DescribeClustersV1'), ('actiontrail', 'LookupEvents')])
def test_temporary_credentials_are_taken(service, name, action):
    assert Official(service, name, 'STS.temporary').call(action) is not None


@pytest.mark.parametrize('clock_s', [-1000, 1000])
def test_a_clock_that_is_far_off_is_refused(service, cs, clock_s):
    service.order(clock_s=clock_s)
    refused('InvalidTimeStamp.Expired', cs.call, 'DescribeClustersV1')


@pytest.mark.parametrize('name, action, code', [
    ('cs', 'DescribeClustersV1', 'StatusForbidden'), ('actiontrail', 'LookupEvents', 'NoPermission'),
    ('kms', 'ListKeys', 'Forbidden.NoPermission')])
def test_permissions_are_held(service, name, action, code):
    refused(code, Official(service, name, 'LTAI-nobody').call, action)


# --- UpdateKMSEncryption ---

def test_a_cluster_that_never_encrypted_has_no_capabilities(cs, cluster):
    assert capabilities(cs, cluster) == {}


def test_encryption_is_switched_on(service, cs, cluster):
    reply = enable(cs, cluster, service.key)
    assert reply.status_code == 200
    assert capabilities(cs, cluster) == {'EncryptionKMSKeyId': service.key, 'DisableEncryption': False}
    assert state(cs, cluster) == 'running'


def test_encryption_is_switched_off(service, cs):
    cluster = service.cluster(key=service.key, disabled=False)
    cs.reply('UpdateKMSEncryption', cluster.id, disable_encryption=True)
    assert capabilities(cs, cluster) == {'EncryptionKMSKeyId': service.key, 'DisableEncryption': True}


def test_the_key_is_changed(service, cs):
    cluster = service.cluster(key=service.key, disabled=False)
    other = service.facts['keys']['other'].rpartition('/')[2]
    enable(cs, cluster, other)
    assert capabilities(cs, cluster)['EncryptionKMSKeyId'] == other


def test_a_change_takes_its_time(service, cs, cluster):
    cluster.pace = {'start_s': 30, 'take_s': 5 * MINUTES}
    enable(cs, cluster, service.key)
    assert (state(cs, cluster), capabilities(cs, cluster)) == ('running', {})
    service.later(31)
    assert (state(cs, cluster), capabilities(cs, cluster)) == ('updating', {})
    service.later(5 * MINUTES)
    assert state(cs, cluster) == 'running'
    assert capabilities(cs, cluster)['EncryptionKMSKeyId'] == service.key


def test_a_change_can_fail(service, cs, cluster):
    cluster.pace = {'outcome': 'updating_failed', 'error': {'code': 'Kms', 'message': 'no answer'}}
    enable(cs, cluster, service.key)
    assert (state(cs, cluster), capabilities(cs, cluster)) == ('updating_failed', {})
    task = cs.call('DescribeClusterTasks', cluster.id)['tasks'][0]
    assert (task['state'], task['error']['code']) == ('failed', 'Kms')


def test_a_change_can_be_accepted_and_never_come(service, cs, cluster):
    cluster.pace = {'silent': True}
    enable(cs, cluster, service.key)
    service.later(600)
    assert (state(cs, cluster), capabilities(cs, cluster)) == ('running', {})


def test_the_next_change_waits_five_minutes_from_the_end_of_the_last(service, cs, cluster):
    cluster.pace = {'take_s': 60}
    enable(cs, cluster, service.key)
    refused('ErrorClusterState', enable, cs, cluster, service.key)
    service.later(60)
    assert state(cs, cluster) == 'running'
    service.later(5 * MINUTES - 5)
    refused('ErrorClusterState', enable, cs, cluster, service.key)
    service.later(6)
    assert enable(cs, cluster, service.key).status_code == 200


def test_too_early_is_http_409(service, cs, cluster):
    enable(cs, cluster, service.key)
    try:
        cs.client.update_kmsencryption(cluster.id, cs.models.UpdateKMSEncryptionRequest(
            kms_key_id=service.key))
        pytest.fail('it was accepted')
    except Exception as error:  # pylint: disable=broad-except
        assert getattr(error, 'status_code', None) == 409


@pytest.mark.parametrize('answer, status', [(False, 200), (True, 202)])
def test_an_accepted_update_may_have_a_body(service, cs, cluster, answer, status):
    service.order(update_body=answer)
    assert enable(cs, cluster, service.key).status_code == status


def test_an_update_needs_a_role_in_the_cluster(service, cs, cluster):
    service.order(rbac=['STS.temporary'])
    refused('ForbiddenUpdateKMSState', enable, cs, cluster, service.key)
    assert enable(Official(service, 'cs', 'STS.temporary'), cluster, service.key).status_code == 200


@pytest.mark.parametrize('settings', [
    {'kind': 'Kubernetes'}, {'spec': 'ack.standard'}])
def test_other_clusters_do_not_encrypt(service, cs, settings):
    refused('ClusterNotSupport', enable, cs, service.cluster(**settings), service.key)


@pytest.mark.parametrize('name, settings, code', [
    ('rsa', {}, 'InvalidKMSKey'), ('main', {'creator': 'Ecs'}, 'InvalidKMSKey'),
    ('main', {'state': 'Disabled'}, 'InvalidKMSKeyState'), (None, {}, 'KMSKeyNotFound')])
def test_other_keys_are_refused(service, cs, cluster, name, settings, code):
    key = service.fake.kms.find(service.facts['keys'][name]) if name else None
    for attribute, value in settings.items():
        setattr(key, attribute, value)
    refused(code, enable, cs, cluster, key.id if key else 'key-none')


def test_the_service_role_is_needed(service, cs, cluster):
    service.order(granted=[])
    refused('ErrorCheckAcl', enable, cs, cluster, service.key)


def test_what_happens_on_a_change_is_the_tests(service, cs, cluster):
    seen = []
    cluster.pace = {'hook': lambda one: (time.sleep(0.2), seen.append(one.change.wanted))}
    enable(cs, cluster, service.key)
    while state(cs, cluster) == 'updating':
        time.sleep(0.05)
    assert seen == [(service.key, False)]
    assert capabilities(cs, cluster)['EncryptionKMSKeyId'] == service.key


def test_a_hook_that_fails_fails_the_change(service, cs, cluster):
    def fail(_):
        raise RuntimeError('as the test wants it')
    cluster.pace = {'hook': fail}
    enable(cs, cluster, service.key)
    while state(cs, cluster) == 'updating':
        time.sleep(0.05)
    assert state(cs, cluster) == 'updating_failed'


# --- clusters ---

@pytest.mark.parametrize('as_text', [False, True])
def test_the_flag_is_a_boolean_or_a_text(service, cs, as_text):
    cluster = service.cluster(key=service.key, disabled=True, flag_as_text=as_text)
    assert capabilities(cs, cluster)['DisableEncryption'] == ('true' if as_text else True)


def test_an_unknown_cluster_is_not_found(service, cs):
    refused('ErrorClusterNotFound', cs.call, 'DescribeClusterDetail', 'cnone')
    refused('ErrorClusterNotFound', cs.call, 'UpdateKMSEncryption', 'cnone', kms_key_id=service.key)


def test_clusters_are_paged(service, cs):
    ids = [service.cluster(name=f'shop-{number}').id for number in range(25)]
    seen = []
    for number in range(1, 4):
        answer = cs.call('DescribeClustersV1', page_number=number, page_size=10)
        seen += [one['cluster_id'] for one in answer['clusters']]
    assert seen == ids and answer['page_info']['total_count'] == 25
    refused('InvalidParameter', cs.call, 'DescribeClustersV1', page_size=51)


def test_clusters_are_found_by_name_and_kind(service, cs):
    service.cluster(name='shop')
    service.cluster(name='other', spec='ack.standard')
    assert [one['name'] for one in cs.call('DescribeClustersV1', name='sho')['clusters']] == ['shop']
    assert [one['name'] for one in cs.call('DescribeClustersV1', cluster_spec='ack.standard')[
        'clusters']] == ['other']


def test_a_cluster_is_created_with_encryption(service, cs):
    service.order(create_pace={'take_s': 600})
    made = cs.call('CreateCluster', name='new', cluster_type='ManagedKubernetes',
                   cluster_spec='ack.pro.small', region_id='cn-hangzhou',
                   encryption_provider_key=service.key)
    task = cs.call('DescribeTaskInfo', made['task_id'])
    assert (task['state'], task['cluster_id']) == ('running', made['cluster_id'])
    service.later(601)
    detail = cs.call('DescribeClusterDetail', made['cluster_id'])
    assert detail['state'] == 'running'
    assert json.loads(detail['meta_data'])['Capabilities']['EncryptionKMSKeyId'] == service.key
    assert cs.call('DescribeTaskInfo', made['task_id'])['state'] == 'success'


def test_only_pro_clusters_are_created_with_encryption(service, cs):
    refused('ClusterNotSupport', cs.call, 'CreateCluster', name='new', region_id='cn-hangzhou',
            cluster_type='ManagedKubernetes', cluster_spec='ack.standard',
            encryption_provider_key=service.key)


def test_an_unknown_task_is_not_found(cs):
    refused('TaskNotFound', cs.call, 'DescribeTaskInfo', 'T-none')


def test_tasks_are_paged_with_the_newest_first(service, cs, cluster):
    for number in range(3):
        service.later(301 if number else 0)
        enable(cs, cluster, service.key)
    pages = [cs.call('DescribeClusterTasks', cluster.id, page_number=number, page_size=2)
             for number in (1, 2)]
    ids = [task['task_id'] for page in pages for task in page['tasks']]
    assert ids == [task.id for task in reversed(cluster.tasks)]


def test_events_tell_of_a_change(service, cs, cluster):
    enable(cs, cluster, service.key)
    events = cs.call('DescribeEvents', cluster_id=cluster.id, type='cluster_modify', page_size=50,
                     page_number=1)['events']
    assert {event['data']['reason'] for event in events} == {'Start', 'Finish'}


def test_a_service_role_is_checked(service, cs):
    service.order(granted=[])
    roles = [cs.models.CheckServiceRoleRequestRoles(name='AliyunCSManagedSecurityRole')]
    answer = cs.call('CheckServiceRole', roles=roles)['roles'][0]
    assert answer['granted'] is False and 'AliyunCSManagedSecurityRole' in answer['message']
    service.order(granted=['AliyunCSManagedSecurityRole'])
    assert cs.call('CheckServiceRole', roles=roles)['roles'][0]['granted'] is True


def test_a_kubeconfig_is_given_for_a_time(service, cs):
    cluster = service.cluster(kubeconfig='apiVersion: v1\nkind: Config\n')
    answer = cs.call('DescribeClusterUserKubeconfig', cluster.id, temporary_duration_minutes=15)
    assert answer['config'] == cluster.kubeconfig and answer['expiration'].endswith('Z')
    for minutes in (14, 4321):
        refused('InvalidParameter', cs.call, 'DescribeClusterUserKubeconfig', cluster.id,
                temporary_duration_minutes=minutes)


# --- faults ---

def test_throttling_is_told_with_its_delay(service, cs):
    service.order(faults=[{'status': 429, 'code': 'Throttling.User',
                           'headers': {'x-acs-retry-after': '2000'}}])
    refused('Throttling.User', cs.call, 'DescribeClustersV1')
    assert cs.call('DescribeClustersV1')['clusters'] == []


def test_a_server_that_fails_has_no_answer(service, cs):
    service.order(faults=[{'status': 503, 'body': '<html>busy</html>'}])
    with pytest.raises(Exception):
        cs.call('DescribeClustersV1')


def test_a_lost_reply_is_of_a_change_that_was_made(service, cs, cluster):
    service.order(faults=[{'action': 'UpdateKMSEncryption', 'close': True}])
    with pytest.raises(Exception):
        enable(cs, cluster, service.key)
    assert capabilities(cs, cluster)['EncryptionKMSKeyId'] == service.key


# --- RAM ---

def test_policies_of_users_and_roles_are_listed(service):
    ram = Official(service, 'ram')
    answer = ram.call('ListPoliciesForUser', user_name='ltai-fixed')
    assert 'AliyunKMSCryptoAdminAccess' in [
        policy['PolicyName'] for policy in answer['Policies']['Policy']]
    answer = ram.call('ListPoliciesForRole', role_name='Temporary')
    assert answer['Policies']['Policy'][0]['PolicyType'] == 'System'
    refused('EntityNotExist.User', ram.call, 'ListPoliciesForUser', user_name='none')
    refused('EntityNotExist.Role', ram.call, 'ListPoliciesForRole', role_name='none')


def test_a_user_has_the_policies_of_its_groups(service):
    ram = Official(service, 'ram')
    service.fake.ram.groups['admins'] = [('AdministratorAccess', 'System')]
    service.fake.ram.member_of['ltai-fixed'] = ['admins']
    groups = ram.call('ListGroupsForUser', user_name='ltai-fixed')['Groups']['Group']
    assert [group['GroupName'] for group in groups] == ['admins']
    answer = ram.call('ListPoliciesForGroup', group_name='admins')
    assert answer['Policies']['Policy'][0]['PolicyName'] == 'AdministratorAccess'


# --- the program ---

def test_the_program_takes_orders_and_tells_what_it_was_asked():
    """As another process uses it: by its first line, and by POST and GET of /_fake."""
    with subprocess.Popen([sys.executable, ack.__file__], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        facts = json.loads(process.stdout.readline())
        url = f'http://127.0.0.1:{facts["ports"]["cs"]}/_fake'
        order = json.dumps({'cluster': [{'name': 'shop', 'id': 'c1'}]}).encode()
        with urllib.request.urlopen(url, order, timeout=10) as reply:
            assert json.load(reply) == {'clusters': ['c1']}
        client = Official(Started(facts), 'cs')
        assert client.call('DescribeClusterDetail', 'c1')['name'] == 'shop'
        with urllib.request.urlopen(url, timeout=10) as reply:
            assert [asked['action'] for asked in json.load(reply)] == ['DescribeClusterDetail']
        process.stdin.close()
        assert process.wait(10) == 0


class Started:
    """Stands in for the service of clients.py."""

    def __init__(self, facts):
        self.facts = facts

    def host(self, name):
        return f'127.0.0.1:{self.facts["ports"][name]}'
