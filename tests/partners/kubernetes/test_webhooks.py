# SPDX-License-Identifier: Apache-2.0
"""Webhooks of admission, which the API server asks before each write (row 60)."""
import pytest
from admission_webhook import PATHS, AdmissionWebhook, change, refuse
from children import wait_for
from commanding import needs_command, secrets
from running import reencrypt, stale

REFUSED = {('b', 's-00007'), ('a', 's-00020')}


def asked(cluster, webhook, kind, of='s-00000', selector=None):
    """From now on the server asks the webhook, about that object for one."""
    admin = cluster.client()
    made = admin.request('POST', PATHS[kind], webhook.configuration(kind, cluster.ca, selector))
    assert made.status == 201, made.body

    def heard():
        admin.patch('/api/v1/namespaces/a/secrets/' + of + '?dryRun=All', {})
        return webhook.asked

    wait_for('that the server asks the webhook', heard, children=[cluster.server])


@pytest.fixture
def webhook(fresh):
    """A webhook that lets all through, before forty plain Secrets that are to be encrypted."""
    cluster = fresh(webhooks=True)
    cluster.create_secrets(40, ['a', 'b'])
    cluster.switch_encryption('kms', 'identity')
    with AdmissionWebhook(cluster.certificate('server'), lambda request: None) as one:
        one.cluster = cluster
        yield one


def refuse_two(webhook, code=None, reason=None):
    asked(webhook.cluster, webhook, 'Validating')
    webhook.decide = lambda request: (
        refuse(code, reason, 'this one stays') if (request['namespace'], request['name']) in REFUSED else None)


@pytest.mark.parametrize('code, reason, error', [
    (None, None, 'REQUEST_REFUSED'), (401, 'Unauthorized', 'AUTH'), (403, 'Forbidden', 'DENIED'),
    (404, 'NotFound', 'KUBE_NOT_FOUND'), (409, 'Conflict', 'KUBE_CONFLICT'), (422, 'Invalid', 'KUBE_INVALID')])
def test_what_a_webhook_refuses_is_named_and_the_rest_is_done(webhook, code, reason, error):
    refuse_two(webhook, code, reason)
    report = reencrypt(webhook.cluster.kubeconfig('reencrypter'), mode='rewrite', page=10)
    assert {(f['namespace'], f['name'], f['code']) for f in report['failures']} == {
        (*of, error) for of in REFUSED}
    assert report['figures']['failed'] == 2 and report['outcome'] != 'proven'
    assert len(stale(webhook.cluster)) == 2


def test_what_a_webhook_that_is_away_guards_is_named_and_the_rest_is_done(fresh):
    cluster = fresh(webhooks=True)
    cluster.create_secrets(20, ['a'])
    guarded = {f'guarded-{number}' for number in range(2)}
    for name in guarded:
        cluster.client().request('POST', '/api/v1/namespaces/a/secrets', {
            'metadata': {'name': name, 'labels': {'guarded': 'yes'}}})
    cluster.switch_encryption('kms', 'identity')
    with AdmissionWebhook(cluster.certificate('server'), lambda request: None) as webhook:
        asked(cluster, webhook, 'Validating', 'guarded-0', {'matchLabels': {'guarded': 'yes'}})
    report = reencrypt(cluster.kubeconfig('reencrypter'), mode='rewrite', page=10)
    assert {(f['name'], f['code']) for f in report['failures']} == {(name, 'SERVICE_DOWN') for name in guarded}
    assert all('InternalError' in f['message'] for f in report['failures']) and len(stale(cluster)) == 2


@needs_command
def test_the_command_lists_what_a_webhook_refuses_and_ends_as_partial(webhook):
    refuse_two(webhook, 403, 'Forbidden')
    out, err = secrets(webhook.cluster, 'reencrypt', '--no-journal', code=6)
    assert all(name in out for _, name in REFUSED) and 'DENIED' in out and 'once more' in err


def test_a_webhook_that_changes_what_passes_is_no_obstacle(webhook):
    asked(webhook.cluster, webhook, 'Mutating')
    webhook.decide = lambda request: change(
        {'op': 'add', 'path': '/metadata/labels', 'value': {'passed': 'yes'}})
    report = reencrypt(webhook.cluster.kubeconfig('reencrypter'), mode='rewrite')
    assert report['figures']['failed'] == 0 and stale(webhook.cluster) == []


def test_a_change_by_a_webhook_is_not_taken_for_a_sign_of_keys(fresh):
    """The key id stays, so nothing is stored anew for an empty patch, but for what the webhook adds."""
    cluster = fresh(webhooks=True, constant=True)
    cluster.switch_encryption('kms', 'identity')
    cluster.create_secrets(10, ['a'])
    cluster.rotate_key(constant=True)
    numbers = iter(range(10**6))
    with AdmissionWebhook(cluster.certificate('server'), lambda request: None) as webhook:
        asked(cluster, webhook, 'Mutating')
        webhook.decide = lambda request: change(
            {'op': 'add', 'path': '/metadata/labels', 'value': {'passed': f'n{next(numbers)}'}})
        report = reencrypt(cluster.kubeconfig('reencrypter'), mode='rewrite')
    assert report['outcome'] != 'proven', report['outcome_reason']
