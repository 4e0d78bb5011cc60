# SPDX-License-Identifier: Apache-2.0
"""Every row of tests/inventory.tsv is run by the command, on a fake cloud, and does what it says."""
import collections
import concurrent.futures
import glob
import json
import os
import re

import pytest
from runs import check_all, is_of_clusters, perform

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, '..', '..', 'inventory.tsv')
COLUMNS = ('id', 'kind', 'provider', 'partner', 'given', 'command', 'expected')
AT_ONCE = 6  # most of their time is waiting
IDS = [f'{letter}{number:02}' for letter, last in
       (('E', 26), ('X', 9), ('P', 15), ('I', 33), ('A', 16)) for number in range(1, last + 1)]
# A console's steps, a typing error in the document, and a policy for another product's own use.
WITHOUT_OPERATION = {'E10', 'E26', 'I20', 'I21', 'P05'}

# Where requests of the clouds' own clients are kept, which ours are held against field by field.
GOLDEN = {'eks': ('eks/golden.json', 'eks/golden-keys.json'),
          'iks': ('iks/golden/*.json', 'ibm/golden/*.json'),
          'ack': ('ack/golden/*.json', 'alibaba/golden/openapi.json')}
JUDGED = {'GetCallerIdentity'}  # of Alibaba's STS: by its clients, in alibaba/test_identity.py
OF_SERVER = ('/api/v1/', '/apis/', '/version')
KEY_ID = re.compile('[0-9a-f]{8}-[0-9a-f-]{27}')

Row = collections.namedtuple('Row', COLUMNS)


def read():
    with open(TABLE, encoding='utf-8') as file:
        lines = [line.rstrip('\n').split('\t') for line in file if line.strip() and line[0] != '#']
    assert all(len(line) == len(COLUMNS) for line in lines), [
        line for line in lines if len(line) != len(COLUMNS)]
    return [Row(*line) for line in lines]


ROWS = read()
RUN = [row for row in ROWS if row.command != '-']


def what_of(row):
    return row.partner, row.given, row.command


@pytest.fixture(scope='module')
def results(request, tmp_path_factory, kube):
    """Those that are asked for run side by side; what several rows look at is run once."""
    asked = {item.callspec.params['row'].id for item in request.session.items
             if getattr(item, 'callspec', None) and 'row' in item.callspec.params}
    rows = [row for row in RUN if row.id in asked]
    if any('api' in row.given for row in rows):
        kube()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = {}
        for row in rows:
            if what_of(row) not in done:
                done[what_of(row)] = pool.submit(perform, *what_of(row),
                                                 tmp_path_factory.mktemp(row.id), kube)
        yield done


def test_each_row_of_the_documents_is_there_once():
    assert [row.id for row in ROWS] == IDS


def test_only_rows_without_an_operation_have_no_command():
    assert {row.id for row in ROWS if row.command == '-'} == WITHOUT_OPERATION


def test_each_command_has_something_that_is_expected():
    assert all(row.expected != '-' and row.partner in ('eks', 'iks', 'ack') for row in RUN)


@pytest.mark.parametrize('row', RUN, ids=lambda row: row.id)
def test_the_command_does_what_the_row_says(row, results):
    place, done = results[what_of(row)].result()
    check_all(row.expected, place, done)


def operation_of(request):
    """Its name, or where it has none its method and path."""
    name = request.get('operation') or request.get('action')
    return name or (request['method'], KEY_ID.sub('*', request['path']))


def kept_for(provider):
    """The operations of which a request of an official client is kept."""
    kept = set()
    for pattern in GOLDEN[provider]:
        for path in glob.glob(os.path.join(HERE, '..', pattern)):
            with open(path, encoding='utf-8') as file:
                content = json.load(file)
            kept.update(map(operation_of, content if isinstance(content, list) else [content]))
    return kept


@pytest.mark.parametrize('provider', sorted(GOLDEN))
def test_no_request_for_clusters_is_of_a_kind_that_no_official_client_was_seen_to_send(provider, results):
    sent = set()
    for (partner, _, command), future in results.items():
        if partner == provider and is_of_clusters(command.split()):
            sent.update(operation_of(vars(one) | one.fields) for one in future.result()[1].asked
                        if not one.path.startswith(OF_SERVER))
    assert sent - kept_for(provider) - JUDGED == set()
