# SPDX-License-Identifier: Apache-2.0
"""Every row of tests/inventory.tsv is run by the command, on a fake cloud, and does what it says."""
import collections
import concurrent.futures
import os

import pytest
from runs import check_all, perform

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, '..', '..', 'inventory.tsv')
COLUMNS = ('id', 'kind', 'provider', 'partner', 'given', 'command', 'expected')
AT_ONCE = 6  # most of their time is waiting
IDS = [f'{letter}{number:02}' for letter, last in
       (('E', 26), ('X', 9), ('P', 15), ('I', 33), ('A', 16)) for number in range(1, last + 1)]
# A console's steps, a typing error in the document, and a policy for another product's own use.
WITHOUT_OPERATION = {'E10', 'E26', 'I20', 'I21', 'P05'}

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
