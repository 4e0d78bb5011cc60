# SPDX-License-Identifier: Apache-2.0
"""Every rule of doc/clusters.md under which the command refuses says what is wrong, and nothing is sent
that changes anything."""
import collections
import concurrent.futures
import os
import re

import pytest
from runs import check_all, perform

HERE = os.path.dirname(os.path.abspath(__file__))
GUIDE = os.path.join(HERE, '..', '..', '..', 'doc', 'clusters.md')
RULES = [f'R{number:02}' for number in range(1, 37)]
CHANGES = ' ; '.join('never ' + request for request in (
    'POST /clusters/*/encryption-config/associate', 'POST /clusters', 'PUT /clusters/*/kms',
    'POST /global/v2/enableKMS', 'POST /api/v2/keys/*/actions/rotate',
    'POST /api/v2/keys/*/actions/disable', 'POST / operation=RotateKeyOnDemand',
    'POST / operation=DisableKey', 'POST / operation=ScheduleKeyDeletion'))
EKS, IKS, ACK = 'eks://{region}/prod', '-c mine', 'ack://{region}/{cluster}'
ROOT = '--instance-id {instance} --crk {crk}'

Case = collections.namedtuple('Case', 'rule partner given command expected')
CASES = [Case(*case) for case in (
    ('R01', 'eks', 'stranger', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'exit 3 ; says UnrecognizedClient'),
    ('R01', 'eks', 'nobody', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'exit 3 ; says no credentials for aws are configured'),
    ('R01', 'iks', 'stranger', f'cluster enable {IKS} {ROOT} --yes', 'exit 3 ; says API key'),
    ('R01', 'ack', 'stranger', f'cluster enable {ACK} --key-id {{id}} --yes',
     'exit 3 ; says SignatureDoesNotMatch'),
    ('R02', 'eks', '-', 'cluster enable eks://{region}/nemo --key-arn {key} --yes',
     'says nemo ; says old, prod'),
    ('R02', 'iks', '-', f'cluster enable -c nemo {ROOT} --yes', 'says nemo ; says mine'),
    ('R02', 'ack', '-', 'cluster enable ack://{region}/c0000 --key-id {id} --yes',
     'says c0000 ; says shop'),
    ('R03', 'eks', 'status=FAILED', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'says the cluster is FAILED'),
    ('R03', 'iks', 'broken', f'cluster enable {IKS} {ROOT} --yes', 'says update_failed'),
    ('R03', 'ack', 'state=failed', f'cluster enable {ACK} --key-id {{id}} --yes',
     'says the cluster is failed'),
    ('R04', 'eks', '-', f'cluster enable {EKS} --key-arn arn:aws:s3:::bucket --yes',
     'says arn:aws:s3:::bucket'),
    ('R04', 'eks', 'placeholders', 'cluster enable -f cluster.yaml --yes', 'says <account>'),
    ('R05', 'eks', 'far-key', f'cluster enable {EKS} --key-arn {{far-key}} --yes',
     'says {region} ; says {far}'),
    ('R05', 'ack', '-', f'cluster enable {ACK} --yes '
     '--key alibaba-kms:///acs:kms:cn-beijing:1234567890123456:key/key-1', 'says cn-beijing'),
    ('R06', 'eks', '-', f'cluster enable {EKS} --key-arn {{rsa}} --yes',
     'exit 5 ; says the key is RSA_2048; a symmetric encryption key (SYMMETRIC_DEFAULT) is required'),
    ('R07', 'eks', '-', f'cluster preflight {EKS} --key-arn {{hmac}}',
     'exit 5 ; says R07 ; says the usage of the key is GENERATE_VERIFY_MAC'),
    ('R08', 'eks', 'key-state=PendingDeletion', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'exit 3 ; says will be deleted on 2033-05-18'),
    ('R08', 'iks', 'key-state=2', f'cluster enable {IKS} {ROOT} --yes', 'exit 3 ; says must be Active'),
    ('R08', 'ack', 'key-state=Disabled', f'cluster enable {ACK} --key-id {{id}} --yes',
     'exit 3 ; says Disabled'),
    ('R09', 'eks', 'aws-managed', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'exit 5 ; says AWS manages this key ; says create a customer managed key'),
    ('R10', 'eks', 'denied=CreateGrant', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'exit 3 ; says the caller lacks kms:CreateGrant on {key}'),
    ('R11', 'eks', 'gated', 'cluster create eks://{region}/new --key-arn {key} --set role-arn={role} '
     '--set subnets=subnet-0a,subnet-0b --yes', 'says kms:GrantIsForAWSResource'),
    ('R12', 'eks', 'encrypted', f'cluster enable {EKS} --key-arn {{other}} --yes',
     'says the cluster already uses {key} ; says cannot change the key of a cluster'),
    ('R13', 'eks', 'encrypted', f'cluster disable {EKS} --yes',
     'says Amazon EKS cannot switch Secret encryption off'),
    ('R14', 'eks', 'outpost', f'cluster enable {EKS} --key-arn {{key}} --yes', 'says local (Outposts)'),
    ('R14', 'eks', 'connected', f'cluster enable {EKS} --key-arn {{key}} --yes', 'says registered (connector)'),
    ('R15', 'eks', '-', 'cluster enable eks://{region}/-prod --key-arn {key} --yes', 'says -prod'),
    ('R16', 'iks', 'encrypted', f'cluster disable {IKS} --yes',
     'says cannot switch Secret encryption off; you can switch to another instance or root key'),
    ('R17', 'iks', 'former', f'cluster rotate {IKS} {ROOT} --yes',
     'says a former root key cannot be reused'),
    ('R18', 'iks', 'standard', f'cluster enable {IKS} {ROOT} --yes',
     'exit 5 ; says is a standard key ; says a cluster needs a root key'),
    ('R18', 'iks', 'expires', f'cluster enable {IKS} {ROOT} --yes', 'says expires in 9 days'),
    ('R19', 'iks', 'account', f'cluster enable {IKS} --key {{far-key}} --yes',
     'says kms-account-id={far-account}'),
    ('R19', 'iks', 'account satellite',
     f'cluster enable {IKS} --key {{far-key}} --kms-account-id {{far-account}} --yes',
     'says Satellite clusters take no key of another account'),
    ('R20', 'iks', 'hpcs', f'cluster enable {IKS} --key {{hpcs-key}} --yes',
     'says ends 2027-03-28 ; says override=hpcs'),
    ('R21', 'iks', 'encrypted rotated', f'cluster rotate {IKS} --yes', 'says less than an hour ago'),
    ('R21', 'iks', 'key-state=2 touched', 'key enable ibm-kp:///{key}',
     'exit 8 ; says was changed a moment ago; wait'),
    ('R22', 'ack', 'spec=ack.standard', f'cluster enable {ACK} --key-id {{id}} --yes',
     'says ack.standard ; says only Pro managed clusters'),
    ('R23', 'ack', '-', f'cluster enable {ACK} --key-id {{rsa-id}} --yes', 'says take a key of Aliyun_AES_256'),
    ('R23', 'ack', 'service-key', f'cluster enable {ACK} --key-id {{id}} --yes',
     'says that the account made'),
    ('R24', 'ack', 'rotates', f'cluster enable {ACK} --key-id {{id}} --yes', 'says override=rotation'),
    ('R25', 'ack', 'no-role', f'cluster enable {ACK} --key-id {{id}} --yes',
     'exit 3 ; says has not given ACK the role AliyunCSManagedSecurityRole'),
    ('R26', 'ack', 'account=InDebt', f'cluster enable {ACK} --key-id {{id}} --yes', 'says a bill is open'),
    ('R27', 'ack', 'encrypted changed', f'cluster preflight {ACK} --key-id {{other-id}} --for rotate',
     'says R27 ; says ACK takes the next one in'),
    ('R29', 'eks', 'encrypted', 'key disable aws-kms:///{key} --yes', 'exit 5 ; says prod'),
    ('R29', 'eks', 'encrypted denied=ListClusters', 'key disable aws-kms:///{key} --confirm prod',
     'exit 5 ; says unknown'),
    ('R29', 'eks', 'encrypted', 'key schedule-deletion aws-kms:///{key} --confirm other',
     'exit 5 ; says would make these clusters unrecoverable: prod'),
    ('R29', 'iks', 'encrypted', 'key disable ibm-kp:///{key} --yes', 'exit 5 ; says mine'),
    ('R29', 'ack', 'encrypted', 'key disable alibaba-kms:///{key} --yes', 'exit 5 ; says shop'),
    ('R30', 'eks', '-', f'cluster enable {EKS} --key-arn {{key}} --encrypt-existing-secrets=false',
     'exit 11 ; says give --yes (or --approve)'),
    ('R31', 'eks', 'kubeconfig', f'cluster enable {EKS} --key-arn {{key}} --yes --kubeconfig kubeconfig',
     'says https://127.0.0.1:2 ; says https://127.0.0.1:1'),
    ('R32', 'eks', '-', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'says cannot reach https://127.0.0.1:1 ; says encrypt-existing-secrets=no'),
    ('R32', 'ack', '-', f'cluster enable {ACK} --key-id {{id}} --yes', 'says encrypt-existing-secrets=no'),
    ('R32', 'iks', 'encrypted', f'cluster verify {IKS} --destructive --yes',
     'exit 8 ; says cannot be listed before its key is disabled'),
    ('R33', 'iks', 'encrypted api=patch-only', f'cluster verify {IKS} --destructive --yes',
     'exit 8 ; says cannot be listed before its key is disabled'),
    ('R33', 'eks', 'api=list-only', f'cluster enable {EKS} --key-arn {{key}} --yes',
     'says may not patch secrets in all namespaces'),
    ('R33', 'ack', 'api=patch-only', f'cluster enable {ACK} --key-id {{id}} --yes',
     'says may not list secrets in all namespaces'),
    ('R34', 'iks', 'viewer', f'cluster enable {IKS} {ROOT} --yes', 'exit 3 ; says lacks'),
    ('R35', 'ack', 'no-policy', f'cluster enable {ACK} --key-id {{id}} --yes',
     'exit 3 ; says AliyunKMSCryptoAdminAccess'),
    ('R36', 'ack', 'encrypted', f'cluster rotate {ACK} --yes',
     'says are not rotated in place by hand ; says cluster rotate --key'),
)]
# The service itself refuses this one: a request was sent, which it did not take.
CASES += [Case('R28', 'ack', 'no-rbac', f'cluster enable {ACK} --key-id {{id}} --yes '
               '--encrypt-existing-secrets=false', 'exit 3 ; says RBAC role of cluster administrator')]
SENT_AND_REFUSED = {'R28'}


def name_of(case):
    return f'{case.rule}-{case.partner}-{case.given}'


@pytest.fixture(scope='module')
def results(request, tmp_path_factory, kube):
    """Those that are asked for run side by side."""
    asked = [item.callspec.params['case'] for item in request.session.items
             if getattr(item, 'callspec', None) and 'case' in item.callspec.params]
    if any('api' in case.given for case in asked):
        kube()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield {case: pool.submit(perform, case.partner, case.given, 'envcrypt ' + case.command,
                                 tmp_path_factory.mktemp(case.rule), kube) for case in asked}


def test_each_rule_has_a_case():
    assert sorted({case.rule for case in CASES}) == RULES


def test_the_guide_explains_each_rule_once():
    with open(GUIDE, encoding='utf-8') as file:
        assert re.findall(r'^\| (R[0-9]{2}) \|', file.read(), re.M) == RULES


@pytest.mark.parametrize('case', CASES, ids=name_of)
def test_what_cannot_work_is_refused_with_a_reason(case, results):
    place, done = results[case].result()
    assert done.code not in (0, 1), done
    check_all(case.expected, place, done)
    if case.rule not in SENT_AND_REFUSED:
        check_all(CHANGES, place, done)
