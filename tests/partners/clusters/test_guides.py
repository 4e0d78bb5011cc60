# SPDX-License-Identifier: Apache-2.0
"""The programs of the guides do what the guides say, on a real API server."""
import os
import re
import subprocess
from datetime import datetime, timezone

import pytest
from ours import environment
from places import KMS, Eks

BUILD = os.path.join(os.path.dirname(os.environ['EVC_FLOW']), '..', '..')
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..')


@pytest.fixture
def program(tmp_path):
    """program(guide, *args): runs the program of that guide; what it wrote to both outputs."""
    def run(guide, *args, **variables):
        with open(os.path.join(SOURCE, 'doc', guide), encoding='utf-8') as file:
            text = re.search('^```c\n(.*?)^```$', file.read(), re.M | re.S)[1]
        (tmp_path / 'program.c').write_text(text)
        folders = ['-I', os.path.join(SOURCE, 'include'), '-I', os.path.join(BUILD, 'include')]
        library = os.path.join(BUILD, 'lib', 'libenvcrypt.so')
        subprocess.run(['cc', '-std=c99', *folders, 'program.c', '-o', 'program', library], cwd=tmp_path, check=True)
        variables['LD_LIBRARY_PATH'] = os.path.dirname(library)
        done = subprocess.run([tmp_path / 'program', *args], cwd=tmp_path, env=environment(tmp_path, **variables),
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done.stdout, done.stderr
    return run


def test_a_cluster_is_encrypted(make, program):
    place = make(Eks)
    place.behind.begin(update_s=2)
    url = place.options['endpoint-url']
    out, err = program('clusters.md', place.uri, place.key, place.name, **place.environment,
                       AWS_ENDPOINT_URL_EKS=url, AWS_ENDPOINT_URL_KMS=url)
    assert out.startswith('proven: ') and 'phase 6' in err
    assert place.stored() == {KMS} and place.changes() == 1


def test_secrets_are_stored_anew(make, program):
    place = make(Eks)
    place.kube.switch_encryption('kms', 'identity')
    since = datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    out, _ = program('secrets.md', place.kube.kubeconfig('reencrypter'), since)
    assert out.startswith('12 stored anew, 0 failed; ') and place.stored() == {KMS}
