# SPDX-License-Identifier: Apache-2.0
"""boto3, the JavaScript SDK and the AWS command line judge the fake EKS: they succeed and fail where
AWS says, in the wire form that they read."""
import base64
import datetime
import json
import urllib.error

import pytest
from clients import CLIENTS, Access, Boto, CommandLine, Failed, JavaScript

SUBNETS = {'subnetIds': ['subnet-0a', 'subnet-0b']}
ROLE = 'arn:aws:iam::111122223333:role/eks'


@pytest.fixture(params=CLIENTS, ids=[kind.name for kind in CLIENTS])
def client(request, start):
    return start(request.param)


def config(key):
    return [{'resources': ['secrets'], 'provider': {'keyArn': key}}]


def associate(client, key, name='prod', **members):
    return client.call('AssociateEncryptionConfig', clusterName=name, encryptionConfig=config(key),
                       **members)['update']


def describe(client, name='prod'):
    return client.call('DescribeCluster', name=name)['cluster']


def update_of(client, update_id, name='prod'):
    return client.call('DescribeUpdate', name=name, updateId=update_id)['update']


def refused(code, client, operation, **members):
    with pytest.raises(Failed) as caught:
        client.call(operation, **members)
    assert caught.value.code == code, caught.value
    return str(caught.value)


def test_an_association_runs_and_succeeds(client, fake):
    begun = associate(client, fake.key_1)
    assert (begun['status'], begun['type']) == ('InProgress', 'AssociateEncryptionConfig')
    assert begun['params'] == [{'type': 'EncryptionConfig', 'value': json.dumps(
        config(fake.key_1), separators=(',', ':'))}]
    assert begun['errors'] == []
    fake.control(ahead_s=300)
    assert update_of(client, begun['id'])['status'] == 'InProgress'
    assert 'encryptionConfig' not in describe(client) and describe(client)['status'] == 'UPDATING'
    fake.control(ahead_s=601)
    done = update_of(client, begun['id'])
    assert done == {**begun, 'status': 'Successful'}
    cluster = describe(client)
    assert cluster['encryptionConfig'] == config(fake.key_1)
    assert (cluster['status'], cluster['health']) == ('ACTIVE', {'issues': []})


def test_the_time_of_an_update_is_a_time(fake, start):
    """On the wire it is a float; the clients read it each in its own way."""
    begun = [associate(start(kind), fake.key_1, clientRequestToken='t')['createdAt']
             for kind in CLIENTS]
    assert begun[0].timestamp() == pytest.approx(begun[1] / 1000, abs=0.002)
    if isinstance(begun[2], str):
        begun[2] = datetime.datetime.fromisoformat(begun[2]).timestamp()
    assert begun[0].timestamp() == pytest.approx(begun[2], abs=1)


@pytest.mark.parametrize('outcome', ['Failed', 'Cancelled'])
def test_an_association_may_end_otherwise(client, fake, outcome):
    errors = [{'errorCode': 'AccessDenied', 'errorMessage': 'no grant', 'resourceIds': ['prod']}]
    fake.control(update_s=0, outcome=outcome, errors=errors)
    done = update_of(client, associate(client, fake.key_1)['id'])
    assert (done['status'], done['errors']) == (outcome, errors)
    assert 'encryptionConfig' not in describe(client)
    assert describe(client)['status'] == 'ACTIVE'


def test_one_token_is_one_association(client, fake):
    first = associate(client, fake.key_1, clientRequestToken='one')
    assert associate(client, fake.key_1, clientRequestToken='one')['id'] == first['id']
    refused('InvalidRequestException', client, 'AssociateEncryptionConfig', clusterName='prod',
            encryptionConfig=config(fake.key_2), clientRequestToken='one')


def test_a_second_association_waits_for_the_first(client, fake):
    associate(client, fake.key_1)
    text = refused('ResourceInUseException', client, 'AssociateEncryptionConfig', clusterName='prod',
                   encryptionConfig=config(fake.key_1), clientRequestToken='another')
    assert 'currently has update' in text


def test_an_association_waits_for_updates_of_others(client, fake):
    fake.control(updates={'prod': [{'type': 'VersionUpdate'}]}, busy_as='InvalidRequestException')
    refused('InvalidRequestException', client, 'AssociateEncryptionConfig', clusterName='prod',
            encryptionConfig=config(fake.key_1))
    fake.control(ahead_s=601)
    assert associate(client, fake.key_1)['status'] == 'InProgress'


@pytest.mark.parametrize('which', ['key_1', 'key_2'])
def test_what_is_encrypted_is_not_encrypted_again(client, fake, which):
    """With the same key too."""
    fake.control(clusters=[{'name': 'taken', 'key': fake.key_1}])
    text = refused('InvalidParameterException', client, 'AssociateEncryptionConfig',
                   clusterName='taken', encryptionConfig=config(getattr(fake, which)))
    assert 'Encryption is already enabled on the cluster' in text


def test_resources_may_be_left_out_and_are_filled_in(client, fake):
    fake.control(update_s=0)
    client.call('AssociateEncryptionConfig', clusterName='prod',
                encryptionConfig=[{'provider': {'keyArn': fake.key_1}}])
    assert describe(client)['encryptionConfig'] == config(fake.key_1)


@pytest.mark.parametrize('given, text', [
    ([{'resources': ['secrets']}, {'provider': {'keyArn': 'K'}}], 'KeyArn is required'),
    ([{'resources': ['secrets'], 'provider': {}}], 'KeyArn is required'),
    ([{'resources': ['configmaps'], 'provider': {'keyArn': 'K'}}], 'Only secrets'),
    ([], 'Exactly one'),
], ids=['split', 'no key', 'other resources', 'none'])
def test_wrong_configurations_are_refused(start, fake, given, text):
    """By clients that let them through."""
    for kind in (Boto, JavaScript):
        assert text in refused('InvalidParameterException', start(kind), 'AssociateEncryptionConfig',
                               clusterName='prod', encryptionConfig=given)


@pytest.mark.parametrize('which, code, text', [
    ('rsa', 'InvalidParameterException', 'not symmetric'),
    ('hmac', 'InvalidParameterException', 'not symmetric'),
    ('foreign', 'InvalidRequestException', 'User not authorized to perform kms:CreateGrant'),
    ('gone', 'InvalidParameterException', 'Could not find'),
    ('elsewhere', 'InvalidParameterException', 'Could not find'),
    ('disabled', 'InvalidRequestException', 'Disabled'),
    ('of AWS', 'InvalidRequestException', 'User not authorized to perform kms:CreateGrant'),
])
def test_keys_that_cannot_serve_are_refused(start, fake, which, code, text):
    key = {'gone': fake.key_1[:-4] + 'ffff', 'disabled': fake.key_1, 'of AWS': fake.key_2,
           'elsewhere': fake.multi.replace('eu-central-1', 'us-east-1')}.get(which) \
        or getattr(fake, which)
    fake.control(states={fake.key_1: 'Disabled'}, told={fake.key_2: {'KeyManager': 'AWS'}})
    assert text in refused(code, start(Boto), 'AssociateEncryptionConfig', clusterName='prod',
                           encryptionConfig=config(key))


def test_a_key_of_another_account_serves_where_its_policy_allows(client, fake):
    fake.control(shared=[fake.foreign], update_s=0)
    associate(client, fake.foreign)
    assert describe(client)['encryptionConfig'] == config(fake.foreign)


@pytest.mark.parametrize('echo', [False, True])
def test_an_alias_serves_and_may_be_echoed(client, fake, echo):
    fake.control(update_s=0, echo_key=echo)
    associate(client, 'alias/one')
    assert describe(client)['encryptionConfig'] == config('alias/one' if echo else fake.key_1)


def test_an_association_leaves_a_grant(start, fake):
    fake.control(update_s=0)
    eks, kms = start(Boto), start(Boto, service='kms')
    assert kms.call('ListGrants', KeyId=fake.key_1)['Grants'] == []
    associate(eks, fake.key_1)
    describe(eks)
    grants = kms.call('ListGrants', KeyId=fake.key_1)['Grants']
    assert [g['GranteePrincipal'] for g in grants] == ['eks.amazonaws.com']


@pytest.mark.parametrize('change, issue', [
    ({'states': {'KEY': 'Disabled'}}, 'KmsKeyDisabled'),
    ({'states': {'KEY': 'PendingDeletion'}}, 'KmsKeyMarkedForDeletion'),
    ({'revoked': ['KEY']}, 'KmsGrantRevoked'), ({'gone': ['KEY']}, 'KmsKeyNotFound')])
def test_health_tells_what_became_of_the_key(client, fake, change, issue):
    fake.control(clusters=[{'name': 'taken', 'key': fake.key_1}])
    assert describe(client, 'taken')['health']['issues'] == []
    fake.control(**json.loads(json.dumps(change).replace('KEY', fake.key_1)))
    assert [i['code'] for i in describe(client, 'taken')['health']['issues']] == [issue]


def test_clusters_come_in_pages(client, fake):
    fake.control(page_size=2, clusters=[{'name': f'c{n}'} for n in range(5)])
    pages = client.pages('ListClusters')
    assert [name for page in pages for name in page['clusters']] == \
        ['c0', 'c1', 'c2', 'c3', 'c4', 'old', 'prod']
    assert [r['query'].get('nextToken') for r in fake.requests('ListClusters')] == \
        [None, 'from/+2==', 'from/+4==', 'from/+6==']


def test_updates_come_in_pages(client, fake):
    fake.control(page_size=2, updates={'prod': [{'type': 'LoggingUpdate', 'lasts_s': 0}] * 3})
    begun = associate(client, fake.key_1)['id']
    found = [one for page in client.pages('ListUpdates', name='prod') for one in page['updateIds']]
    assert found[-1] == begun and len(found) == 4
    assert update_of(client, found[0])['type'] == 'LoggingUpdate'


@pytest.mark.parametrize('members', [{'maxResults': 0}, {'maxResults': 101}, {'nextToken': 'x'}])
def test_pages_that_are_not_there_are_refused(start, fake, members):
    refused('InvalidParameterException', start(JavaScript), 'ListUpdates', name='prod', **members)


def test_what_is_not_there_is_not_found(client, fake):
    for operation, members in [('DescribeCluster', {'name': 'none'}),
                               ('ListUpdates', {'name': 'none'}),
                               ('DescribeUpdate', {'name': 'none', 'updateId': 'x'}),
                               ('DescribeUpdate', {'name': 'prod', 'updateId': 'x'})]:
        refused('ResourceNotFoundException', client, operation, **members)
    refused('ResourceNotFoundException', client, 'AssociateEncryptionConfig', clusterName='none',
            encryptionConfig=config(fake.key_1))


def test_a_cluster_of_another_region_is_not_found(fake, start):
    refused('ResourceNotFoundException', start(Boto, region='us-east-1'), 'DescribeCluster',
            name='prod')


@pytest.mark.parametrize('facts', [{'outpost': 'arn:aws:outposts:eu-central-1:111122223333:outpost/o'},
                                   {'connector': 'EKS_ANYWHERE'}])
def test_clusters_that_run_elsewhere_are_told_and_not_encrypted(client, fake, facts):
    fake.control(clusters=[{'name': 'far', **facts}])
    member = {'outpost': 'outpostConfig', 'connector': 'connectorConfig'}[next(iter(facts))]
    assert member in describe(client, 'far')
    refused('InvalidRequestException', client, 'AssociateEncryptionConfig', clusterName='far',
            encryptionConfig=config(fake.key_1))


def test_registered_clusters_are_listed_when_asked_for(client, fake):
    fake.control(clusters=[{'name': 'far', 'connector': 'OTHER'}])
    assert 'far' not in client.call('ListClusters')['clusters']
    assert 'far' in client.call('ListClusters', include=['all'])['clusters']


# --- creation ---

def test_a_cluster_is_created_with_a_key(client, fake):
    made = client.call('CreateCluster', name='new', version='1.31', roleArn=ROLE,
                       resourcesVpcConfig=SUBNETS, encryptionConfig=config(fake.key_1),
                       clientRequestToken='t', tags={'a': 'b'})['cluster']
    assert made['status'] == 'CREATING' and 'endpoint' not in made
    again = client.call('CreateCluster', name='new', roleArn=ROLE, resourcesVpcConfig=SUBNETS,
                        clientRequestToken='t')['cluster']
    assert again['arn'] == made['arn']
    fake.control(ahead_s=901)
    cluster = describe(client, 'new')
    assert (cluster['status'], cluster['version']) == ('ACTIVE', '1.31')
    assert cluster['encryptionConfig'] == config(fake.key_1)
    assert base64.b64decode(cluster['certificateAuthority']['data']).startswith(b'-----BEGIN')
    refused('ResourceInUseException', client, 'CreateCluster', name='new', roleArn=ROLE,
            resourcesVpcConfig=SUBNETS)


def test_the_waiter_of_boto_sees_a_cluster_become_active(start, fake):
    fake.control(create_s=1)
    client = start(Boto)
    client.call('CreateCluster', name='new', roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    client.client.get_waiter('cluster_active').wait(name='new', WaiterConfig={'Delay': 0.3})
    assert len(fake.requests('DescribeCluster')) > 1


@pytest.mark.parametrize('change, code, text', [
    ({'name': '-x'}, 'InvalidParameterException', 'name'),
    ({'roleArn': 'eks'}, 'InvalidParameterException', 'role'),
    ({'resourcesVpcConfig': {'subnetIds': ['subnet-0a']}}, 'InvalidParameterException', 'two'),
    ({'resourcesVpcConfig': {'subnetIds': ['subnet-x']}}, 'InvalidParameterException', 'subnet-x'),
    ({'resourcesVpcConfig': {'subnetIds': ['subnet-0a', 'subnet-0e']}},
     'UnsupportedAvailabilityZoneException', 'eu-central-1e')])
def test_clusters_that_cannot_be_are_refused(start, fake, change, code, text):
    members = {'name': 'new', 'roleArn': ROLE, 'resourcesVpcConfig': SUBNETS, **change}
    client = start(Boto)
    assert text in refused(code, client, 'CreateCluster', **members)
    assert client.call('ListClusters')['clusters'] == ['old', 'prod']


def test_zones_with_room_are_told(start, fake):
    with pytest.raises(Exception) as caught:
        start(Boto).client.create_cluster(
            name='new', roleArn=ROLE,
            resourcesVpcConfig={'subnetIds': ['subnet-0a', 'subnet-0e']})
    assert caught.value.response['validZones'] == ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']


# --- trouble ---

def test_wrong_credentials_are_refused(start, fake):
    for kind in CLIENTS:
        for access, code in ((Access('AKIAFIXED', 'wrong'), 'InvalidSignatureException'),
                             (Access('AKIANOBODY', 'x'), 'UnrecognizedClientException')):
            refused(code, start(kind, access), 'ListClusters')
        fake.control(expired=['ASIATEMPORARY'])
        refused('ExpiredTokenException', start(kind, fake.access_of('ASIATEMPORARY')),
                'ListClusters')


def test_temporary_credentials_work(start, fake):
    for kind in CLIENTS:
        client = start(kind, fake.access_of('ASIATEMPORARY'))
        assert client.call('ListClusters')['clusters'] == ['old', 'prod']


def test_what_is_denied_is_named(client, fake):
    fake.control(denied=['ListClusters'])
    assert 'eks:ListClusters' in refused('AccessDeniedException', client, 'ListClusters')


def test_what_is_denied_in_one_region_works_in_another(start, fake):
    fake.control(denied=['us-east-1/ListClusters'])
    refused('AccessDeniedException', start(Boto, region='us-east-1'), 'ListClusters')
    assert start(Boto).call('ListClusters')['clusters']


@pytest.mark.parametrize('fault', [
    {'code': 'ThrottlingException', 'message': 'Rate exceeded', 'status': 429},
    {'code': 'ServerException', 'message': 'trouble', 'status': 500},
    {'code': 'ServiceUnavailableException', 'message': 'trouble', 'status': 503},
    {'cut': True}], ids=['429', '500', '503', 'cut'])
def test_passing_trouble_is_retried(client, fake, fault):
    fake.control(faults=[{**fault, 'operation': 'DescribeCluster', 'times': 2}])
    assert describe(client)['name'] == 'prod'
    assert fake.asked() == ['DescribeCluster'] * 3


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_token(client, fake):
    fake.control(faults=[{'lost': True, 'operation': 'AssociateEncryptionConfig'}])
    begun = associate(client, fake.key_1)
    requests = fake.requests('AssociateEncryptionConfig')
    assert len(requests) == 2
    assert len({json.loads(r['body'])['clientRequestToken'] for r in requests}) == 1
    assert client.pages('ListUpdates', name='prod')[0]['updateIds'] == [begun['id']]


@pytest.mark.parametrize('name', ['my cluster/é', 'a+b', 'a%2Fb', 'a~b'])
def test_paths_are_quoted_twice_where_they_are_signed(start, fake, name):
    """Such names are no clusters', and the signature holds: it is the name that is refused."""
    for kind in CLIENTS:
        text = refused('InvalidParameterException', start(kind), 'DescribeCluster', name=name)
        assert name in text


# --- tokens for API servers ---

def test_the_command_line_makes_tokens_that_tell_who_asks(start, fake):
    token = start(CommandLine).run('get-token', '--cluster-name', 'prod')['status']['token']
    assert fake.token(token, 'prod')['Arn'] == 'arn:aws:iam::111122223333:user/fixed'
    for wrong, cluster in ((token, 'other'), (token[:-6] + 'AAAAAA', 'prod'), ('k8s-aws-v1.', 'prod')):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fake.token(wrong, cluster)
        assert caught.value.code == 401
    fake.control(clock_s=900)
    with pytest.raises(urllib.error.HTTPError):
        fake.token(token, 'prod')


# --- command lines of the documentation ---

def test_the_documented_command_lines_work(start, fake):
    client = start(CommandLine)
    begun = client.run('associate-encryption-config', '--cluster-name', 'prod', '--encryption-config',
                       '[{"resources":["secrets"],"provider":{"keyArn":"%s"}}]' % fake.key_1)
    update = begun['update']['id']
    fake.control(ahead_s=601)
    told = client.run('describe-update', '--name', 'prod', '--update-id', update)
    assert told['update']['status'] == 'Successful'
    assert client.run('list-updates', '--name', 'prod')['updateIds'] == [update]
    assert client.run('describe-cluster', '--name', 'prod')['cluster']['encryptionConfig'] \
        == config(fake.key_1)
    assert client.run('list-clusters')['clusters'] == ['old', 'prod']
