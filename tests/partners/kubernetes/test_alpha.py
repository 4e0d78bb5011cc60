# SPDX-License-Identifier: Apache-2.0
"""StorageVersionMigration of v1alpha1, which clusters from 1.30 to 1.34 serve where a gate is open."""
import pytest
from alpha_migrations import AlphaMigrations
from commanding import needs_command, remarks, secrets
from running import Failed, reencrypt, stale

import kubeserver


@pytest.fixture
def alpha(fresh):
    """Makes one, before a cluster whose own server serves no migrations."""
    cluster = fresh(migration='')
    cluster.create_secrets(20, ['a', 'b'])
    cluster.switch_encryption('kms', 'identity')
    made = []

    def make(**ends):
        made.append(AlphaMigrations(cluster, kubeserver.program('alpha'), **ends))
        made[0].config = cluster.kubeconfig('admin', server=made[0].url)
        return made[0]

    yield make
    made[0].close()


def test_a_migration_of_the_alpha_is_made_and_waited_for(alpha):
    migrations = alpha()
    report = reencrypt(migrations.config, mode='migrate')
    assert report['mode'] == 'migrate' and stale(migrations.cluster) == []
    assert [body['spec'] for body in migrations.posted] == [
        {'resource': {'group': '', 'version': 'v1', 'resource': 'secrets'}}]


def test_a_migration_of_the_alpha_that_fails_is_told_with_its_reason(alpha):
    migrations = alpha(ends='Failed', reason='ResourceGone')
    with pytest.raises(Failed) as failed:
        reencrypt(migrations.config, mode='migrate')
    assert 'ResourceGone' in failed.value.text


@needs_command
def test_the_command_has_the_alpha_migrate(alpha):
    migrations = alpha()
    out, err = secrets(migrations.cluster, 'reencrypt', '--mode', 'migrate', user='admin', server=migrations.url)
    assert 'mode: migrate' in out and stale(migrations.cluster) == []
    assert remarks(err).startswith('Nothing is proven by this run.')


@needs_command
def test_the_command_tells_why_the_alpha_did_not_migrate(alpha):
    migrations = alpha(ends='Failed', reason='ResourceGone')
    _, err = secrets(migrations.cluster, 'reencrypt', '--mode', 'migrate', user='admin', server=migrations.url,
                     code=8)
    assert 'ResourceGone' in err
