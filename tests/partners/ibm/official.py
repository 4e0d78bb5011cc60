# SPDX-License-Identifier: Apache-2.0
"""IBM's library for Python, which finds its credentials in this process's environment: prints
{"ok": true} when it got a token for the service that is named, else {"ok": false, "text"}."""
import json
import sys

from ibm_cloud_sdk_core import get_authenticator_from_environment


def main():
    try:
        authenticator = get_authenticator_from_environment(sys.argv[1])
        if authenticator is None:
            raise ValueError('nothing is configured')
        request = {'headers': {}}
        authenticator.authenticate(request)
        assert request['headers']['Authorization'].startswith('Bearer ')
        reply = {'ok': True}
    except Exception as error:  # pylint: disable=broad-except
        reply = {'ok': False, 'text': str(error)}
    print(json.dumps(reply))


main()
