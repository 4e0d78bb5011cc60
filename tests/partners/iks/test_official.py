# SPDX-License-Identifier: Apache-2.0
"""IBM's own clients judge our imitation of its Kubernetes service: they must read what it says, and
fail as documented. And their requests are the golden ones."""
import json
import os

import pytest
import yaml

import golden
import official
from conftest import CLUSTER
from ibm_key_protect import INSTANCE, KEY
from iks_cluster import GROUP, IN_PROGRESS


@pytest.fixture
def sdk(cloud):
    return official.Go(cloud, 'sdk')


@pytest.fixture
def bluemix(cloud):
    return official.Go(cloud, 'bluemix')


def enable(sdk, key=KEY, **more):
    sdk.ask('enable', cluster=CLUSTER, CrkID=key, InstanceID=INSTANCE, PrivateEndpoint=True, **more)


def refused(call, status, text):
    with pytest.raises(official.Failed) as caught:
        call()
    assert caught.value.status == status and text in caught.value.text


def last(cloud, path):
    return next(e for e in reversed(cloud.log) if e['path'].endswith(path))


# -- what is there -----------------------------------------------------------------------------

def test_instances_of_the_account_are_listed(cloud, sdk):
    cloud.add_instance()
    second = cloud.add_instance(account=cloud.account, hpcs=True)
    assert [(i['instance_id'], i['service']) for i in sdk.ask('instances')] == [
        (INSTANCE, 'kms'), (second.instance, 'hs-crypto')]


def test_root_keys_are_listed_that_could_be_used(cloud, sdk):
    cloud.keys.add_key('readable', extractable=True)
    cloud.keys.add_key('disabled').state = 2
    assert sdk.ask('crks', KmsInstance=INSTANCE) == [{'crk_id': KEY, 'name': 'one'}]
    refused(lambda: sdk.ask('crks', KmsInstance='another'), 404, 'Could not look up')


@pytest.mark.parametrize('name', [CLUSTER, 'mine'])
def test_a_cluster_is_read_by_both_clients_by_id_and_by_name(cluster, sdk, bluemix, name):
    seen = sdk.ask('cluster', cluster=name)
    assert seen['id'] == CLUSTER and seen['crn'] == cluster.crn
    assert seen['features']['keyProtectEnabled'] is False
    assert seen['lifecycle']['masterState'] == 'deployed'
    other = bluemix.ask('cluster', cluster=name)
    assert other['id'] == CLUSTER and other['masterStatus'] == 'Ready'  # hoisted
    assert other['lifecycle'] == seen['lifecycle']


def test_a_cluster_may_be_told_by_hoisted_members_alone(cluster, bluemix):
    cluster.only_hoisted = True
    seen = bluemix.ask('cluster', cluster=CLUSTER)
    assert seen['masterHealth'] == 'normal' and seen['lifecycle']['masterHealth'] == ''
    assert seen['publicServiceEndpointURL'] == cluster.kube['server']


def test_a_cluster_of_another_resource_group_is_not_found(cluster, sdk):
    sdk.ask('cluster', cluster='mine', XAuthResourceGroup=GROUP)
    refused(lambda: sdk.ask('cluster', cluster='mine', XAuthResourceGroup='another'),
            404, 'could not be found')


def test_an_error_has_the_six_members_that_are_documented(cluster, bluemix):
    with pytest.raises(official.Failed) as caught:
        bluemix.ask('cluster', cluster='no-such')
    body = json.loads(caught.value.text.partition('ServerErrorResponse: ')[2])
    assert set(body) == {'code', 'description', 'incidentID', 'recoveryCLI', 'terseDescription',
                         'type'}
    assert body['code'] == 'G0004' and 'ibmcloud ks cluster ls' in body['recoveryCLI']


def test_clusters_are_listed_by_their_kind(cloud, cluster, sdk, bluemix):
    cloud.add_cluster('old', provider='classic')
    cloud.add_cluster('far', provider='satellite')
    names = {kind: [c['name'] for c in sdk.ask(kind)]
             for kind in ('clusters', 'classic-clusters', 'satellite-clusters')}
    assert names == {'clusters': ['mine'], 'classic-clusters': ['old'], 'satellite-clusters': ['far']}
    assert [c['name'] for c in bluemix.ask('clusters')] == ['mine', 'far']


# -- who asks ----------------------------------------------------------------------------------

def test_a_token_is_looked_at_and_so_is_its_life(cloud, cluster):
    token = cloud.keys.issue('Manager')['access_token']
    sdk = official.Go(cloud, 'sdk', token=token)
    sdk.ask('cluster', Cluster=CLUSTER)
    cloud.advance(3599)
    sdk.ask('cluster', Cluster=CLUSTER)
    cloud.advance(1)
    refused(lambda: sdk.ask('cluster', Cluster=CLUSTER), 401, 'expired')
    refused(lambda: official.Go(cloud, 'sdk', token='a.b.c').ask('instances'), 401, 'invalid')


def test_an_unknown_api_key_gets_no_token(cloud, cluster):
    refused(lambda: official.Go(cloud, 'bluemix', 'no such key').ask('cluster', cluster=CLUSTER), 400,
            'API key could not be found')


@pytest.mark.parametrize('who, status, text', [
    ('api-key-of-a-writer', 403, 'Administrator'), ('api-key-of-a-stranger', 404, 'could not be found')])
def test_only_an_administrator_changes_keys(cloud, cluster, who, status, text):
    refused(lambda: enable(official.Go(cloud, 'sdk', who)), status, text)
    assert not cluster.posts


def test_policies_of_an_access_group_are_its_members(cloud, cluster):
    group = cloud.policies.group('admins', 'IBMid-0000000003')
    cloud.policies.allow(group, ['Administrator'], 'containers-kubernetes', serviceInstance=CLUSTER)
    enable(official.Go(cloud, 'sdk', 'api-key-of-a-stranger'))


def test_policies_are_listed_by_person_and_by_group(cloud):
    group = cloud.policies.group('admins', 'IBMid-0000000000')
    cloud.policies.allow(group, ['Administrator'], 'kms')
    cloud.policies.allow(group, ['Editor'], state='deleted')
    client, account = official.policies(cloud), cloud.account
    found = client.list_policies(account, iam_id='IBMid-0000000000', type='access').get_result()
    assert [p['roles'][0]['role_id'].rpartition(':')[2] for p in found['policies']] == [
        'Administrator', 'Administrator']
    names = {a['name'] for p in found['policies'] for a in p['resources'][0]['attributes']}
    assert names == {'accountId', 'serviceName'}
    found = client.list_policies(account, access_group_id=group).get_result()['policies']
    assert len(found) == 1
    mine = official.groups(cloud).list_access_groups(account, iam_id='IBMid-0000000000').get_result()
    assert [g['id'] for g in mine['groups']] == [group]


def test_policies_are_listed_in_pages(cloud):
    for _ in range(3):
        cloud.policies.allow('IBMid-0000000009', ['Viewer'])
    client, seen, start = official.policies(cloud), 0, None
    while True:
        page = client.list_policies(cloud.account, iam_id='IBMid-0000000009', limit=2,
                                    start=start).get_result()
        seen += len(page['policies'])
        if 'next' not in page:
            break
        start = page['next']['start']
    assert seen == 3


def test_who_may_not_read_policies_sees_none(cloud):
    cloud.policies.readable = False
    found = official.policies(cloud).list_policies(cloud.account, iam_id='IBMid-0000000000')
    assert found.get_result()['policies'] == []


# -- the change --------------------------------------------------------------------------------

def master(sdk):
    seen = sdk.ask('cluster', cluster=CLUSTER)
    life = seen['lifecycle']
    return (seen['features']['keyProtectEnabled'], life['masterState'], life['masterStatus'])


def test_enabling_takes_its_time_and_is_ready_before_it_began(cloud, cluster, sdk):
    before = sdk.ask('cluster', cluster=CLUSTER)['lifecycle']['masterStatusModifiedDate']
    enable(sdk)
    assert master(sdk) == (False, 'deployed', 'Ready')
    cloud.advance(20)
    assert master(sdk) == (True, 'updating', IN_PROGRESS)
    cloud.advance(60)
    refused(lambda: master(sdk), 503, 'Try again later')
    cloud.advance(60)
    assert master(sdk) == (True, 'updating', IN_PROGRESS)
    cloud.advance(480)
    assert master(sdk) == (True, 'deployed', 'Ready')
    after = sdk.ask('cluster', cluster=CLUSTER)['lifecycle']['masterStatusModifiedDate']
    assert after != before


def registered(cloud, key=KEY):
    rows = official.keys(cloud).get_registrations(key, INSTANCE).get_result().get('resources', [])
    return [(r['resourceCrn'], r['keyVersion']['id']) for r in rows]


def test_the_root_key_names_the_cluster_later(cloud, cluster, sdk):
    enable(sdk)
    cloud.advance(20 + 600)
    assert master(sdk)[2] == 'Ready' and registered(cloud) == []
    cloud.advance(30)
    assert registered(cloud) == [(cluster.crn, cloud.keys.keys[KEY].versions[-1][0])]


def test_a_second_key_takes_the_first_ones_place(cloud, cluster, sdk):
    enable(sdk)
    cloud.advance(1000)
    second = cloud.keys.add_key('two').id
    enable(sdk, second)
    cloud.advance(19)
    assert master(sdk) == (True, 'deployed', 'Ready')  # as before
    cloud.advance(1000)
    assert registered(cloud) == [] and [r[0] for r in registered(cloud, second)] == [cluster.crn]


def test_a_former_root_key_is_refused(cloud, cluster, sdk):
    enable(sdk)
    cloud.advance(1000)
    enable(sdk, cloud.keys.add_key('two').id)
    cloud.advance(1000)
    refused(lambda: enable(sdk), 409, 'used for this cluster before')
    assert len(cluster.posts) == 2


def test_a_second_change_waits_for_the_first(cloud, cluster, sdk):
    other = cloud.keys.add_key('two').id
    enable(sdk)
    refused(lambda: enable(sdk, other), 409, 'busy')
    cloud.advance(20)
    refused(lambda: enable(sdk, other), 409, 'busy')


@pytest.mark.parametrize('state', ['deploy_failed', 'update_failed', 'update_cancelled'])
def test_a_change_may_fail(cloud, cluster, sdk, state):
    cluster.fails = state
    enable(sdk)
    cloud.advance(1000)
    assert master(sdk) == (False, state, 'Master update failed.') and registered(cloud) == []


@pytest.mark.parametrize('empty', [False, True])
def test_the_reply_to_a_change_says_nothing(cloud, cluster, sdk, bluemix, empty):
    cloud.empty_reply = empty
    bluemix.ask('enable', enable={'cluster': CLUSTER, 'crk_id': KEY, 'instance_id': INSTANCE})
    assert cluster.private is False  # what bluemix-go says when nobody says anything
    cloud.advance(1000)
    enable(sdk, cloud.keys.add_key('two').id)
    assert cluster.private is True


@pytest.mark.parametrize('key, status, text', [
    ('readable', 404, 'could not be found'), ('disabled', 409, 'not active'),
    ('no-such', 404, 'could not be found')])
def test_what_is_no_usable_root_key_is_refused(cloud, cluster, sdk, key, status, text):
    cloud.keys.add_key('r', key_id='readable', extractable=True)
    cloud.keys.add_key('d', key_id='disabled').state = 2
    refused(lambda: enable(sdk, key), status, text)


def test_a_service_that_may_not_read_keys_says_so(cloud, cluster, sdk):
    cloud.authorizes = False
    refused(lambda: enable(sdk), 401, 'IAM authorization policy')


def test_a_key_of_another_account_needs_the_account(cloud, cluster, sdk, bluemix):
    other = cloud.add_instance()
    wanted = {'cluster': CLUSTER, 'crk_id': next(iter(other.keys)), 'instance_id': other.instance}
    refused(lambda: bluemix.ask('enable', enable=wanted), 404, 'Could not look up')
    bluemix.ask('enable', enable={**wanted, 'account_id': other.account})
    assert cluster.key in other.keys.values()
    far = cloud.add_cluster('far', provider='satellite')
    refused(lambda: bluemix.ask('enable', enable={**wanted, 'cluster': far.id,
                                                  'account_id': other.account}), 400, 'not permitted')


# -- what is done with the key -------------------------------------------------------------------

def enabled(cloud, cluster, sdk):
    enable(sdk)
    cloud.advance(1000)
    seen = []
    cluster.on = lambda _, event: seen.append(event)
    return official.keys(cloud), seen


@pytest.mark.parametrize('state', ['warning', 'critical'])
def test_a_disabled_key_breaks_the_cluster_until_it_is_enabled(cloud, cluster, sdk, state):
    cluster.when_disabled = state
    keys, seen = enabled(cloud, cluster, sdk)
    keys.disable_key(KEY, INSTANCE)
    cloud.advance(599)
    assert sdk.ask('cluster', cluster=CLUSTER)['state'] == 'normal' and not seen
    cloud.advance(1)
    assert sdk.ask('cluster', cluster=CLUSTER)['state'] == state and seen == ['unreachable']
    refused(lambda: apply_kubeconfig(cloud, sdk), 500, 'Try again later')
    keys.enable_key(KEY, INSTANCE)
    cloud.advance(600)
    assert sdk.ask('cluster', cluster=CLUSTER)['state'] == 'normal'
    assert seen == ['unreachable', 'reachable']


def test_a_key_that_was_disabled_for_a_short_time_breaks_nothing(cloud, cluster, sdk):
    keys, seen = enabled(cloud, cluster, sdk)
    keys.disable_key(KEY, INSTANCE)
    cloud.advance(30)
    keys.enable_key(KEY, INSTANCE)
    cloud.advance(2000)
    assert not seen


def test_a_rotated_key_makes_the_cluster_take_its_new_version(cloud, cluster, sdk):
    keys, seen = enabled(cloud, cluster, sdk)
    old = registered(cloud)
    keys.rotate_key(KEY, INSTANCE, key_action_rotate_body=b'')
    assert registered(cloud) == old
    cloud.advance(600)
    assert master(sdk)[1:] == ('updating', IN_PROGRESS)
    cloud.advance(600)
    assert master(sdk)[1:] == ('deployed', 'Ready') and seen == ['rotated']
    assert registered(cloud) == old
    cloud.advance(30)
    assert registered(cloud) == [(cluster.crn, cloud.keys.keys[KEY].versions[-1][0])] != old


# -- access to the API server ----------------------------------------------------------------------

def refresh_token(cloud):
    """As who logs in by a command line gets it."""
    return cloud.keys.issue('Manager', as_cli=True)['refresh_token']


def apply_kubeconfig(cloud, sdk, **more):
    return sdk.ask('apply-kubeconfig', cluster=CLUSTER, format='yaml',
                   XAuthRefreshToken=refresh_token(cloud), **more)


def test_a_kubeconfig_has_the_server_its_certificates_and_a_token(cloud, cluster, sdk):
    cluster.kube |= {'server': 'https://c100.example:30000', 'ca': 'PEM', 'token': 'a.b.c'}
    config = yaml.safe_load(apply_kubeconfig(cloud, sdk))
    assert config['clusters'][0]['cluster'] == {
        'server': 'https://c100.example:30000', 'certificate-authority-data': 'UEVN'}
    assert config['users'][0]['user']['auth-provider']['config']['id-token'] == 'a.b.c'
    got = sdk.ask('kubeconfig', cluster=CLUSTER, format='yaml',
                  XAuthRefreshToken=refresh_token(cloud))
    assert yaml.safe_load(got) == config


def test_a_kubeconfig_for_admins_has_a_certificate(cloud, cluster, sdk):
    cluster.kube |= {'certificate': 'C', 'key': 'K'}
    config = yaml.safe_load(apply_kubeconfig(cloud, sdk, admin=True))
    assert config['users'][0]['user'] == {'client-certificate-data': 'Qw==', 'client-key-data': 'Sw=='}


def test_a_kubeconfig_needs_a_refresh_token(cluster, sdk):
    refused(lambda: sdk.ask('apply-kubeconfig', cluster=CLUSTER, format='yaml',
                            XAuthRefreshToken='not_supported'), 401, 'refresh token')


def test_bluemix_unpacks_a_kubeconfig(cluster, bluemix, tmp_path):
    cluster.kube |= {'server': 'https://c100.example:30000', 'ca': 'PEM', 'token': 'a.b.c'}
    got = bluemix.ask('kubeconfig', cluster=CLUSTER, folder=str(tmp_path))
    assert (got['host'], got['idtoken'], got['cluster-ca-certificate']) == (
        'https://c100.example:30000', 'a.b.c', 'PEM')
    assert os.path.exists(got['filepath'])


# -- the resource controller -----------------------------------------------------------------------

def instance(number):
    crn = f'crn:v1:bluemix:public:kms:eu-de:a/x:g{number}::'
    return {'guid': f'g{number}', 'id': crn, 'crn': crn, 'name': f'n{number}', 'state': 'active',
            'region_id': 'eu-de', 'account_id': 'x'}


def test_resources_are_listed_page_by_page(cloud):
    cloud.keys.instances = [instance(i) for i in range(5)] + [{**instance(9), 'state': 'removed'}]
    client, seen, start = official.resources(cloud), [], None
    while True:
        page = client.list_resource_instances(state='active', limit=2, start=start).get_result()
        seen += [r['guid'] for r in page['resources']]
        if not page.get('next_url'):
            break
        assert 'state=active' in page['next_url']
        start = page['next_url'].partition('start=')[2].partition('&')[0]
    assert seen == [f'g{i}' for i in range(5)]


def test_a_resource_is_found_by_guid_and_by_crn(cloud):
    client = official.resources(cloud)
    by_guid = client.get_resource_instance(INSTANCE).get_result()
    assert by_guid['extensions']['endpoints']['private'] == cloud.keys.url
    assert client.get_resource_instance(by_guid['crn']).get_result() == by_guid


# -- golden requests -------------------------------------------------------------------------------

BY_SDK = {
    'enable': (enable, 'enableKMS'),
    'enable-group': (lambda sdk: enable(sdk, XAuthResourceGroup=GROUP), 'enableKMS'),
    'instances': (lambda sdk: sdk.ask('instances'), 'getKMSInstances'),
    'crks': (lambda sdk: sdk.ask('crks', KmsInstance=INSTANCE), 'getCRKs'),
    'cluster': (lambda sdk: sdk.ask('cluster', cluster='mine', XAuthResourceGroup=GROUP),
                'getCluster'),
    'clusters': (lambda sdk: sdk.ask('clusters'), 'vpc/getClusters'),
    'clusters-classic': (lambda sdk: sdk.ask('classic-clusters'), 'classic/getClusters'),
    'clusters-satellite': (lambda sdk: sdk.ask('satellite-clusters'), 'satellite/getClusters'),
}


@pytest.mark.parametrize('name', sorted(BY_SDK))
def test_golden_requests_are_those_of_the_sdk(cloud, cluster, sdk, name):
    ask, path = BY_SDK[name]
    ask(sdk)
    golden.check_official(name, last(cloud, path))


def test_golden_kubeconfig_is_that_of_the_sdk(cloud, cluster, sdk):
    apply_kubeconfig(cloud, sdk)
    golden.check_official('kubeconfig', last(cloud, 'applyRBACAndGetKubeconfig'))


def test_golden_requests_are_those_of_bluemix(cloud, cluster, bluemix):
    other = cloud.add_instance(instance='3f1ce2f5-0000-4000-8000-000000000002', account='b' * 32)
    key = other.add_key('theirs', key_id='70f1c2d3-0000-4000-8000-000000000003').id
    bluemix.ask('cluster', cluster='mine')
    bluemix.ask('enable', enable={'cluster': CLUSTER, 'crk_id': key, 'private_endpoint': True,
                                  'instance_id': other.instance, 'account_id': other.account})
    golden.check_official('bluemix-cluster', last(cloud, 'getCluster'))
    golden.check_official('bluemix-enable-account', last(cloud, 'enableKMS'))


def test_golden_requests_are_those_of_platform_services(cloud):
    official.policies(cloud).list_policies(cloud.account, iam_id='IBMid-0000000000', type='access',
                                           state='active', limit=100)
    official.policies(cloud).list_policies(cloud.account, access_group_id='AccessGroupId-1',
                                           type='access', state='active', limit=100)
    official.groups(cloud).list_access_groups(cloud.account, iam_id='IBMid-0000000000', limit=100,
                                              offset=0)
    client = official.resources(cloud)
    client.list_resource_instances(state='active', limit=100)
    client.get_resource_instance(cloud.keys.all_instances()[0]['crn'])
    policies = [e for e in cloud.log if e['path'] == '/v1/policies']
    resources = [e for e in cloud.keys.log if e['path'].startswith('/v2/resource_instances')]
    golden.check_official('policies', policies[0])
    golden.check_official('policies-group', policies[1])
    golden.check_official('groups', last(cloud, '/v2/groups'))
    golden.check_official('resources', resources[0])
    golden.check_official('resource', resources[1])
