# SPDX-License-Identifier: Apache-2.0
"""chosen.py [PROFILE]: which credentials botocore chooses in this environment; one line of JSON as
chosen.c writes it.

    chosen.py endpoints: lines of JSON [service, region, fips, dualstack] on standard input are
    answered by the URL that botocore's rules give, or null.
"""
import hashlib
import json
import sys

import botocore.config
import botocore.session


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def choose(profile):
    try:
        found = botocore.session.Session(profile=profile).get_credentials()
        if found is None:
            return {'code': 'NoCredentials', 'message': ''}
        frozen = found.get_frozen_credentials()
    except Exception as error:  # pylint: disable=broad-except
        return {'code': type(error).__name__, 'message': str(error)}
    return {'id': frozen.access_key, 'secret': hash_of(frozen.secret_key),
            'token': hash_of(frozen.token)}


def endpoint(session, service, region, fips, dual_stack):
    config = botocore.config.Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
    try:
        return session.create_client(service, region_name=region, aws_access_key_id='a',
                                     aws_secret_access_key='b', config=config).meta.endpoint_url
    except Exception:  # pylint: disable=broad-except
        return None


def answer_endpoints():
    session = botocore.session.Session()
    for line in sys.stdin:
        print(json.dumps(endpoint(session, *json.loads(line))), flush=True)


if __name__ == '__main__':
    if sys.argv[1:] == ['endpoints']:
        answer_endpoints()
    else:
        print(json.dumps(choose(sys.argv[1] if sys.argv[1:] else None)))
