# SPDX-License-Identifier: Apache-2.0
"""Alibaba Cloud's library for Python with its default chain: prints {"ok": true, "id"} or
{"ok": false, "text"}."""
import json

from alibabacloud_credentials.client import Client


def main():
    try:
        credential = Client().get_credential()
        reply = {'ok': True, 'id': credential.access_key_id}
    except Exception as error:  # pylint: disable=broad-except
        reply = {'ok': False, 'text': f'{type(error).__name__}: {error}'}
    print(json.dumps(reply))


main()
