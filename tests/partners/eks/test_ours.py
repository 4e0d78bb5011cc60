# SPDX-License-Identifier: Apache-2.0
"""Our driver of EKS against the fake, which Amazon's own clients have judged."""
import json

import golden
import pytest
from clients import Boto
from cluster_driver import Driver, Refused

REGION, OTHER = 'eu-central-1', 'us-east-1'
UNKNOWN, NONE, DEFAULT, OWN = range(4)
PROVEN, NOT_PROVEN, CONTRADICTED = 1, 2, 3
STEADY, CHANGING, BROKEN = range(3)


@pytest.fixture
def open_at(fake, tmp_path):
    """Opens the driver on a cluster, or a place; it is ended with the test."""
    made = []

    def of(uri=f'eks://{REGION}/prod', access='AKIAFIXED', **environment):
        known = fake.access_of(access)
        given = {'AWS_ACCESS_KEY_ID': known.id, 'AWS_SECRET_ACCESS_KEY': known.secret,
                 'AWS_ENDPOINT_URL_STS': fake.url, **environment}
        if known.token:
            given['AWS_SESSION_TOKEN'] = known.token
        made.append(Driver(tmp_path, **given))
        made[-1].open(uri, endpoint_url=fake.url, kms_endpoint=fake.url)
        return made[-1]

    yield of
    for one in made:
        one.end()


@pytest.fixture
def ours(open_at):
    return open_at()


def refused(code, function, *arguments, **members):
    with pytest.raises(Refused) as caught:
        function(*arguments, **members)
    assert caught.value.code == code, caught.value
    return str(caught.value)


def enable(ours, key):
    """Reads, finds the key, and begins."""
    ours.read()
    ours.find_key(key=key)
    return ours.begin('enable', key=key)


def associations(fake):
    return fake.requests('AssociateEncryptionConfig')


# --- reading ---

def test_a_cluster_is_read(ours, fake):
    state = ours.read()
    assert (state['name'], state['id']) == ('prod', fake.clusters[f'{REGION}/prod'])
    assert (state['region'], state['account'], state['version']) == (REGION, fake.account, '1.30')
    assert state['encryption'] == DEFAULT and state['phase'] == STEADY
    assert state['server'].startswith('https://') and 'BEGIN CERTIFICATE' in state['ca']


def test_an_old_cluster_without_a_key_is_not_encrypted(open_at):
    assert open_at(f'eks://{REGION}/old').read()['encryption'] == NONE


@pytest.mark.parametrize('echo', [False, True])
def test_the_key_of_a_cluster_is_resolved_whatever_eks_tells(ours, fake, echo):
    fake.control(echo_key=echo, clusters=[{'name': 'prod', 'key': 'alias/one'}])
    state = ours.read()
    assert (state['encryption'], state['key'], state['key-state']) == (OWN, fake.key_1, 1)


def test_a_cluster_that_is_not_there_names_others(open_at):
    text = refused('CLUSTER_NOT_FOUND', open_at(f'eks://{REGION}/none').read)
    assert 'old, prod' in text


def test_temporary_credentials_work(open_at):
    assert open_at(access='ASIATEMPORARY').read()['name'] == 'prod'


def test_expired_credentials_are_refused(open_at, fake):
    fake.control(expired=['ASIATEMPORARY'])
    refused('AUTH', open_at(access='ASIATEMPORARY').read)


@pytest.mark.parametrize('facts, kind', [({'outpost': 'arn:x'}, 'outposts'),
                                         ({'connector': 'OTHER'}, 'connector')])
def test_clusters_that_run_elsewhere_are_refused(open_at, fake, facts, kind):
    fake.control(clusters=[{'name': 'far', **facts}])
    ours = open_at(f'eks://{REGION}/far')
    state = ours.read()
    assert state['unsupported'] and state['kind'] == kind
    rows, code = ours.check('enable')
    assert code == 'ENVCRYPT_E_CLUSTER_KIND' and rows['kind of cluster']['rule'] == 'R14'


# --- keys ---

@pytest.mark.parametrize('form', ['arn', 'id', 'alias', 'alias arn', 'uri'])
def test_a_key_may_be_given_in_each_form(ours, fake, form):
    alias = fake.key_1.rsplit(':', 1)[0] + ':alias/one'
    given = {'arn': fake.key_1, 'id': fake.key_1.rsplit('/', 1)[1], 'alias': 'alias/one',
             'alias arn': alias, 'uri': 'aws-kms:///' + alias}[form]
    assert ours.find_key(key=given)['id'] == fake.key_1


def test_a_key_that_is_not_there_is_not_found(ours, fake):
    refused('KEY_NOT_FOUND', ours.find_key, key='alias/none')
    refused('ARGUMENT', ours.find_key, key='arn:aws:kms:eu-central-1:<account>:key/x')
    assert refused('KEY_REGION', ours.find_key, key=fake.key_1.replace(REGION, OTHER))


def test_the_replica_of_the_region_is_named(open_at, fake):
    fake.control(clusters=[{'name': 'there', 'region': OTHER}])
    text = refused('KEY_REGION', open_at(f'eks://{OTHER}/there').find_key, key=fake.multi)
    assert fake.multi.replace(REGION, OTHER) in text


def test_keys_are_listed_with_why_they_cannot_be_used(ours, fake):
    fake.control(states={fake.key_2: 'Disabled'}, page_size=2)
    rows = {row['arn']: row for row in ours.ask('keys', change={})['rows']}
    assert rows[fake.key_1]['usable'] == 'yes' and rows[fake.key_1]['aliases'] == 'alias/one'
    assert rows[fake.key_2]['why-not'] and rows[fake.rsa]['why-not'] and rows[fake.hmac]['why-not']
    assert fake.foreign not in rows


# --- checks ---

def test_a_key_that_serves_passes_every_check(ours, fake):
    ours.read()
    ours.find_key(key=fake.key_1)
    rows, refusal = ours.check('enable')
    assert refusal is None
    assert {row['result'] for row in rows.values()} == {'ok'}
    assert {row['rule'] for row in rows.values()} >= {f'R{n:02}' for n in (1, 6, 7, 8, 9, 10, 11)}
    kms = Boto(fake, of='kms')
    assert kms.call('ListGrants', KeyId=fake.key_1)['Grants'] == []  # the dry run left none
    kms.close()


@pytest.mark.parametrize('order, rule, code', [
    ({'states': {'KEY': 'Disabled'}}, 'R08', 'KEY_DISABLED'),
    ({'states': {'KEY': 'PendingDeletion'}}, 'R08', 'KEY_PENDING_DELETION'),
    ({'told': {'KEY': {'KeyManager': 'AWS'}}}, 'R09', 'KEY_UNSUITABLE'),
    ({'told': {'KEY': {'KeySpec': 'RSA_2048'}}}, 'R06', 'KEY_UNSUITABLE'),
    ({'told': {'KEY': {'KeyUsage': 'SIGN_VERIFY'}}}, 'R07', 'KEY_UNSUITABLE'),
    ({'denied': ['CreateGrant']}, 'R10', 'DENIED'),
])
def test_keys_that_cannot_serve_are_refused(ours, fake, order, rule, code):
    ours.read()
    ours.find_key(key=fake.key_1)
    fake.control(**json.loads(json.dumps(order).replace('KEY"', fake.key_1 + '"')))
    rows, refusal = ours.check('enable')
    assert refusal == 'ENVCRYPT_E_' + code
    assert rule in {row['rule'] for row in rows.values() if row['result'] == 'refused'}


def test_a_key_of_another_account_needs_the_grant(ours, fake):
    ours.read()
    ours.find_key(key=fake.foreign)
    rows, refusal = ours.check('enable')
    assert refusal == 'ENVCRYPT_E_DENIED' and rows['account of the key']['result'] == 'warning'
    fake.control(shared=[fake.foreign])
    assert ours.check('enable')[1] is None


@pytest.mark.parametrize('verb, result', [('enable', 'warning'), ('create', 'refused')])
def test_a_policy_that_gates_grants_is_found(ours, fake, verb, result):
    fake.control(policies={fake.key_1: json.dumps({'Statement': [
        {'Effect': 'Allow', 'Action': 'kms:CreateGrant', 'Resource': '*',
         'Condition': {'Bool': {'kms:GrantIsForAWSResource': 'true'}}}]})})
    if verb == 'enable':
        ours.read()
    ours.find_key(key=fake.key_1)
    assert ours.check(verb)[0]['key policy']['result'] == result


def test_other_clusters_of_the_key_warn(ours, fake):
    fake.control(clusters=[{'name': 'a', 'key': fake.key_1}, {'name': 'b', 'key': fake.key_1}])
    ours.read()
    ours.find_key(key=fake.key_1)
    row = ours.check('enable')[0]['other users of the key']
    assert row['result'] == 'warning' and '2 grants' in row['detail']


# --- enabling ---

def test_a_cluster_is_encrypted(ours, fake):
    update = enable(ours, fake.key_1)
    assert update['phase'] == 'running' and update['id'] and update['request-id']
    assert ours.poll('enable')['phase'] == 'running'
    fake.control(ahead_s=601)
    assert ours.poll('enable')['phase'] == 'done'
    state = ours.read()
    assert (state['encryption'], state['key']) == (OWN, fake.key_1)


@pytest.mark.parametrize('echo', [False, True])
def test_an_alias_is_sent_as_the_arn(ours, fake, echo):
    fake.control(echo_key=echo, update_s=0)
    enable(ours, 'alias/one')
    body = json.loads(associations(fake)[0]['body'])
    assert body['encryptionConfig'][0]['provider']['keyArn'] == fake.key_1
    assert ours.poll('enable')['phase'] == 'done'


@pytest.mark.parametrize('outcome', ['Failed', 'Cancelled'])
def test_an_update_that_ends_badly_says_why(ours, fake, outcome):
    fake.control(update_s=0, outcome=outcome, errors=[
        {'errorCode': 'AccessDenied', 'errorMessage': 'no grant', 'resourceIds': []}])
    enable(ours, fake.key_1)
    update = ours.poll('enable')
    assert (update['phase'], update['detail']) == ('failed', f'{outcome}: AccessDenied: no grant')


def test_what_is_encrypted_with_the_same_key_is_needless(ours, fake):
    ours.read()
    ours.find_key(key='alias/one')
    fake.control(clusters=[{'name': 'prod', 'key': fake.key_1}], echo_key=True)
    update = ours.begin('enable')
    assert (update['phase'], update['needless']) == ('done', True)


def test_what_is_encrypted_with_another_key_is_refused(ours, fake):
    ours.read()
    ours.find_key(key=fake.key_1)
    fake.control(clusters=[{'name': 'prod', 'key': fake.key_2}])
    assert fake.key_2 in refused('CLUSTER_CANNOT', ours.begin, 'enable')


@pytest.mark.parametrize('which, named', [
    ('key_1', 'alias/one'), ('key_1', 'arn:aws:kms:{region}:{account}:alias/one'), ('key_1', '{key_1}'),
    ('foreign', '{foreign}'), ('multi', '{multi}')])
def test_an_association_that_boto_began_is_adopted_whatever_it_names_the_key(ours, fake, which, named):
    fake.control(shared=[fake.foreign])
    facts = {name: getattr(fake, name) for name in ('account', 'key_1', 'foreign', 'multi')}
    boto = Boto(fake, of='eks')
    begun = boto.call('AssociateEncryptionConfig', clusterName='prod', encryptionConfig=[
        {'resources': ['secrets'], 'provider': {'keyArn': named.format(region=REGION, **facts)}}])['update']
    boto.close()
    update = enable(ours, facts[which])
    assert (update['phase'], update['id'], update['adopted']) == ('running', begun['id'], True)
    fake.control(ahead_s=601)
    assert ours.poll('enable')['phase'] == 'done'


def test_an_association_that_boto_began_with_another_key_is_refused_by_its_name(ours, fake):
    boto = Boto(fake, of='eks')
    boto.call('AssociateEncryptionConfig', clusterName='prod', encryptionConfig=[
        {'resources': ['secrets'], 'provider': {'keyArn': fake.key_2}}])
    boto.close()
    ours.read()
    ours.find_key(key=fake.key_1)
    assert fake.key_2 in refused('CLUSTER_CANNOT', ours.begin, 'enable')


@pytest.mark.parametrize('busy', ['ResourceInUseException', 'InvalidRequestException'])
def test_another_update_is_waited_for(ours, fake, busy):
    fake.control(updates={'prod': [{'type': 'VersionUpdate'}]}, busy_as=busy)
    assert enable(ours, fake.key_1)['phase'] == 'none'
    fake.control(ahead_s=601)
    assert ours.begin('enable')['phase'] == 'running'


def test_an_answer_that_is_lost_is_asked_for_with_the_same_token(ours, fake):
    fake.control(faults=[{'lost': True, 'operation': 'AssociateEncryptionConfig'}])
    assert enable(ours, fake.key_1)['phase'] == 'running'
    sent = associations(fake)
    assert len(sent) == 2 and sent[0]['body'] == sent[1]['body']


def test_after_a_kill_the_update_is_found_again(ours, fake):
    """With the token of the state file, whether or not the first request was heard."""
    first = enable(ours, fake.key_1)['id']
    ours.ask('sent')
    assert ours.begin('enable')['id'] == first
    fake.control(ahead_s=601)
    ours.ask('sent')
    ours.begin('enable')
    assert ours.poll('enable')['phase'] == 'done'


@pytest.mark.parametrize('fault', [
    {'code': 'ThrottlingException', 'status': 429}, {'code': 'ServerException', 'status': 500},
    {'code': 'ServiceUnavailableException', 'status': 503}, {'cut': True, 'times': 4}],
    ids=['429', '500', '503', 'cut'])
def test_trouble_that_passes_is_no_end(ours, fake, fault):
    """Past the three attempts of one look; where a kept connection is cut, curl makes one more."""
    enable(ours, fake.key_1)
    fake.control(ahead_s=601, faults=[{'times': 3, **fault, 'operation': 'DescribeUpdate'}])
    assert ours.poll('enable')['phase'] == 'running'
    assert ours.poll('enable')['phase'] == 'done'


def test_what_is_denied_names_the_permission(ours, fake):
    ours.read()
    ours.find_key(key=fake.key_1)
    fake.control(denied=['AssociateEncryptionConfig'])
    assert 'eks:AssociateEncryptionConfig' in refused('DENIED', ours.begin, 'enable')


def test_eks_neither_disables_nor_changes_the_key(ours, fake):
    for verb in ('disable', 'change'):
        refused('CLUSTER_CANNOT', ours.begin, verb)
    assert associations(fake) == []


# --- creation and rotation ---

CREATION = {'role-arn': 'arn:aws:iam::111122223333:role/eks', 'subnets': 'subnet-0a,subnet-0b',
            'security-groups': 'sg-0', 'kubernetes-version': '1.31', 'public-access': 'yes',
            'private-access': 'no', 'public-access-cidrs': '192.0.2.0/24'}


def test_a_cluster_is_created_encrypted(open_at, fake):
    ours = open_at(f'eks://{REGION}/new')
    ours.find_key(key=fake.key_1)
    assert ours.begin('create', **CREATION)['phase'] == 'running'
    assert ours.poll('create')['phase'] == 'running'
    fake.control(ahead_s=901)
    assert ours.poll('create')['phase'] == 'done'
    assert ours.read()['key'] == fake.key_1


def test_a_zone_without_room_is_explained(open_at, fake):
    ours = open_at(f'eks://{REGION}/new')
    ours.find_key(key=fake.key_1)
    text = refused('REQUEST_REFUSED', ours.begin, 'create',
                   **{**CREATION, 'subnets': 'subnet-0a,subnet-0e'})
    assert 'zone' in text


def test_a_key_is_rotated_in_place_and_once(ours, fake):
    fake.control(clusters=[{'name': 'prod', 'key': fake.key_1}])
    ours.read()
    ours.find_key()
    ours.ask('sent')
    assert ours.begin('rotate')['phase'] == 'running'
    assert ours.poll('rotate')['phase'] == 'done'
    assert fake.asked().count('RotateKeyOnDemand') == 1
    assert ours.read()['key'] == fake.key_1
    rows = {row['fact']: row for row in ours.job('evidence', 'verify')['rows']}
    assert rows['key material']['result'] == 'hint'


# --- evidence ---

def evidence(ours):
    reply = ours.job('evidence', 'verify')
    return reply['outcome'], {row['fact']: row['result'] for row in reply['rows']}


def test_what_was_enabled_is_proven(ours, fake):
    fake.control(update_s=0)
    enable(ours, fake.key_1)
    ours.read()
    assert evidence(ours)[0] == PROVEN


@pytest.mark.parametrize('order, outcome', [
    ({'states': {'KEY': 'Disabled'}}, CONTRADICTED),
    ({'revoked': ['KEY']}, CONTRADICTED),
    ({'gone': ['KEY']}, CONTRADICTED),
    ({'denied': ['DescribeKey']}, NOT_PROVEN),
    ({'denied': ['ListUpdates']}, NOT_PROVEN),
    ({'updates': {'prod': [{'type': 'AssociateEncryptionConfig'}]}}, NOT_PROVEN),
    ({'denied': ['GetKeyLastUsage']}, PROVEN)])
def test_what_speaks_against_it_is_found(ours, fake, order, outcome):
    fake.control(echo_key=True, clusters=[{'name': 'prod', 'key': 'alias/one'}])
    ours.find_key(key=fake.key_1)
    fake.control(**json.loads(json.dumps(order).replace('"KEY"', f'"{fake.key_1}"')))
    ours.read()
    assert evidence(ours)[0] == outcome


def test_another_key_and_no_key_contradict(ours, fake):
    ours.find_key(key=fake.key_1)
    ours.read()
    assert evidence(ours)[0] == CONTRADICTED
    fake.control(clusters=[{'name': 'prod', 'key': fake.key_2}])
    ours.read()
    assert evidence(ours)[0] == CONTRADICTED


# --- lists, permissions, the guard's actions ---

def test_clusters_of_several_regions_are_listed(open_at, fake):
    fake.control(page_size=1, clusters=[{'name': 'there', 'region': OTHER, 'key': fake.multi.replace(
        REGION, OTHER)}, {'name': 'here', 'key': fake.multi}])
    ours = open_at(f'eks://{REGION},{OTHER}')
    rows = ours.ask('list')['rows']
    assert [(row['region'], row['name'], row['encryption']) for row in rows] == [
        (REGION, 'here', 'own'), (REGION, 'old', 'none'), (REGION, 'prod', 'provider'),
        (OTHER, 'there', 'own')]
    users = ours.ask('list', uses=fake.multi)
    assert [row['name'] for row in users['rows']] == ['here', 'there'] and not users['partial']


def test_a_region_that_may_not_be_listed_is_told(open_at, fake):
    fake.control(denied=[f'{OTHER}/ListClusters'])
    reply = open_at(f'eks://{REGION},{OTHER}').ask('list', uses=fake.key_1)
    assert reply['partial']
    assert [(row['name'], row['region']) for row in reply['rows']] == [(None, OTHER)]


def test_permissions_are_asked_for_without_changing_anything(ours, fake):
    fake.control(denied=['CreateGrant', 'ListUpdates'])
    ours.find_key(key=fake.key_1)
    rows = {row['permission']: row['has'] for row in ours.job('permissions', 'enable')['rows']}
    assert rows == {'eks:ListClusters': 'yes', 'eks:DescribeCluster': 'yes', 'eks:ListUpdates': 'no',
                    'eks:DescribeUpdate': 'unknown', 'eks:AssociateEncryptionConfig': 'unknown',
                    'kms:ListKeys': 'yes', 'kms:ListAliases': 'yes', 'kms:DescribeKey': 'yes',
                    'kms:CreateGrant': 'no', 'kms:GetKeyPolicy': 'yes', 'kms:ListGrants': 'yes',
                    'kms:ListKeyRotations': 'yes', 'kms:GetKeyLastUsage': 'yes'}


def test_the_minimal_policy_is_json(ours, fake):
    ours.read()
    ours.find_key(key=fake.key_1)
    policy = json.loads(ours.job('policy', 'enable')['policy'])
    actions = {action for one in policy['Statement'] for action in one['Action']}
    assert actions >= {'kms:DescribeKey', 'kms:CreateGrant', 'eks:AssociateEncryptionConfig'}
    assert fake.key_1 in [one['Resource'] for one in policy['Statement']]


def test_a_key_is_disabled_and_deleted_behind_the_guard(ours, fake):
    ours.find_key(key=fake.key_1)

    def act(action, **change):
        return ours.ask('key-action', action=action, change=change)['rows'][0]

    assert act('disable-key')['state'] == 'Disabled'
    assert act('enable-key')['state'] == 'Enabled'
    assert act('schedule-deletion', **{'pending-days': '7'})['state'] == 'PendingDeletion'
    assert act('cancel-deletion')['state'] == 'Disabled'


def test_the_api_server_is_reached_as_eks_tells(ours, fake):
    fake.control(cluster={'prod': {'endpoint': 'https://127.0.0.1:1'}})
    ours.read()
    assert ours.ask('access')['server'] == 'https://127.0.0.1:1'


# --- the requests ---

def test_our_requests_are_those_of_amazons_clients(open_at, fake):
    """Field by field; lists are asked for in pages of 100, and each association has a token."""
    words = {golden.KEY: fake.key_1}
    ours = open_at()
    fake.control(page_size=1, update_s=0)
    enable(ours, fake.key_1)
    words['{update}'] = ours.poll('enable')['id']
    fake.control(updates={'prod': [{'type': 'VersionUpdate'}]})
    ours.read()
    evidence(ours)
    open_at(f'eks://{REGION}').ask('list')
    creating = open_at(f'eks://{REGION}/new')
    creating.find_key(key=fake.key_1)
    creating.begin('create', **CREATION)
    kept = [json.loads(json.dumps(one).replace('golden-token', '{token}')) for one in golden.load()]
    for one in kept:
        if one['operation'].startswith('List'):
            one['query']['maxResults'] = '100'
    paths = {one['path'] for one in kept}
    sent = [golden.normal(entry, words) for entry in fake.requests() if 'path' in entry]
    for one in sent:
        if one['path'] in paths:
            assert one in kept
    for one in kept:
        assert one in sent


def test_our_requests_about_keys_are_those_of_amazons_clients(open_at, fake):
    words = {golden.KEY: fake.key_1}
    fake.control(update_s=0)
    ours = open_at()
    enable(ours, fake.key_1)
    ours.poll('enable')
    ours.check('enable', key=fake.key_1)
    ours.read()
    ours.find_key()
    evidence(ours)
    ours.job('permissions', 'enable', key=fake.key_1)
    ours.check('rotate')
    ours.begin('rotate')
    ours.poll('rotate')
    for action, change in (('disable-key', {}), ('enable-key', {}),
                           ('schedule-deletion', {'pending-days': '7'}), ('cancel-deletion', {})):
        ours.ask('key-action', action=action, change=change)
    place = open_at(f'eks://{REGION}')
    place.ask('keys', change={})
    place.ask('list', uses=fake.key_1)
    kept = golden.load(golden.KEYS)
    sent = [golden.normal(entry, words) for entry in fake.requests() if 'path' not in entry]
    others = [one for one in sent if one['operation'] == 'DescribeKey' and one['body'] != {'KeyId': golden.KEY}]
    assert [one for one in sent if one not in kept and one not in others] == []
    assert [one for one in kept if one not in sent] == []
