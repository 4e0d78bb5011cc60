# SPDX-License-Identifier: Apache-2.0
"""What our driver sends is, field by field, what Alibaba's own clients send for the same."""
import recorded
import test_driver
from test_driver import fixture_cluster, fixture_ours, other_key  # noqa: F401

# Of no meaning to the service, or asked for by us in pages of another size.
NOT_OURS = {'x-acs-credentials-provider', 'user-agent'}
PAGES = {'page_size', 'MaxResults', 'PageSize'}


def plain(request):
    """Without what may differ: signature, own headers, sizes of pages, case of true and false."""
    headers = {name: value for name, value in request['headers'].items()
               if name not in NOT_OURS and name != 'authorization'}
    query = {name: value.lower() if value in ('True', 'False') else value
             for name, value in request['query'].items() if name not in PAGES}
    form = {name: value for name, value in request['form'].items() if name not in PAGES}
    return {'method': request['method'], 'path': request.get('path', '/'), 'query': query, 'form': form,
            'body': request.get('body'), 'headers': headers}


def sent(service, action, words):
    return plain(recorded.normalize(next(
        one for one in reversed(service.asked()) if one['action'] == action), words))


def theirs(name, action, number=0):
    return plain([one for one in recorded.load(name) if one['action'] == action][number])


def of_keys(action):
    """As the client of KMS sends it, which tests/partners/alibaba keeps."""
    return plain(next(one for one in recorded.golden.load('openapi') if one['action'] == action))


def in_any_place(request):
    """KMS takes parameters in the query, as its client of Python sends them, and in a form, as that of
    the generated SDKs and ours."""
    headers = {name: value for name, value in request['headers'].items()
               if name not in ('content-type', 'x-acs-content-sha256')}
    return {**request, 'headers': headers, 'query': {}, 'form': {**request['query'], **request['form']}}


def test_reads_and_changes_are_those_of_the_client(service, ours, cluster):
    words = {'{cluster}': cluster.id, '{key}': service.key}
    driver = ours(cluster)
    driver.read()
    assert sent(service, 'DescribeClusterDetail', words) == theirs('cs', 'DescribeClusterDetail')
    driver.find_key(key=service.arn)
    driver.check('enable', key=service.arn)
    assert sent(service, 'CheckServiceRole', words) == theirs('cs', 'CheckServiceRole')
    tasks = theirs('cs', 'DescribeClusterTasks')
    assert sent(service, 'DescribeClusterTasks', words) == tasks
    driver.begin('enable', key=service.arn)
    assert sent(service, 'UpdateKMSEncryption', words) == theirs('cs', 'UpdateKMSEncryption')


def test_switching_off_is_that_of_the_client(service, ours):
    cluster = service.cluster(key=service.key, disabled=False)
    driver = ours(cluster)
    driver.read()
    driver.begin('disable')
    assert sent(service, 'UpdateKMSEncryption', {'{encrypted}': cluster.id}) == theirs(
        'cs', 'UpdateKMSEncryption', 1)


def test_lists_are_those_of_the_client(service, ours):
    ours(uri='ack://cn-hangzhou').ask('list')
    own = sent(service, 'DescribeClustersV1', {})
    assert own['query'].pop('region_id') == 'cn-hangzhou'
    assert own == theirs('cs', 'DescribeClustersV1')


def test_creation_is_that_of_the_client(service, ours):
    driver = ours(uri='ack://cn-hangzhou/new')
    driver.find_key(key=service.arn)
    driver.begin('create', key=service.arn, subnets='vsw-1', vpc_id='vpc-1',
                 kubernetes_version='1.34.1-aliyun.1', pod_cidr='172.20.0.0/16',
                 service_cidr='172.21.0.0/20')
    assert sent(service, 'CreateCluster', {'{key}': service.key}) == theirs('cs', 'CreateCluster')


def test_the_kubeconfig_is_asked_for_as_by_the_client(service, ours):
    cluster = service.cluster(kubeconfig=test_driver.KUBECONFIG.replace('USER', 'token: t'))
    driver = ours(cluster)
    driver.read()
    driver.ask('access')
    assert sent(service, 'DescribeClusterUserKubeconfig', {'{cluster}': cluster.id}) == theirs(
        'cs', 'DescribeClusterUserKubeconfig')


def test_the_trail_is_asked_as_by_the_client(service, ours):
    service.order(used=[{'action': 'Decrypt', 'key': service.facts['keys']['other'],
                         'role': recorded.ROLE}] * 51)
    driver = ours(service.cluster(key=service.key, disabled=False))
    driver.read()
    driver.find_key()
    driver.job('evidence', 'verify')
    asked = [one for one in service.asked() if one['action'] == 'LookupEvents']
    assert plain(recorded.normalize(asked[0], {})) == theirs('actiontrail', 'LookupEvents')
    token = asked[1]['query']['NextToken']
    assert plain(recorded.normalize(asked[1], {'{token}': token})) == theirs(
        'actiontrail', 'LookupEvents', 2)


def test_policies_are_asked_for_as_by_the_client(service, ours, cluster):
    service.order(ram={'users': {'ltai-fixed': []}, 'groups': {'admins': []},
                       'member_of': {'ltai-fixed': ['admins']}})
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    driver.check('enable', key=service.arn)
    for action in ('ListPoliciesForUser', 'ListGroupsForUser', 'ListPoliciesForGroup'):
        assert sent(service, action, {}) == theirs('ram', action)


def test_policies_of_a_role_are_asked_for_as_by_the_client(service, ours, cluster):
    driver = ours(cluster, 'STS.temporary')
    driver.read()
    driver.find_key(key=service.arn)
    driver.check('enable', key=service.arn)
    own = sent(service, 'ListPoliciesForRole', {})
    assert own['headers'].pop('x-acs-accesskey-id') == 'STS.temporary'
    assert own['headers'].pop('x-acs-security-token')
    assert own == theirs('ram', 'ListPoliciesForRole')


def test_keys_are_asked_for_as_by_the_client(service, ours, cluster):
    driver = ours(cluster)
    driver.read()
    driver.find_key(key=service.arn)
    driver.check('enable', key=service.arn)
    driver.ask('keys')
    for action, number in (('DescribeAccountKmsStatus', 0), ('ListKeys', 1)):
        assert in_any_place(sent(service, action, {})) == in_any_place(theirs('kms', action, number))
    for action in ('disable-key', 'enable-key'):
        driver.ask('key-action', action=action)
    for action in ('DescribeKey', 'ListAliases', 'DisableKey', 'EnableKey'):
        kept = of_keys(action)
        word = kept['form'].get('KeyId', '{key}')  # by its ARN, or by its id
        own = [in_any_place(sent(service, action, {word: text})) for text in (service.arn, service.key)]
        assert in_any_place(kept) in own, action
