# SPDX-License-Identifier: Apache-2.0
"""Our driver against the imitation that IBM's clients have judged: its requests are theirs, field by
field (golden/), and it sees what they would see."""
import json

import pytest

import driving
import golden
from conftest import CLUSTER
from ibm_key_protect import IAM_IDS, INSTANCE, KEY
from iks_cluster import GROUP

CRN = ('crn:v1:bluemix:public:kms:us-south:a/f047b55a3362ac06afad8a3f2f5586ea:'
       f'{INSTANCE}:key:{KEY}')
PROVEN, NOT_PROVEN, CONTRADICTED = 1, 2, 3


@pytest.fixture
def make(cloud, cluster, tmp_path):
    """Makes drivers, whose programs end with the test."""
    made = []

    def one(**options):
        made.append(driving.Driver(cloud, tmp_path, **options))
        return made[-1]
    yield one
    for driver in made:
        driver.end()


@pytest.fixture
def driver(make):
    return make()


def posts(cloud, path='/v2/enableKMS'):
    return [e for e in cloud.log if e['method'] == 'POST' and e['path'].endswith(path)]


def last(cloud, path):
    return next(e for e in reversed(cloud.log) if e['path'].endswith(path))


def enable(driver, key=CRN, verb='enable', **more):
    driver.want(key=key, **more)
    driver.begun(verb)
    return driver.wait(verb)


def rows(reply, column):
    return [row[column] for row in reply['rows']]


# -- a whole life --------------------------------------------------------------------------------

def test_a_cluster_is_enabled_and_that_is_proven(cloud, cluster, driver):
    key = driver.want(key=CRN)
    assert key['id'] == CRN and key['word'] == 'Active'
    assert driver.checked('enable')[0] is None
    assert not posts(cloud)
    assert driver.begun('enable')['phase'] == 'running'
    seen = driver.wait('enable')
    assert seen[-1]['phase'] == 'done' and len(seen) > 5
    assert any(update['passes'] for update in seen)  # and that was no failure
    assert cluster.private is True and len(posts(cloud)) == 1
    state = driver.read()
    assert state['key'] == CRN and state['id'] == CLUSTER
    reply = driver.ask('evidence', verb='verify')
    assert (reply['outcome'], set(rows(reply, 'result'))) == (PROVEN, {'seen'}), reply


def test_a_second_time_nothing_is_posted(cloud, driver):
    enable(driver)
    driver.want(key=CRN)
    update = driver.begun('enable')
    assert update['phase'] == 'done' and update['needless'] and len(posts(cloud)) == 1


def test_another_key_takes_the_place_of_the_first(cloud, cluster, driver):
    enable(driver)
    second = cloud.keys.add_key('two')
    seen = enable(driver, second.crn, 'change')
    assert 'did not begin' in seen[0]['detail']  # Ready, as before
    assert seen[-1]['phase'] == 'done' and cluster.key is second
    assert driver.read()['key'] == second.crn
    assert driver.ask('evidence', verb='verify')['outcome'] == PROVEN


def test_a_state_of_before_the_change_of_key_proves_nothing(cloud, driver):
    enable(driver)
    enable(driver, cloud.keys.add_key('two').crn, 'change')
    assert driver.ask('evidence', verb='verify')['outcome'] == NOT_PROVEN
    driver.read()
    assert driver.ask('evidence', verb='verify')['outcome'] == PROVEN


def test_of_two_keys_that_name_the_cluster_none_is_taken_for_its_key(cloud, cluster, driver):
    """The former one is forgotten late, and its registration may even be the younger one."""
    enable(driver)
    former = cluster.key
    second = cloud.keys.add_key('two')
    enable(driver, second.crn, 'change')
    former.register(cluster.crn)
    driver.advance(3600)
    for key in (second.crn, CRN):
        driver.want(key=key)
        state = driver.read()
        assert state['key'] is None and state['issues'][0]['code'] == 'several-root-keys'
        assert driver.ask('evidence', verb='verify')['outcome'] == NOT_PROVEN
        code, text = driver.checked('change')
        assert code == 'CLUSTER_OVERRIDE' and 'override=registrations' in text
        assert driver.refused(lambda: driver.begun('change'))[0] == 'CLUSTER_OVERRIDE'
    assert len(posts(cloud)) == 2


def test_an_enablement_by_another_tool_is_adopted(cloud, cluster, driver):
    """ibmcloud or Terraform posted; nothing is posted by us, and its end is ours."""
    driver.want(key=CRN)
    cluster.change_key(cloud.keys.keys[KEY], True)
    driver.advance(30)
    update = driver.begun('enable')
    assert update['phase'] == 'none' and "somebody else's" in update['detail']
    for _ in range(20):
        driver.advance(60)
        if cluster.silent:
            continue
        update = driver.begun('enable')
        if update['phase'] == 'done':
            break
    assert update['phase'] == 'done' and update['adopted'] and not update['needless']
    assert not posts(cloud)


def test_an_enablement_by_another_tool_with_another_key_is_no_licence_to_switch(cloud, cluster, driver):
    driver.want(key=CRN)
    cluster.change_key(cloud.keys.add_key('theirs'), True)
    driver.advance(30)
    assert driver.begun('enable')['phase'] == 'none'
    driver.advance(3600)
    code, text, _ = driver.refused(lambda: driver.begun('enable'))
    assert code == 'CLUSTER_CANNOT' and 'R12' in text and not posts(cloud)


def test_the_first_key_is_refused_then(cloud, driver):
    enable(driver)
    enable(driver, cloud.keys.add_key('two').crn, 'change')
    driver.want(key=CRN)
    code, text, reply = driver.refused(lambda: driver.begun('change'))
    assert code == 'KEY_FORMER' and 'R17' in text
    assert reply['provider_code'] == 'F0414' and 'used for this cluster before' not in text


def test_a_key_is_rotated_in_place(cloud, cluster, driver):
    enable(driver)
    driver.want()  # the key that the cluster has
    assert driver.checked('rotate')[0] is None
    driver.begun('rotate')
    cluster.notices_after = 60
    seen = driver.wait('rotate', 90)
    assert seen[-1]['phase'] == 'done'
    assert [r['keyVersion']['id'] for r in cluster.key.registrations] == [cluster.key.versions[-1][0]]
    assert len(cluster.key.versions) == 2
    code, text = driver.checked('rotate')
    assert code == 'CLUSTER_TOO_EARLY' and 'wait' in text


# -- what goes wrong -------------------------------------------------------------------------------

@pytest.mark.parametrize('how', [
    {'status': 503, 'code': 'A0002'}, {'status': 502, 'body': '<html>'}])
def test_a_change_whose_reply_was_lost_is_posted_once(cloud, cluster, driver, how):
    """The fault stands before the service, so here nothing was done; it is sent again, later."""
    cloud.faults.append({'match': 'enableKMS', **how})
    driver.want(key=CRN)
    assert driver.begun('enable')['phase'] == 'sent'
    driver.advance(240)
    assert driver.begun('enable')['phase'] == 'sent' and len(posts(cloud)) == 1
    driver.advance(90)
    assert driver.begun('enable')['phase'] == 'running' and len(cluster.posts) == 1


def test_a_change_that_was_accepted_without_a_reply_is_found_again(cloud, cluster, driver):
    cloud.faults.append({'match': 'enableKMS', 'cut': True})
    driver.want(key=CRN)
    assert driver.begun('enable')['phase'] == 'sent' and len(cluster.posts) == 1
    driver.advance(30)
    assert driver.begun('enable')['phase'] == 'running'
    assert driver.wait('enable')[-1]['phase'] == 'done' and len(posts(cloud)) == 1


def test_a_rotation_that_was_done_without_a_reply_is_found_again(cloud, cluster, driver):
    enable(driver)
    driver.want()
    cloud.keys.faults.append({'match': 'actions/rotate', 'cut': True})
    assert driver.begun('rotate')['phase'] == 'sent'
    assert driver.begun('rotate')['phase'] == 'running'
    assert len(cluster.key.versions) == 2


def test_after_a_kill_a_change_that_was_accepted_is_not_sent_again(cloud, cluster, driver):
    cluster.begins_after = 200
    driver.want(key=CRN)
    driver.begun('enable')
    driver.ask('sent')  # what the state file has of before the request
    for _ in range(3):
        assert driver.begun('enable')['phase'] == 'sent'
        driver.advance(60)
    driver.advance(60)
    assert driver.begun('enable')['phase'] == 'running'
    assert driver.wait('enable')[-1]['phase'] == 'done' and len(posts(cloud)) == 1


@pytest.mark.parametrize('state', ['deploy_failed', 'update_failed', 'update_cancelled'])
def test_a_change_that_fails_is_told(cluster, driver, state):
    cluster.fails = state
    seen = enable(driver)
    assert seen[-1]['phase'] == 'failed' and state in seen[-1]['detail']


def test_a_key_that_is_never_registered_is_not_proven(cluster, driver):
    cluster.registers_after = None
    seen = enable(driver)
    assert seen[-1]['phase'] == 'done' and 'does not name the cluster' in seen[-1]['detail']
    assert driver.ask('evidence', verb='verify')['outcome'] == NOT_PROVEN


@pytest.mark.parametrize('form', [
    'crn:v1:bluemix:public:containers-kubernetes:us-south:a/x::cluster:' + CLUSTER,
    'crn:v1:bluemix:public:containers-kubernetes:us-south:a/x:{}:cluster:{}'.replace('{}', CLUSTER)])
def test_a_registration_of_another_form_is_known(cluster, driver, form):
    cluster.registered_as = form
    enable(driver)
    assert driver.ask('evidence', verb='verify')['outcome'] == PROVEN


def test_another_key_than_the_clusters_contradicts(cloud, driver):
    enable(driver)
    driver.want(key=cloud.keys.add_key('two').crn)
    assert driver.ask('evidence', verb='verify')['outcome'] == CONTRADICTED


def test_a_disabled_key_makes_the_cluster_sick_and_is_no_proof(cloud, cluster, driver):
    enable(driver)
    driver.ask('key-action', action='disable-key')
    driver.advance(600)
    state = driver.read()
    assert state['issues'][0]['about-key'] == 'yes' and state['key-state'] == 2
    assert driver.ask('evidence', verb='verify')['outcome'] == NOT_PROVEN
    driver.ask('key-action', action='enable-key')
    driver.advance(600)
    assert driver.read()['issues'] == []


def test_a_key_is_enabled_30_seconds_after_its_last_change(cloud, driver):
    enable(driver)
    driver.ask('key-action', action='disable-key')
    driver.advance(29)
    code, text, _ = driver.refused(lambda: driver.ask('key-action', action='enable-key'))
    assert code == 'CLUSTER_TOO_EARLY' and 'wait 30 s' in text
    driver.advance(1)
    driver.ask('key-action', action='enable-key')


def test_a_cluster_that_is_not_there_is_told_with_others(make, cloud):
    driver = make(uri='iks://other')
    code, text, _ = driver.refused(driver.read)
    assert code == 'CLUSTER_NOT_FOUND' and 'there is mine' in text


def test_the_end_of_hyper_protect_is_told(cloud, cluster, driver):
    cloud.keys.hpcs = True
    crn = CRN.replace(':kms:', ':hs-crypto:')
    driver.want(key=crn)
    code, text = driver.checked('enable')
    assert code == 'CLUSTER_OVERRIDE' and '2027-03-28' in text and 'override=hpcs' in text
    assert rows(driver.ask('keys'), 'usable') == ['no']
    enable(driver, crn, override='hpcs')
    issue = driver.read()['issues'][0]
    assert issue['code'] == 'hpcs-ends' and '2027-03-28' in issue['message']
    assert 'rotate --key' in issue['what-to-do'] and issue['about-key'] == 'no'


# -- accounts --------------------------------------------------------------------------------------

def test_a_key_of_another_account_is_taken_with_its_account(make, cloud, cluster):
    other = cloud.add_instance()
    other.tokens = cloud.tokens  # who may read it there too
    driver = make(kms_endpoint=other.url)
    key = next(iter(other.keys.values()))
    driver.want(key=key.crn)
    code, text = driver.checked('enable')
    assert code == 'ARGUMENT' and f'kms-account-id={other.account}' in text
    driver.want(key=key.crn, kms_account_id=other.account)
    assert driver.checked('enable')[0] is None
    driver.begun('enable')
    assert cluster.key is key and cluster.posts[0]['account_id'] == other.account


def test_a_service_that_may_not_read_keys_is_told(cloud, driver):
    cloud.authorizes = False
    driver.want(key=CRN)
    code, text, _ = driver.refused(lambda: driver.begun('enable'))
    assert code == 'DENIED' and 'authorization' in text


# -- lists and roles -------------------------------------------------------------------------------

def test_clusters_are_listed_and_so_are_users_of_a_key(cloud, cluster, driver):
    enable(driver)
    cloud.add_cluster('old', provider='classic')
    reply = driver.ask('list')
    assert rows(reply, 'name') == ['mine', 'old'] and not reply['partial']
    assert rows(reply, 'encryption') == ['own', 'none']
    second = cloud.add_cluster('two')
    cluster.key.register(second.crn)
    reply = driver.ask('list', uses=CRN)
    assert sorted(rows(reply, 'name')) == ['mine', 'two']


def test_root_keys_are_listed(cloud, driver):
    cloud.keys.add_key('readable', extractable=True)
    cloud.keys.add_key('disabled').state = 2
    reply = driver.ask('keys')
    assert rows(reply, 'usable') == ['yes', 'no'] and reply['rows'][0]['arn'] == CRN


@pytest.mark.parametrize('who, has', [
    ('api-key-of-a-manager', ['yes', 'yes', 'yes']), ('api-key-of-a-reader', ['no', 'no', 'yes'])])
def test_roles_are_told(make, who, has):
    driver = make(api_key=who)
    driver.want(key=CRN)
    assert rows(driver.ask('permissions', verb='enable'), 'has') == has


def test_who_may_not_read_policies_is_not_said_to_lack_roles(make, cloud):
    cloud.policies.readable = False
    driver = make(api_key='api-key-of-a-reader')
    driver.want(key=CRN)
    assert set(rows(driver.ask('permissions', verb='enable'), 'has')) == {'unknown'}


def test_roles_of_a_group_count(make, cloud):
    group = cloud.policies.group('admins', IAM_IDS['Reader'])
    cloud.policies.allow(group, ['Administrator', 'Manager'], 'containers-kubernetes',
                         serviceInstance=CLUSTER)
    driver = make(api_key='api-key-of-a-reader')
    driver.want(key=CRN)
    assert rows(driver.ask('permissions', verb='enable'), 'has') == ['yes', 'yes', 'yes']


def test_a_policy_of_a_resource_group_counts_where_the_group_is_known(make, cloud):
    cloud.policies.allow(IAM_IDS['Reader'], ['Administrator', 'Manager'], 'containers-kubernetes',
                         resourceGroupId=GROUP)
    driver = make(api_key='api-key-of-a-reader')
    driver.want(key=CRN)
    assert rows(driver.ask('permissions', verb='enable'), 'has')[0] == 'unknown'
    driver = make(api_key='api-key-of-a-reader', resource_group=GROUP)
    driver.want(key=CRN)
    assert rows(driver.ask('permissions', verb='enable'), 'has')[0] == 'yes'


def test_the_policies_that_it_prints_are_enough(make, cloud, cluster):
    driver = make(api_key='api-key-of-a-reader')
    driver.want(key=CRN)
    for policy in json.loads(driver.ask('policy', verb='enable')['policy']):
        roles = [role['role_id'].rpartition(':')[2] for role in policy['roles']]
        what = {a['name']: a['value'] for a in policy['resources'][0]['attributes']}
        what.pop('accountId')
        cloud.policies.allow(IAM_IDS['Reader'], roles, what.pop('serviceName'), **what)
    assert driver.begun('enable')['phase'] == 'running' and len(cluster.posts) == 1


# -- golden requests -------------------------------------------------------------------------------

def test_requests_are_those_of_ibms_clients(make, cloud, cluster):
    driver = make(resource_group=GROUP)
    driver.want(instance_id=INSTANCE, crk=KEY)
    driver.begun('enable')
    golden.check_ours('cluster', next(e for e in cloud.log if e['path'].endswith('getCluster')))
    golden.check_ours('enable-group', posts(cloud)[0])
    driver = make()
    driver.ask('list')
    driver.ask('keys')
    golden.check_ours('instances', last(cloud, 'getKMSInstances'))
    golden.check_ours('clusters', last(cloud, 'vpc/getClusters'))
    golden.check_ours('clusters-classic', last(cloud, 'classic/getClusters'))
    golden.check_ours('clusters-satellite', last(cloud, 'satellite/getClusters'))


def test_a_request_for_another_account_is_that_of_bluemix(make, cloud, cluster):
    other = cloud.add_instance(instance='3f1ce2f5-0000-4000-8000-000000000002', account='b' * 32)
    other.tokens = cloud.tokens
    key = other.add_key('theirs', key_id='70f1c2d3-0000-4000-8000-000000000003')
    driver = make(kms_endpoint=other.url)
    driver.want(key=key.crn, kms_account_id=other.account)
    driver.begun('enable')
    sent = posts(cloud)[0]
    sent['headers']['x-auth-refresh-token'] = 'of no use here'  # bluemix has it in every request
    golden.check_ours('bluemix-enable-account', sent)


def test_questions_about_policies_are_those_of_ibms_client(make, cloud):
    cloud.policies.groups['AccessGroupId-1'] = ('one', {IAM_IDS['Manager']})
    driver = make()
    driver.want(key=CRN)
    driver.ask('permissions', verb='enable')
    asked = [e for e in cloud.log if e['path'] == '/v1/policies']
    golden.check_ours('policies', asked[0])
    golden.check_ours('policies-group', asked[1])
    golden.check_ours('groups', last(cloud, '/v2/groups'))


def test_a_change_of_a_cluster_by_its_id_is_that_of_the_sdk(make, cloud):
    driver = make()
    driver.want(instance_id=INSTANCE, crk=KEY)
    driver.begun('enable')
    golden.check_ours('enable', posts(cloud)[0])


def test_a_kubeconfig_is_asked_for_as_by_the_sdk(cloud, cluster, driver):
    cluster.kube = {'server': 'https://127.0.0.1:1', 'ca': '', 'token': 't', 'certificate': '', 'key': ''}
    driver.read()
    driver.ask('access')
    golden.check_ours('kubeconfig', last(cloud, 'applyRBACAndGetKubeconfig'))


def test_requests_about_keys_are_those_of_ibms_client(cloud, cluster, driver):
    enable(driver)
    driver.ask('evidence', verb='verify')
    driver.ask('keys')
    driver.ask('list', uses=CRN)
    driver.want()
    driver.begun('rotate')
    driver.ask('key-action', action='disable-key')
    driver.advance(60)
    driver.ask('key-action', action='enable-key')
    log = cloud.keys.log
    names = {'metadata': '/metadata', 'registrations': KEY + '/registrations', 'rotate': '/actions/rotate',
             'registrations-every': 'keys/registrations', 'list-root': '/api/v2/keys', 'disable': '/disable',
             'enable': '/enable', 'token': '/identity/token'}
    for name, path in names.items():
        entry = next(e for e in log if e['path'].endswith(path))
        if name == 'list-root':
            entry['query']['state'] = ''  # IBM's client says it even when it says nothing
        golden.KEYS.check_ours(name, entry)
    assert {e['path'] for e in log if not e['path'].endswith(tuple(names.values()))} == set()
