# SPDX-License-Identifier: Apache-2.0
"""Our driver of ACK against the fake services, which Alibaba's own clients have judged."""
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..'))
# pylint: disable=wrong-import-position
from cluster_driver import Driver, Refused  # noqa: E402

ROLE = 'aliyuncsmanagedsecurityrole'
PROVEN, NOT_PROVEN, CONTRADICTED = 1, 2, 3
NONE, OWN = 1, 3


class Ours:
    """The driver, opened on a cluster of the fake as the caller with an access key."""

    def __init__(self, service, folder, access='LTAI-fixed'):
        secret, token = service.facts['access'][access]
        environment = {'ALIBABA_CLOUD_ACCESS_KEY_ID': access,
                       'ALIBABA_CLOUD_ACCESS_KEY_SECRET': secret}
        if token:
            environment['ALIBABA_CLOUD_SECURITY_TOKEN'] = token
        self.driver = Driver(folder, **environment)
        self.endpoints = {
            'endpoint_url': 'cs', 'kms_endpoint': 'kms', 'sts_endpoint': 'sts',
            'ram_endpoint': 'ram', 'actiontrail_endpoint': 'actiontrail'}
        self.endpoints = {name: 'http://' + service.host(port)
                          for name, port in self.endpoints.items()}

    def open(self, cluster=None, uri=None):
        self.driver.open(uri or f'ack://cn-hangzhou/{cluster.id}', **self.endpoints)
        return self.driver


@pytest.fixture(name='ours')
def fixture_ours(service, tmp_path):
    made = []

    def make(cluster=None, access='LTAI-fixed', uri=None):
        made.append(Ours(service, tmp_path, access))
        return made[-1].open(cluster, uri)

    yield make
    for one in made:
        one.driver.end()


@pytest.fixture(name='cluster')
def fixture_cluster(service):
    return service.cluster()


def refused(code, function, *arguments, **fields):
    with pytest.raises(Refused) as caught:
        function(*arguments, **fields)
    assert caught.value.code == code, caught.value.reply
    return caught.value.reply


def other_key(service):
    return service.facts['keys']['other'].rpartition('/')[2]


def later(service, driver, seconds):
    """Both clocks, so that signatures stay good."""
    service.later(seconds)
    driver.ask('clock', ms=seconds * 1000)


def puts(service):
    return [one for one in service.asked() if one['action'] == 'UpdateKMSEncryption']


# --- reading ---

def test_a_plain_cluster_is_read(service, ours, cluster):
    state = ours(cluster).read()
    assert (state['id'], state['name'], state['region']) == (cluster.id, 'shop', 'cn-hangzhou')
    assert (state['encryption'], state['key'], state['phase']) == (NONE, None, 0)
    assert state['status'] == 'running' and state['kind'].startswith('ManagedKubernetes ack.pro.')
    assert state['issues'] == [] and not state['unsupported']
    assert service.asked()[-1]['path'] == f'/clusters/{cluster.id}'


@pytest.mark.parametrize('as_text', [False, True])
def test_an_encrypted_cluster_is_read_with_its_key(service, ours, as_text):
    state = ours(service.cluster(key=service.key, disabled=False, flag_as_text=as_text)).read()
    assert (state['encryption'], state['key']) == (OWN, service.arn)
    assert (state['key-given'], state['account']) == (service.key, service.facts['account'])
    assert (state['key-state'], state['issues']) == (1, [])


@pytest.mark.parametrize('as_text', [False, True])
def test_a_key_that_stays_behind_a_switch_that_is_off_is_none(service, ours, as_text):
    state = ours(service.cluster(key=service.key, disabled=True, flag_as_text=as_text)).read()
    assert (state['encryption'], state['key']) == (NONE, None)


@pytest.mark.parametrize('meta', ['', '{}', '{"Capabilities":{}}', '{"Capabilities":null}'])
def test_meta_data_without_capabilities_is_no_encryption(service, ours, meta):
    driver = ours(service.cluster(meta=meta))
    if meta == '{"Capabilities":null}':
        refused('PROTOCOL', driver.read)
    else:
        assert driver.read()['encryption'] == NONE


@pytest.mark.parametrize('meta', [
    '[]', '{', '{"Capabilities":7}', '{"Capabilities":{"DisableEncryption":7}}',
    '{"Capabilities":{"EncryptionKMSKeyId":7}}', '{"Capabilities":{"DisableEncryption":"perhaps"}}'])
def test_meta_data_that_cannot_be_read_is_no_guess(service, ours, meta):
    assert 'DescribeClusterDetail' in refused(
        'PROTOCOL', ours(service.cluster(meta=meta)).read)['text']


@pytest.mark.parametrize('word, phase', [
    ('running', 0), ('updating', 1), ('scaling', 1), ('initial', 1), ('waiting', 1),
    ('updating_failed', 2), ('failed', 2), ('deleting', 2), ('delete_failed', 2), ('stopped', 2)])
def test_states_are_steady_changing_or_broken(service, ours, word, phase):
    assert ours(service.cluster(state=word)).read()['phase'] == phase


def test_a_key_in_trouble_is_an_issue(service, ours):
    driver = ours(service.cluster(key=service.key, disabled=False))
    service.order(state={service.arn: 'PendingDeletion'})
    issue = driver.read()['issues'][0]
    assert issue['about-key'] == 'yes' and 'cancel the deletion' in issue['what-to-do']


def test_a_key_that_is_gone_is_an_issue(service, ours):
    state = ours(service.cluster(key='key-hzzgone', disabled=False)).read()
    assert state['issues'][0]['code'] == 'Forbidden.KeyNotFound'
    assert (state['key'], state['issues'][0]['about-key']) == ('key-hzzgone', 'yes')


def test_a_key_that_may_not_be_described_is_no_trouble(service, ours):
    service.order(access={'LTAI-fixed': {'denied': ['DescribeKey']}})
    state = ours(service.cluster(key=service.key, disabled=False)).read()
    assert (state['encryption'], state['key'], state['key-state']) == (OWN, service.key, 0)
    assert state['issues'][0]['about-key'] == 'no'


def test_a_cluster_is_found_by_its_name(service, ours):
    cluster = service.cluster(name='shop')
    service.cluster(name='shop-2')
    assert ours(uri='ack://cn-hangzhou/shop').read()['id'] == cluster.id


def test_a_name_that_two_have_is_refused_with_their_ids(service, ours):
    both = [service.cluster(name='shop').id for _ in range(2)]
    text = refused('ARGUMENT', ours(uri='ack://cn-hangzhou/shop').read)['text']
    assert all(each in text for each in both)


@pytest.mark.parametrize('name', ['none', 'c' + '0' * 32])
def test_an_unknown_cluster_is_told_with_those_that_there_are(service, ours, name):
    service.cluster(name='bakery')
    reply = refused('CLUSTER_NOT_FOUND', ours(uri='ack://cn-hangzhou/' + name).read)
    assert 'bakery' in reply['text'] and name in reply['text']


# --- keys ---

@pytest.mark.parametrize('form', [
    '{id}', '{arn}', 'alias/main', 'alibaba-kms:///{arn}', 'alibaba-kms:///{id}'])
def test_a_key_is_named_in_every_form(service, ours, cluster, form):
    driver = ours(cluster)
    driver.read()
    key = driver.find_key(key=form.format(id=service.key, arn=service.arn))
    assert (key['id'], key['short-id'], key['region']) == (service.arn, service.key, 'cn-hangzhou')
    assert (key['word'], key['account']) == ('Enabled', service.facts['account'])


def test_without_a_change_the_key_is_that_of_the_cluster(service, ours):
    driver = ours(service.cluster(key=service.key, disabled=False))
    driver.read()
    assert driver.find_key()['id'] == service.arn


def test_a_key_of_another_region_is_refused_before_it_is_asked_for(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    before = len(service.asked())
    text = refused('KEY_REGION', driver.find_key,
                   key=service.arn.replace('hangzhou', 'beijing'))['text']
    assert 'cn-hangzhou' in text and len(service.asked()) == before


def test_what_is_no_key_is_refused(ours, cluster):
    driver = ours(cluster)
    driver.read()
    refused('ARGUMENT', driver.find_key, key='arn:aws:kms:a:b:key/c')
    refused('ARGUMENT', driver.find_key)
    refused('KEY_NOT_FOUND', driver.find_key, key='key-hzznone')


def test_keys_are_listed_with_why_they_cannot_be_used(service, ours):
    service.order(key={service.facts['keys']['other']: {'rotation': 'Enabled'}})
    rows = {row['arn']: row for row in ours(uri='ack://cn-hangzhou').ask('keys')['rows']}
    assert (rows[service.arn]['usable'], rows[service.arn]['aliases']) == ('yes', 'alias/main')
    assert 'rotated' in rows[service.facts['keys']['other']]['why-not']
    assert 'not enabled' in rows[service.facts['keys']['external']]['why-not']
    assert service.facts['keys']['rsa'] not in rows


# --- preflight ---

def test_all_checks_pass_where_all_is_well(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.key)
    rows, refusal = driver.check('enable', key=service.key)
    assert refusal is None
    assert {name for name, row in rows.items() if row['result'] == 'ok'} == {
        'kind of cluster', 'last change', 'key Region', 'key state', 'key type', 'key rotation',
        'KMS account', 'service role', 'RAM policy'}
    assert '100.64.0.0/10' in rows['way to KMS']['detail']


def check_refuses(driver, service, name, rule, code, **change):
    driver.read()
    driver.find_key(key=service.arn)
    rows, refusal = driver.check('enable', key=service.arn, **change)
    assert (rows[name]['result'], rows[name]['rule']) == ('refused', rule), rows[name]
    assert refusal == 'ENVCRYPT_E_' + code
    return rows[name]['detail']


@pytest.mark.parametrize('settings', [
    {'kind': 'Kubernetes', 'spec': ''}, {'spec': 'ack.standard'}, {'spec': ''}, {'kind': 'Ask'}])
def test_r22_only_pro_clusters(service, ours, settings):
    detail = check_refuses(ours(service.cluster(**settings)), service, 'kind of cluster', 'R22',
                           'CLUSTER_KIND')
    assert 'does not support Secret encryption' in detail


@pytest.mark.parametrize('profile', ['Default', 'Edge', 'Serverless'])
def test_every_profile_of_pro_is_taken(service, ours, profile):
    assert not ours(service.cluster(profile=profile)).read()['unsupported']


@pytest.mark.parametrize('key, said', [
    ({'spec': 'Aliyun_SM4'}, 'Aliyun_AES_256'), ({'usage': 'SIGN/VERIFY'}, 'ENCRYPT/DECRYPT'),
    ({'creator': 'Ecs'}, 'cloud service'),
    ({'material_ends': '2027-01-01T00:00:00Z'}, 'expires')])
def test_r23_only_keys_that_ack_takes(service, ours, cluster, key, said):
    service.order(key={service.arn: key})
    detail = check_refuses(ours(cluster), service, 'key type', 'R23', 'KEY_UNSUITABLE')
    assert said in detail


@pytest.mark.parametrize('word, code', [
    ('Disabled', 'KEY_DISABLED'), ('PendingDeletion', 'KEY_PENDING_DELETION'),
    ('PendingImport', 'KEY_PENDING_IMPORT')])
def test_r08_only_enabled_keys(service, ours, cluster, word, code):
    service.order(state={service.arn: word})
    check_refuses(ours(cluster), service, 'key state', 'R08', code)


def test_r24_a_key_that_rotates_by_itself_needs_an_override(service, ours, cluster):
    service.order(key={service.arn: {'rotation': 'Enabled'}})
    driver = ours(cluster)
    detail = check_refuses(driver, service, 'key rotation', 'R24', 'CLUSTER_OVERRIDE')
    rows, refusal = driver.check('enable', key=service.arn, override='rotation')
    assert 'override=rotation' in detail
    assert (rows['key rotation']['result'], refusal) == ('warning', None)


def test_r25_the_service_role(service, ours, cluster):
    service.order(granted=[])
    detail = check_refuses(ours(cluster), service, 'service role', 'R25', 'DENIED')
    assert 'The role does not exist: AliyunCSManagedSecurityRole' in detail


@pytest.mark.parametrize('status', ['InDebt', 'Suspended', 'NotEnabled'])
def test_r26_the_account_at_kms(service, ours, cluster, status):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    service.order(status=status)
    rows, refusal = driver.check('enable', key=service.arn)
    assert (rows['KMS account']['result'], rows['KMS account']['rule']) == ('refused', 'R26')
    assert status in rows['KMS account']['detail'] and refusal == 'ENVCRYPT_E_BILLING'


def test_r27_a_change_that_was_just_over_is_waited_for(service, ours, cluster):
    driver = ours(cluster)
    enable(service, driver)
    assert driver.poll('enable', key=service.key)['phase'] == 'done'
    later(service, driver, 100)
    driver.read()
    rows, _ = driver.check('disable')
    assert rows['last change']['result'] == 'warning'
    seconds = int(rows['last change']['detail'].split(' s;')[0].rpartition(' ')[2])
    assert 195 <= seconds <= 200
    later(service, driver, 201)
    assert driver.check('disable')[0]['last change']['result'] == 'ok'


def test_r35_the_policy_that_a_user_lacks(service, ours, cluster):
    service.order(ram={'users': {'ltai-fixed': [('AliyunCSFullAccess', 'System')]}})
    detail = check_refuses(ours(cluster), service, 'RAM policy', 'R35', 'DENIED')
    assert 'AliyunKMSCryptoAdminAccess' in detail and 'ltai-fixed' in detail


@pytest.mark.parametrize('users, groups, result', [
    ([], {'admins': [('AdministratorAccess', 'System')]}, 'ok'),
    ([], {'readers': [('ReadOnlyAccess', 'System')]}, 'refused'),
    ([('own', 'Custom')], {}, 'unknown'), ([], {'a': [('own', 'Custom')]}, 'unknown')])
def test_policies_of_groups_count_and_own_ones_are_not_read(service, ours, cluster, users, groups,
                                                            result):
    service.order(ram={'users': {'ltai-fixed': users}, 'groups': groups,
                       'member_of': {'ltai-fixed': list(groups)}})
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    rows, _ = driver.check('enable', key=service.arn)
    assert rows['RAM policy']['result'] == result


def test_a_role_is_looked_at_too(service, ours, cluster):
    driver = ours(cluster, 'STS.temporary')
    driver.read()
    driver.find_key(key=service.arn)
    assert driver.check('enable', key=service.arn)[0]['RAM policy']['result'] == 'ok'


@pytest.mark.parametrize('denied, name', [
    (['ListPoliciesForUser'], 'RAM policy'), (['GetCallerIdentity'], 'RAM policy'),
    (['CheckServiceRole'], 'service role'), (['DescribeAccountKmsStatus'], 'KMS account'),
    (['DescribeClusterTasks'], 'last change')])
def test_what_may_not_be_asked_is_unknown_and_stops_nothing(service, ours, cluster, denied, name):
    service.fake.ram.users['ltai-fixed'] = []
    service.order(access={'LTAI-fixed': {'denied': denied}})
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    rows, _ = driver.check('enable', key=service.arn)
    assert rows[name]['result'] == 'unknown', rows[name]


def test_a_preflight_changes_nothing(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    driver.check('enable', key=service.arn)
    driver.job('plan', 'enable', key=service.arn)
    driver.job('permissions', 'enable', key=service.arn)
    assert {one['method'] for one in service.asked() if one['gateway'] == 'cs'} == {'GET', 'POST'}
    assert puts(service) == []


# --- plan and permissions ---

def test_a_plan_has_the_request_and_what_it_means(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    rows = driver.job('plan', 'enable', key=service.arn)['rows']
    assert rows[0]['request'] == (f'PUT /clusters/{cluster.id}/kms '
                                  f'{{"disable_encryption":false,"kms_key_id":"{service.key}"}}')
    assert 'never disable or delete the key' in rows[0]['warning']
    assert any('ten thousand' in row['effect'] for row in rows)
    assert any('balance' in (row['warning'] or '') for row in rows)
    rows = driver.job('plan', 'disable')['rows']
    assert rows[0]['request'] == f'PUT /clusters/{cluster.id}/kms {{"disable_encryption":true}}'
    assert 'keep the key' in rows[0]['warning']


def test_permissions_are_had_lacked_or_unknown(service, ours, cluster):
    service.order(granted=[], access={'LTAI-fixed': {'denied': ['ListKeys']}})
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    rows = {row['permission']: row for row in driver.job('permissions', 'enable')['rows']}
    has = {name: row['has'] for name, row in rows.items()}
    assert {name for name, answer in has.items() if answer == 'no'} == {
        'kms:ListKeys, kms:ListAliases', 'AliyunCSManagedSecurityRole'}
    assert {name for name, answer in has.items() if answer == 'unknown'} == {
        'cs:UpdateKMSEncryption', 'cs:DescribeClusterUserKubeconfig', 'administrator or O&M engineer',
        next(name for name in has if name.startswith('ram:'))}


def test_the_policy_is_one_of_ram(service, ours, cluster):
    import json
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    policy = json.loads(driver.job('policy', 'enable')['policy'])
    assert policy['Version'] == '1'
    change = policy['Statement'][0]
    assert 'cs:UpdateKMSEncryption' in change['Action']
    assert change['Resource'] == [f'acs:cs:cn-hangzhou:*:cluster/{cluster.id}']
    assert policy['Statement'][-1] == {'Effect': 'Allow', 'Action': ['kms:DescribeKey'],
                                       'Resource': [service.arn]}


# --- changes ---

def enable(service, driver, key=None):
    driver.read()
    driver.find_key(key=key or service.arn)
    return driver.begin('enable', key=key or service.arn)


def test_enabling_is_one_request_and_is_waited_for(service, ours, cluster):
    cluster.pace = {'start_s': 30, 'take_s': 240}
    driver = ours(cluster)
    update = enable(service, driver)
    assert update['phase'] == 'running' and update['request-id']
    assert driver.poll('enable', key=service.arn)['phase'] == 'running'  # not seen to begin yet
    later(service, driver, 40)
    update = driver.poll('enable', key=service.arn)
    assert (update['phase'], update['detail']) == ('running', 'the cluster is updating')
    later(service, driver, 240)
    update = driver.poll('enable', key=service.arn)
    assert update['phase'] == 'done' and update['done-ms'] > update['sent-ms']
    assert cluster.encrypts_with() == service.key and len(puts(service)) == 1


@pytest.mark.parametrize('body', [False, True])
def test_whatever_an_accepted_update_answers_is_fine(service, ours, cluster, body):
    service.order(update_body=body)
    assert enable(service, ours(cluster))['phase'] == 'running'


def test_what_is_as_wanted_already_sends_nothing(service, ours):
    update = enable(service, ours(service.cluster(key=service.key, disabled=False)))
    assert (update['phase'], update['needless'], puts(service)) == ('done', True, [])


def test_the_key_is_changed(service, ours):
    cluster = service.cluster(key=service.key, disabled=False)
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=other_key(service))
    assert driver.begin('change', key=other_key(service))['phase'] == 'running'
    assert driver.poll('change', key=other_key(service))['phase'] == 'done'
    assert cluster.encrypts_with() == other_key(service)


def test_encryption_is_switched_off_and_names_no_key(service, ours):
    cluster = service.cluster(key=service.key, disabled=False)
    driver = ours(cluster)
    driver.read()
    assert driver.begin('disable')['phase'] == 'running'
    assert driver.poll('disable')['phase'] == 'done'
    assert cluster.encrypts_with() is None
    assert puts(service)[0]['body'] == '{"disable_encryption":true}'


def test_a_change_that_fails_has_the_error_of_its_task(service, ours, cluster):
    cluster.pace = {'outcome': 'updating_failed',
                    'error': {'code': 'KmsUnreachable', 'message': 'no route to KMS'}}
    driver = ours(cluster)
    enable(service, driver)
    update = driver.poll('enable', key=service.arn)
    assert update['phase'] == 'failed'
    assert 'KmsUnreachable: no route to KMS' in update['detail']


def test_a_change_that_never_comes_fails_after_two_minutes(service, ours, cluster):
    cluster.pace = {'silent': True}
    driver = ours(cluster)
    enable(service, driver)
    later(service, driver, 115)
    assert driver.poll('enable', key=service.arn)['phase'] == 'running'
    later(service, driver, 6)
    update = driver.poll('enable', key=service.arn)
    assert update['phase'] == 'failed' and 'runs on without it' in update['detail']


def test_too_early_is_waited_for(service, ours, cluster):
    driver = ours(cluster)
    enable(service, driver)
    driver.poll('enable', key=service.arn)
    driver.ask('forget')
    update = driver.begin('disable')
    assert update['phase'] == 'none' and 'five minutes' in update['detail']
    later(service, driver, 301)
    assert driver.begin('disable')['phase'] == 'running'
    assert cluster.encrypts_with() is None


def test_another_change_is_waited_for_without_a_request(service, ours, cluster):
    cluster.state = 'scaling'
    driver = ours(cluster)
    update = enable(service, driver)
    assert update['phase'] == 'none' and 'scaling' in update['detail'] and not puts(service)
    cluster.state = 'running'
    assert driver.begin('enable', key=service.arn)['phase'] == 'running'


def test_r28_the_rbac_role(service, ours, cluster):
    service.order(rbac=[])
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    reply = refused('DENIED', driver.begin, 'enable', key=service.arn)
    assert 'O&M engineer' in reply['text'] and cluster.id in reply['text']
    assert reply['provider_code'] == 'ForbiddenUpdateKMSState'
    assert reply['update']['phase'] == 'none'


@pytest.mark.parametrize('pace', [{}, {'take_s': 60}, {'start_s': 60}])
def test_a_lost_reply_is_found_again_and_not_sent_twice(service, ours, cluster, pace):
    cluster.pace = pace
    service.order(faults=[{'action': 'UpdateKMSEncryption', 'close': True}])
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    with pytest.raises(Refused) as caught:
        driver.begin('enable', key=service.arn)
    assert caught.value.reply['update']['phase'] == 'sent'
    update = driver.begin('enable', key=service.arn)
    for _ in range(4):
        if update['phase'] == 'done':
            break
        later(service, driver, 31)
        update = driver.poll('enable', key=service.arn)
    assert update['phase'] == 'done' and len(puts(service)) == 1


def test_what_did_not_arrive_is_sent_when_that_is_sure(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    driver.ask('sent')  # as the state file says after a kill before the request
    assert driver.begin('enable', key=service.arn)['phase'] == 'sent'
    assert puts(service) == []
    later(service, driver, 121)
    assert driver.begin('enable', key=service.arn)['phase'] == 'running'
    assert len(puts(service)) == 1


def test_trouble_of_the_service_is_looked_through(service, ours, cluster):
    driver = ours(cluster)
    enable(service, driver)
    service.order(faults=[{'action': 'DescribeClusterDetail', 'status': 503, 'times': 9}])
    update = driver.poll('enable', key=service.arn)
    assert update['phase'] == 'running'
    service.fake.kms.faults.clear()
    assert driver.poll('enable', key=service.arn)['phase'] == 'done'


@pytest.mark.parametrize('fault', [
    {'status': 429, 'code': 'Throttling.User', 'headers': {'x-acs-retry-after': '100'}},
    {'status': 400, 'code': 'Throttling.Api'}, {'status': 503, 'code': 'ServiceUnavailable'},
    {'status': 429, 'code': 'Rejected.Throttling'}])
def test_throttling_is_retried(service, ours, cluster, fault):
    service.order(faults=[fault | {'action': 'DescribeClusterDetail'}])
    assert ours(cluster).read()['id'] == cluster.id


def test_a_throttled_update_is_sent_again(service, ours, cluster):
    service.order(faults=[{'action': 'UpdateKMSEncryption', 'status': 429,
                           'code': 'Throttling.User'}])
    assert enable(service, ours(cluster))['phase'] == 'running'


def test_verbs_that_ack_does_not_know_are_refused(service, ours):
    driver = ours(service.cluster(key=service.key, disabled=False))
    driver.read()
    driver.find_key()
    assert 'rotate --key' in refused('CLUSTER_CANNOT', driver.begin, 'rotate')['text']


# --- creating ---

def create(service, driver):
    driver.find_key(key=service.arn)
    return driver.begin('create', key=service.arn, subnets='vsw-1,vsw-2', vpc_id='vpc-1',
                        kubernetes_version='1.34.1-aliyun.1', public_access='yes',
                        pod_cidr='172.20.0.0/16', service_cidr='172.21.0.0/20')


def test_a_cluster_is_created_with_encryption(service, ours):
    service.order(create_pace={'take_s': 600})
    driver = ours(uri='ack://cn-hangzhou/new')
    update = create(service, driver)
    assert update['phase'] == 'running' and update['id'] in service.fake.cs.clusters
    assert driver.poll('create', key=service.arn)['phase'] == 'running'
    later(service, driver, 601)
    assert driver.poll('create', key=service.arn)['phase'] == 'done'
    assert service.fake.cs.clusters[update['id']].encrypts_with() == service.key


def test_a_lost_reply_creates_no_second_cluster(service, ours):
    service.order(faults=[{'action': 'CreateCluster', 'close': True}])
    driver = ours(uri='ack://cn-hangzhou/new')
    with pytest.raises(Refused):
        create(service, driver)
    update = create(service, driver)
    assert update['phase'] == 'running' and list(service.fake.cs.clusters) == [update['id']]


def test_a_name_that_is_taken_is_refused(service, ours):
    service.cluster(name='new')
    driver = ours(uri='ack://cn-hangzhou/new')
    refused('SERVICE_CONFLICT', create, service, driver)
    assert len(service.fake.cs.clusters) == 1


def test_a_creation_that_fails_is_told(service, ours):
    service.order(create_pace={'outcome': 'failed',
                               'error': {'code': 'NoQuota', 'message': 'no vCPU'}})
    driver = ours(uri='ack://cn-hangzhou/new')
    create(service, driver)
    update = driver.poll('create', key=service.arn)
    assert update['phase'] == 'failed' and 'NoQuota: no vCPU' in update['detail']


# --- evidence ---

def evidence(service, driver, verb='verify'):
    driver.read()
    if verb == 'verify':
        driver.find_key(key=service.arn)
    reply = driver.job('evidence', verb)
    return {row['fact']: row for row in reply['rows']}, reply['outcome']


@pytest.mark.parametrize('action', ['Encrypt', 'Decrypt', 'GenerateDataKey'])
def test_a_use_of_the_key_by_the_service_role_proves_it(service, ours, action):
    service.order(used=[{'action': action, 'key': service.arn, 'role': ROLE}])
    rows, outcome = evidence(service, ours(service.cluster(key=service.key, disabled=False)))
    assert outcome == PROVEN, rows
    assert action in rows['use of the key']['detail']


@pytest.mark.parametrize('use', [
    None, {'role': 'another'}, {'role': None, 'access_key': 'LTAI-fixed'}, {'key': 'other'},
    {'action': 'DescribeKey'}])
def test_without_such_an_event_it_is_not_proven_and_never_contradicted(service, ours, use):
    if use is not None:
        use = {'action': 'Decrypt', 'role': ROLE, 'key': 'main'} | use
        service.order(used=[use | {'key': service.facts['keys'][use['key']]}])
    rows, outcome = evidence(service, ours(service.cluster(key=service.key, disabled=False)))
    assert outcome == NOT_PROVEN
    assert rows['use of the key']['result'] == 'missing'


def test_an_event_that_comes_late_is_not_there_yet(service, ours):
    service.fake.trail.delay_s = 300
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    driver = ours(service.cluster(key=service.key, disabled=False))
    assert evidence(service, driver)[1] == NOT_PROVEN
    later(service, driver, 301)
    assert evidence(service, driver)[1] == PROVEN


def test_events_are_looked_for_on_every_page(service, ours):
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    service.order(used=[{'action': 'Decrypt', 'key': service.facts['keys']['other'],
                         'role': ROLE}] * 120)
    assert evidence(service, ours(service.cluster(key=service.key, disabled=False)))[1] == PROVEN
    assert len([one for one in service.asked() if one['action'] == 'LookupEvents']) == 3


def test_the_pages_come_slowly_enough_for_the_limit(service, ours):
    service.fake.trail.a_second = 2
    service.order(used=[{'action': 'Decrypt', 'key': service.facts['keys']['other'],
                         'role': ROLE}] * 180)
    rows, _ = evidence(service, ours(service.cluster(key=service.key, disabled=False)))
    assert 'since the change was over' in rows['use of the key']['detail']
    assert len([one for one in service.asked() if one['action'] == 'LookupEvents']) == 4


def test_a_trail_that_may_not_be_asked_proves_nothing(service, ours):
    service.order(access={'LTAI-fixed': {'denied': ['LookupEvents']}})
    rows, outcome = evidence(service, ours(service.cluster(key=service.key, disabled=False)))
    assert (outcome, rows['use of the key']['result']) == (NOT_PROVEN, 'missing')


@pytest.mark.parametrize('settings', [
    {}, {'key': 'KEY', 'disabled': True}, {'key': 'key-hzzother', 'disabled': False}])
def test_capabilities_that_say_otherwise_contradict_it(service, ours, settings):
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    if settings.get('key') == 'KEY':
        settings = settings | {'key': service.key}
    rows, outcome = evidence(service, ours(service.cluster(**settings)))
    assert (outcome, rows['encryption of the cluster']['result']) == (CONTRADICTED, 'contrary')


def test_a_cluster_that_is_not_running_is_not_proven(service, ours):
    service.order(used=[{'action': 'Decrypt', 'key': service.arn, 'role': ROLE}])
    cluster = service.cluster(key=service.key, disabled=False, state='updating')
    assert evidence(service, ours(cluster))[1] == NOT_PROVEN


def test_that_encryption_is_off_is_proven_by_the_cluster_alone(service, ours):
    cluster = service.cluster(key=service.key, disabled=True)
    assert evidence(service, ours(cluster), 'disable')[1] == PROVEN


# --- lists, access, keys behind the guard ---

def test_clusters_are_listed_over_all_pages(service, ours):
    ids = [service.cluster(name=f'shop-{number}').id for number in range(51)]
    service.fake.cs.clusters[ids[7]].key = service.key
    reply = ours(uri='ack://cn-hangzhou').ask('list')
    assert (len(reply['rows']), reply['partial']) == (51, False)
    assert reply['rows'][7]['key'] == service.arn and reply['rows'][7]['encryption'] == 'own'
    assert reply['rows'][0]['encryption'] == 'none'


def test_the_clusters_of_a_key_are_found(service, ours):
    service.cluster(name='plain')
    service.cluster(name='off', key=service.key, disabled=True)
    service.cluster(name='other', key=other_key(service), disabled=False)
    service.cluster(name='mine', key=service.key, disabled=False)
    reply = ours(uri='ack://cn-hangzhou').ask('list', uses=service.arn)
    assert [row['name'] for row in reply['rows']] == ['off', 'mine']
    assert 'keep the key' in reply['rows'][0]['what-to-do'] and not reply['partial']


def test_a_cluster_that_is_being_switched_to_a_key_counts_as_using_it(service, ours):
    cluster = service.cluster(name='coming')
    cluster.pace = {'take_s': 300}
    enable(service, ours(cluster))
    reply = ours(uri='ack://cn-hangzhou').ask('list', uses=service.arn)
    assert reply['partial'] and cluster.id in reply['rows'][0]['what-to-do']


def test_a_cluster_that_cannot_be_read_may_use_any_key(service, ours):
    service.cluster(name='odd', meta='{')
    reply = ours(uri='ack://cn-hangzhou').ask('list', uses=service.arn)
    assert reply['partial'] and reply['rows'][0]['name'] is None


def test_a_look_that_is_denied_is_a_row_without_a_name(service, ours):
    service.order(access={'LTAI-fixed': {'denied': ['DescribeClustersV1']}})
    reply = ours(uri='ack://cn-hangzhou').ask('list', uses=service.arn)
    assert reply['partial'] and [row['name'] for row in reply['rows']] == [None]
    assert 'StatusForbidden' in reply['rows'][0]['what-to-do'] or (
        'RAM policy' in reply['rows'][0]['what-to-do'])


KUBECONFIG = '''apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {USER}}]
'''


def test_the_api_server_is_reached_by_the_clouds_own_access(service, ours):
    cluster = service.cluster(kubeconfig=KUBECONFIG.replace('USER', 'token: "a\\"b"'))
    driver = ours(cluster)
    driver.read()
    reply = driver.ask('access')
    assert reply['server'] == 'https://127.0.0.1:6443' and 'Alibaba ACK' in reply['origin']
    sent = service.asked()[-1]
    assert (sent['path'], sent['query']) == (
        f'/k8s/{cluster.id}/user_config',
        {'PrivateIpAddress': 'false', 'TemporaryDurationMinutes': '60'})


@pytest.mark.parametrize('user', ['tokenFile: /etc/hostname', 'client-key: /k, client-certificate: /c'])
def test_access_that_names_files_of_this_host_is_refused(service, ours, user):
    driver = ours(service.cluster(kubeconfig=KUBECONFIG.replace('USER', user)))
    driver.read()
    refused('KUBECONFIG', driver.ask, 'access')


def test_of_several_regions_a_key_is_looked_for_in_its_own(service, ours):
    driver = ours(uri='ack://cn-beijing,cn-hangzhou')
    assert driver.find_key(key=service.arn)['region'] == 'cn-hangzhou'
    assert driver.ask('key-action', action='enable-key')['rows'][0]['state'] == 'Enabled'
    refused('KEY_REGION', driver.find_key, key=service.arn.replace('hangzhou', 'shanghai'))


def test_a_key_is_disabled_and_enabled_and_never_deleted(service, ours):
    driver = ours(uri='ack://cn-hangzhou')
    driver.find_key(key=service.arn)
    try:
        rows = driver.ask('key-action', action='disable-key')['rows']
        assert rows[0]['state'] == 'Disabled'
    finally:
        rows = driver.ask('key-action', action='enable-key')['rows']
    assert rows[0]['state'] == 'Enabled'
    refused('UNSUPPORTED', driver.ask, 'key-action', action='schedule-deletion')
    assert 'ScheduleKeyDeletion' not in {one['action'] for one in service.asked()}


# --- the guard ---

def guard(driver, action, **change):
    return driver.ask('guard', action=action, change=change)


def test_r29_a_key_of_two_clusters_is_disabled_only_with_both_names(service, ours):
    service.cluster(name='shop', key=service.key, disabled=False)
    service.cluster(name='bakery', key=service.key, disabled=False)
    driver = ours(uri='ack://cn-hangzhou')
    for confirm in ({}, {'confirm': 'shop'}):
        reply = refused('KEY_IN_USE', guard, driver, 'disable-key', key=service.arn, **confirm)
        assert {row['name'] for row in reply['users']} == {'shop', 'bakery'}
    assert service.fake.kms.find(service.arn).state == 'Enabled'
    try:
        guard(driver, 'disable-key', key=service.arn, confirm='shop,bakery')
        assert service.fake.kms.find(service.arn).state == 'Disabled'
    finally:
        guard(driver, 'enable-key', key=service.arn)
    assert service.fake.kms.find(service.arn).state == 'Enabled'


def test_r29_clusters_of_one_name_are_confirmed_by_their_ids(service, ours):
    both = [service.cluster(name='shop', key=service.key, disabled=False) for _ in range(2)]
    driver = ours(uri='ack://cn-hangzhou')
    reply = refused('KEY_IN_USE', guard, driver, 'disable-key', key=service.arn, confirm='shop')
    assert {row['confirm'] for row in reply['users']} == {cluster.id for cluster in both}
    try:
        guard(driver, 'disable-key', key=service.arn, confirm=','.join(cluster.id for cluster in both))
        assert service.fake.kms.find(service.arn).state == 'Disabled'
    finally:
        guard(driver, 'enable-key', key=service.arn)


def test_r29_without_the_permission_to_list_every_key_is_in_use(service, ours):
    service.order(access={'LTAI-fixed': {'denied': ['DescribeClustersV1']}})
    driver = ours(uri='ack://cn-hangzhou')
    refused('KEY_IN_USE', guard, driver, 'disable-key', key=service.arn)
    assert service.fake.kms.find(service.arn).state == 'Enabled'


def test_r29_a_cluster_that_is_coming_to_use_the_key_counts(service, ours):
    cluster = service.cluster(name='coming')
    cluster.pace = {'take_s': 300}
    enable(service, ours(cluster))
    refused('KEY_IN_USE', guard, ours(uri='ack://cn-hangzhou'), 'disable-key', key=service.arn)
    assert service.fake.kms.find(service.arn).state == 'Enabled'


def test_a_key_that_no_cluster_names_is_disabled(service, ours):
    driver = ours(uri='ack://cn-hangzhou')
    service.cluster(name='plain')
    guard(driver, 'disable-key', key=service.arn)
    assert service.fake.kms.find(service.arn).state == 'Disabled'
