# SPDX-License-Identifier: Apache-2.0
"""What `envcrypt cluster` tells people and programs: the report as text and JSON, what goes on meanwhile on
a terminal and off it, what an interrupted command leaves, and what a person has to type."""
import json
import os
import re
import signal
import socket
import time

import pytest
from clouds import LATER, OTHER, REGION, Ack, Counting, Eks, Iks, on_terminal, provide
from conftest import Folder
from terminal import Terminal

aws, ibm, alibaba = provide(Eks), provide(Iks), provide(Ack)
DOCUMENT = os.path.join(os.environ['EVC_SOURCE'], 'doc', 'clusters.md')
TIME = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'


def rows(text):
    """{title: value} of the lines of two columns."""
    return dict(re.findall(r'^([a-z][a-z ]*?)  +(\S.*)$', text, re.M))


def kept_report(provider):
    folder = provider.folder / '.local/state/envcrypt'
    return os.path.join(folder, next(name for name in os.listdir(folder) if 'report' in name))


class Change:
    """An enabling, from its request to its report, which takes ten seconds: what each command printed."""

    def __init__(self, provider):
        self.provider = provider
        self.begun = provider.run('cluster', 'enable', provider.uri, '--key', provider.key, LATER, '--yes', '--no-wait')
        self.line = next(line for line in self.begun.err.splitlines() if 'cluster wait' in line).strip()
        time.sleep(1.1)
        self.waited = provider.folder.run(*self.line.split()[1:], environment=provider.environment)
        self.done = provider.run('cluster', 'enable', provider.uri, '--key', provider.key, LATER, '--yes')
        self.report = provider.run('cluster', 'report', provider.uri)
        self.json = provider.run('cluster', 'report', provider.uri, '--json')
        self.kept = json.loads(self.json.text)['report']


@pytest.fixture(name='change', scope='module')
def changed(tmp_path_factory):
    provider = Eks(Folder(tmp_path_factory.mktemp('change')))
    yield Change(provider)
    provider.stop()


# --- the report ---

def test_report_for_eyes_has_all_of_the_change(change):
    text, kept, key = change.report.text, change.kept, change.provider.key
    told = rows(text)
    assert told['cluster'] == 'prod' and told['id'] == kept['cluster']['id'] and told['account'] == '111122223333'
    assert (told['asked'], told['wanted key']) == ('enable', key)
    assert (told['update id'], told['request id']) == (kept['update']['id'], kept['update']['request_id'])
    for title in ('began', 'sent'):
        assert re.fullmatch(TIME, told[title])
    for title in ('ended', 'done'):
        assert re.fullmatch(TIME + r' \(after \d+ (ms|s|min \d\d s)\)', told[title])
    assert told['tool'] == 'envcrypt ' + kept['version']
    assert re.search(r'^Phases:\nreading +' + TIME + r' +\d+ (ms|s)$', text, re.M)
    assert re.search(r'^Evidence:\nseen +cluster status +the cluster is ACTIVE$', text, re.M)
    assert f'outcome: not proven: {kept["outcome_reason"]}\n' in text
    assert f'next: {kept["next"]}\n' in text
    assert not re.search(r'[{}"]', text)


def test_report_is_what_the_end_of_the_change_told(change):
    assert change.report.text == change.done.text


def test_report_for_programs_is_one_object(change):
    assert len(change.json.text.splitlines()) == 1
    assert json.loads(change.json.text)['event'] == 'report' and change.kept['verb'] == 'enable'
    phases = change.kept['phases']
    assert phases[0]['phase'] == 'reading' and len(phases) > 1
    assert all(phase['ms'] >= 0 and re.fullmatch(TIME, phase['began']) for phase in phases)


def test_report_tells_trouble_notes_and_what_is_next(aws):
    """Of a report that another machine kept, say."""
    aws.begin()
    path = kept_report(aws)
    with open(path, encoding='utf-8') as file:
        report = json.load(file)
    report.update(version='9.9.9', notes=['a note of its own'], next='do that', outcome='contradicted',
                  outcome_reason='a/x is plain', evidence=[{'fact': 'Secrets', 'result': 'contrary', 'detail': 'plain'}])
    report['cluster']['issues'] = [{'code': 'KmsKeyDisabled', 'message': 'it is off', 'what-to-do': 'enable it',
                                    'about-key': 'yes'}]
    report['secrets'] = {'phase': 'ended', 'mode': 'rewrite', 'mode_reason': 'as asked', 'outcome': 'contradicted',
                         'outcome_reason': 'a/x is plain', 'figures': {'listed': 40, 'rewritten': 39, 'failed': 1},
                         'failures': [{'namespace': 'a', 'name': 'x', 'code': 'ENVCRYPT_E_DENIED', 'message': 'no'}]}
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(report, file)
    text = aws.run('cluster', 'report', aws.uri).text
    assert rows(text)['tool'] == 'envcrypt 9.9.9'
    assert re.search('^objects +40$', text, re.M) and re.search('^stored anew +39$', text, re.M)
    assert re.search('^failed +1$', text, re.M) and 'a/x: ENVCRYPT_E_DENIED' in text
    for line in ('issue: KmsKeyDisabled: it is off', '       enable it', 'contrary  Secrets  plain',
                 'outcome: contradicted: a/x is plain', 'note: a note of its own', 'next: do that'):
        assert line in text.splitlines()


def test_report_that_is_none_is_refused(aws):
    aws.begin()
    with open(kept_report(aws), 'w', encoding='utf-8') as file:
        file.write('{"provider": "x"}')
    for form in ((), ('--json',)):
        result = aws.run('cluster', 'report', aws.uri, *form, code=4)
        assert 'ENVCRYPT_E_JSON' in result.err and 'no report of a cluster' in result.err


# --- what goes on, off a terminal ---

def documented():
    """The event in the page."""
    with open(DOCUMENT, encoding='utf-8') as file:
        return json.loads(re.search(r'^```json\n(\{"event": "progress".*?)^```$', file.read(), re.M | re.S)[1])


def events(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith('{')]


def test_events_go_to_standard_error_and_have_what_is_documented(change):
    told, example = events(change.waited.err), documented()
    for event in told:
        assert list(event) == list(example)
        assert event['event'] == 'progress' and re.fullmatch(TIME, event['time']) and event['seconds'] >= 0
        assert (event['cluster'], event['secrets']) == (change.provider.uri, None)
    assert [event['phase'] for event in told][:2] == ['reading', 'waiting'] and told[-1]['phase'] == 'ended'
    assert (told[1]['verb'], told[1]['update_phase'], told[1]['detail']) == ('enable', 'running', 'EKS works on it')
    assert told[-1]['seconds'] > 5 and told[-1]['update_phase'] == 'done'
    assert told[-1]['update_id'] == change.kept['update']['id']
    assert '{' not in change.waited.text


def test_last_event_of_a_change_tells_its_outcome(change):
    outcomes = [event['outcome'] for event in events(change.done.err)]
    assert outcomes[-1] == 'not_proven' and set(outcomes[:-1]) == {None}


def test_verification_tells_events_too(aws):
    aws.encrypt()
    told = events(aws.run('cluster', 'verify', aws.uri, code=None).err)
    assert (told[0]['phase'], told[-1]['phase'], told[-1]['verb']) == ('reading', 'ended', 'verify')


def test_with_json_everything_goes_to_standard_output(aws):
    aws.encrypt()
    result = aws.run('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes', '--json')
    told = events(result.text)
    assert told[-1]['event'] == 'report' and told[0]['event'] == 'progress'
    assert told[0]['report']['phase'] == 'reading' and result.err == ''


def test_quiet_tells_no_event(aws):
    aws.encrypt()
    assert aws.run('cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--yes', '--quiet').err == ''


# --- what goes on, on a terminal ---

def test_terminal_that_clears_no_line_gets_words(aws):
    aws.begin()
    aws.environment['TERM'] = 'dumb'
    screen = on_terminal(aws, 'cluster', 'wait', aws.uri)
    seen = screen.expect('waiting: EKS works on it')
    screen.send('\x03')
    assert screen.end() == -signal.SIGINT
    assert 'reading\r\n' in seen and '\033' not in seen and '{' not in seen


@pytest.mark.parametrize('words, code', [
    (['status', f'eks://{REGION}/mine'], 0), (['list', f'eks://{REGION}'], 0), (['keys', f'eks://{REGION}'], 0),
    (['plan', f'eks://{REGION}/prod', LATER, '--key', 'KEY'], 0),
])
def test_terminal_of_80_columns_is_not_overrun(aws, words, code):
    aws.encrypt('mine')
    words = [aws.key if word == 'KEY' else word for word in words]
    screen = Terminal(aws.folder.path, 'cluster', *words, *aws.ways, columns=80, environment=aws.environment)
    assert screen.end() == code
    lines = screen.seen.replace('\r', '').splitlines()
    assert [line for line in lines if len(line) > 80 and ' ' in line.strip()] == []
    assert aws.key in screen.seen


def test_pipe_gets_whole_lines_without_escapes(aws):
    aws.encrypt('mine')
    text = aws.run('cluster', 'plan', f'eks://{REGION}/mine', '--key', aws.key, LATER).text
    assert re.search(r'^ok +kms:CreateGrant +R10 +the caller may make a grant on the key \(asked by a dry run, which '
                     r'made none\)$', text, re.M)
    assert '\033' not in text


# --- the plan ---

@pytest.fixture(name='api')
def api_server():
    server = Counting(120)
    yield server
    server.stop()


def plan(provider, api, *words):
    """Of text and JSON, which say the same: {step: (request, effect, warning)}."""
    way = api.kubeconfig(provider.folder)
    text = provider.run('cluster', 'plan', *words, *way).text
    steps = provider.report('cluster', 'plan', *words, *way)['steps']
    for step in steps:
        assert all(part in text for part in (step['request'], step['effect'], step['warning']) if part)
    assert not any(line.startswith('PATCH') for line in api.asked)
    return {step['step']: (step['request'] or '', step['effect'], step['warning'] or '') for step in steps}


REWRITTEN = '120 Secrets are stored anew{}, each once; whoever watches Secrets is sent each of them again, about 480 KiB'


def test_plan_on_eks_has_all_that_a_person_must_know(aws, api):
    aws.fake.control(clusters=[{'name': 'prod', 'endpoint': api.url}])
    steps = plan(aws, api, aws.uri, '--key', aws.key)
    request, _, warning = steps['enable']
    assert request == ('POST /clusters/prod/encryption-config/associate {"encryptionConfig":[{"resources":["secrets"],'
                       '"provider":{"keyArn":"' + aws.key + '"}}]}')
    assert 'cannot be undone' in warning and 'degraded' in warning and '30 days' in warning and 'deleted' in warning
    assert steps['wait'][0] == 'GET /clusters/prod/updates/ID'
    assert 'asks KMS when' in steps['cost'][1] and 'charges' in steps['cost'][1]
    assert steps['re-encrypt'][0].startswith('PATCH ') and 'GitOps' in steps['re-encrypt'][2]
    assert REWRITTEN.format('') in steps['re-encrypt'][1]
    assert aws.changes() == []


def test_plan_on_ibm_has_all_that_a_person_must_know(ibm, api):
    ibm.cluster.kube['server'] = api.url
    steps = plan(ibm, api, *ibm.wanted)
    request, effect, warning = steps['enable']
    assert json.loads(request.removeprefix('POST /v2/enableKMS ')) == {
        'cluster': ibm.cluster.id, 'crk_id': ibm.key, 'instance_id': ibm.instance, 'private_endpoint': True}
    assert 'cannot be switched off again' in effect and 'master may be unavailable' in warning
    assert 'Never delete the root key' in warning and 'While it is disabled no Secret can be read' in warning
    assert steps['wait'][0] == 'GET /v2/getCluster?cluster=' + ibm.cluster.id
    assert 'asks Key Protect' in steps['cost'][1] and 'charged' in steps['cost'][1]
    assert REWRITTEN.format(' by the provider') in steps['Secrets'][1]
    assert 're-encrypt' not in steps and ibm.changes() == []


def test_plan_on_ack_has_all_that_a_person_must_know(alibaba, api):
    alibaba.cluster.endpoint = api.url
    steps = plan(alibaba, api, alibaba.uri, '--key', 'alibaba-kms:///' + alibaba.key)
    request, _, warning = steps['enable']
    assert request == (f'PUT /clusters/{alibaba.cluster.id}/kms {{"disable_encryption":false,"kms_key_id":"'
                       + alibaba.key.rpartition('/')[2] + '"}')
    assert 'never disable or delete the key' in warning and 'lost' in warning
    costs = next(parts for step, parts in steps.items() if step.startswith('cost'))
    assert 'ten thousand' in costs[1] and 'seven days' in costs[2]
    assert REWRITTEN.format('') in steps['re-encrypt'][1] and 'GitOps' in steps['re-encrypt'][2]


def test_plan_of_other_verbs_has_what_the_key_means_too(aws):
    aws.encrypt('mine')
    for words in (('rotate', 'mine'), ('create', 'fresh', '--key', aws.key, '--set', 'subnets=subnet-0a,subnet-0b',
                                      '--set', 'role-arn=arn:aws:iam::111122223333:role/eks')):
        verb, name, *more = words
        text = aws.run('cluster', 'plan', f'eks://{REGION}/{name}', '--for', verb, LATER, *more).text
        assert '30 days' in text and 'deleted the cluster is lost' in text and 'asks KMS when' in text


# --- what is typed ---

@pytest.mark.parametrize('typed', ['\x04', '\n', 'prod2\n', 'yes\n'])
def test_only_the_name_goes_on(aws, typed):
    screen = on_terminal(aws, 'cluster', 'enable', aws.uri, '--key', aws.key, LATER, '--no-wait')
    screen.expect('Type the name of the cluster (prod) to go on: ')
    screen.send(typed)
    assert screen.end() == 5
    assert 'ENVCRYPT_E_CONFIRMATION' in screen.seen
    assert aws.changes() == []


def test_without_terminal_each_change_prints_its_plan_and_has_a_code_of_its_own(alibaba):
    alibaba.cluster.key = alibaba.key
    other = next(key.arn for key in alibaba.fake.kms.keys.values() if key.arn != alibaba.key
                 and (key.spec, key.state) == ('Aliyun_AES_256', 'Enabled'))
    for words in (['disable', alibaba.uri], ['rotate', alibaba.uri, '--key', 'alibaba-kms:///' + other]):
        result = alibaba.run('cluster', *words, LATER, code=11)
        assert f'PUT /clusters/{alibaba.cluster.id}/kms' in result.text
        assert '--yes' in result.err and 'nothing was done' in result.err


# --- what an interrupted command leaves ---

def wait_line(provider, update=None):
    way = ' '.join(provider.ways)
    return f'envcrypt cluster wait {provider.uri}' + (f' --update-id {update}' if update else '') + ' ' + way


def test_no_wait_prints_the_update_and_the_very_command_that_waits(change):
    update = rows(change.begun.text)['update id']
    assert change.line == wait_line(change.provider, update)
    told = rows(change.waited.text)
    assert (told['change'], told['update id']) == ('done', update)


def test_command_that_waits_has_the_region_that_a_flag_told(aws):
    err = aws.run('cluster', 'enable', '--cluster', 'prod', '--region', REGION, '--key-arn', aws.key, LATER, '--yes',
                  '--no-wait', '--state-dir', 'state').err
    line = next(line for line in err.splitlines() if 'cluster wait' in line).split()
    assert line[3] == aws.uri and '--region' not in line and line[-2:] == ['--state-dir', 'state']


def interrupt(provider, until, *words):
    """Ctrl-C on a terminal; what was seen after it."""
    screen = on_terminal(provider, 'cluster', *words)
    screen.expect(until)
    time.sleep(0.2)
    screen.seen = ''
    screen.send('\x03')
    assert screen.end() == -signal.SIGINT
    return screen.seen.replace('\r', '')


def test_interrupted_enable_says_how_to_wait(aws):
    aws.fake.control(update_s=600)
    seen = interrupt(aws, 'EKS works on it', 'enable', aws.uri, '--key', aws.key, LATER, '--yes')
    assert wait_line(aws, aws.fake.fake.named('prod').updates[-1].id) in seen
    assert 'The same command waits too, sends nothing twice' in seen
    assert len(aws.changes()) == 1


def test_interrupted_wait_says_how_to_wait(aws):
    aws.fake.control(update_s=600)
    aws.begin()
    seen = interrupt(aws, 'EKS works on it', 'wait', aws.uri)
    assert wait_line(aws, aws.fake.fake.named('prod').updates[-1].id) in seen


def test_interrupted_create_says_how_to_wait(aws):
    seen = interrupt(aws, 'EKS makes the cluster', 'create', f'eks://{REGION}/fresh', '--key', aws.key, '--yes', '--set',
                     'role-arn=arn:aws:iam::111122223333:role/eks', '--set', 'subnets=subnet-0a,subnet-0b')
    assert f'envcrypt cluster wait eks://{REGION}/fresh ' in seen


def test_interrupted_rotation_says_how_to_wait(aws):
    aws.encrypt()
    aws.fake.fake.on_rotated = lambda arn: time.sleep(30)
    seen = interrupt(aws, 'KMS rotates the key', 'rotate', aws.uri, LATER, '--yes')
    assert wait_line(aws) in seen and len(aws.fake.requests('RotateKeyOnDemand')) == 1


def test_interrupted_change_on_ack_says_how_to_wait(alibaba):
    alibaba.cluster.key = alibaba.key
    alibaba.cluster.pace = {'take_s': 600}
    seen = interrupt(alibaba, 'waiting', 'disable', alibaba.uri, LATER, '--yes')
    assert wait_line(alibaba) in seen


def test_interrupted_enable_on_ibm_says_how_to_wait(ibm):
    seen = interrupt(ibm, 'waiting', 'enable', *ibm.wanted, '--yes')
    assert f'envcrypt cluster wait {ibm.uri} ' in seen
    assert len(ibm.changes()) == 1


@pytest.fixture(name='silent')
def silent_server(aws):
    """An API server of the cluster prod that takes connections and never says a word."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        url = f'https://127.0.0.1:{server.getsockname()[1]}'
        aws.fake.control(clusters=[{'name': 'prod', 'key': aws.key, 'endpoint': url}])
        aws.folder.write('kubeconfig', f'''apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: k, cluster: {{server: "{url}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: k, user: u}}}}]
'''.encode())
        yield ('--kubeconfig', 'kubeconfig')


def test_interrupted_reencryption_says_that_the_same_command_goes_on(aws, silent):
    aws.environment['TERM'] = 'dumb'
    seen = interrupt(aws, 'storing Secrets anew', 'reencrypt', aws.uri, *silent)
    assert 'The same command goes on where this one stopped' in seen


def test_interrupted_verification_says_that_the_same_command_begins_anew(aws, silent):
    aws.environment['TERM'] = 'dumb'
    seen = interrupt(aws, 'gathering what is proven', 'verify', aws.uri, *silent)
    assert 'A verification leaves nothing behind' in seen


def test_enable_that_is_interrupted_before_its_request_says_that_nothing_changed(aws, silent):
    url = re.search('"(https.*)"', aws.folder.read('kubeconfig').decode())[1]
    aws.fake.control(clusters=[{'name': 'prod', 'endpoint': url}])
    aws.environment['TERM'] = 'dumb'
    seen = interrupt(aws, 'checking', 'enable', aws.uri, '--key', aws.key, '--yes', *silent)
    assert 'Nothing was changed at the provider' in seen and aws.changes() == []


# --- exit codes of status ---

def status(provider, code, *words):
    """The text and what is next."""
    text = provider.run('cluster', 'status', *words, code=code).text
    return text, text.partition('next: ')[2]


def test_degraded_cluster_has_an_exit_code_and_a_next_step(aws):
    aws.encrypt('sick')
    aws.fake.fake.keys[(REGION, aws.key.rpartition('/')[2])].grants.clear()
    text, after = status(aws, 16, f'eks://{REGION}/sick')
    assert 'issue: KmsGrantRevoked' in text and 'see the issues' in after


def test_each_way_to_stand_says_what_is_next(aws, alibaba):
    aws.fake.control(update_s=600, clusters=[{'name': 'mine', 'key': aws.key}, {'name': 'sick', 'key': aws.other},
                                             {'name': 'busy', 'status': 'UPDATING'}])
    aws.run('key', 'disable', aws.other, '--confirm', 'busy,sick')
    assert status(aws, 0, f'eks://{REGION}/mine')[1] == ''
    assert 'cluster enable --key' in status(aws, 12, f'eks://{REGION}/prod')[1]
    assert 'cluster enable --key' in status(aws, 13, f'eks://{REGION}/old')[1]
    assert status(aws, 14, f'eks://{REGION}/mine', '--key', aws.other)[1]
    assert 'wait' in status(aws, 15, f'eks://{REGION}/busy')[1]
    assert 'key enable' in status(aws, 17, f'eks://{REGION}/sick')[1]
    alibaba.cluster.spec = 'ack.standard'
    assert status(alibaba, 18, alibaba.uri)[1]


# --- several Regions ---

def test_status_looks_for_a_name_in_several_regions(aws):
    aws.fake.control(clusters=[{'name': 'twin', 'key': aws.key}, {'name': 'twin', 'region': OTHER}])
    where = f'eks://{REGION},{OTHER}/twin'
    told = aws.events('cluster', 'status', where, code=12)
    assert [(event['event'], event['report']['cluster']['region'], event['report']['standing']) for event in told] == [
        ('report', REGION, 'as-wanted'), ('report', OTHER, 'default-key')]
    for words in ((where,), ('eks:///twin', '--region', f'{REGION},{OTHER}')):
        text = aws.run('cluster', 'status', *words, code=12).text
        assert re.findall('^region +(.*)$', text, re.M) == [REGION, OTHER]


def test_region_without_the_cluster_is_named_and_no_failure(aws):
    aws.encrypt('mine')
    result = aws.run('cluster', 'status', f'eks://{OTHER},{REGION}/mine')
    assert OTHER in result.err and re.findall('^region +(.*)$', result.text, re.M) == [REGION]
    assert 'ENVCRYPT_E_CLUSTER_NOT_FOUND' in aws.run('cluster', 'status', f'eks://{OTHER},{REGION}/none', code=2).err


def test_region_that_cannot_be_looked_at_is_named_and_the_others_are(aws):
    aws.encrypt('mine')
    aws.fake.control(denied=[OTHER + '/DescribeCluster'])
    result = aws.run('cluster', 'status', f'eks://{OTHER},{REGION}/mine', code=6)
    assert f'eks://{OTHER}/mine' in result.err and 'ENVCRYPT_E_DENIED' in result.err
    assert re.findall('^region +(.*)$', result.text, re.M) == [REGION]
    told = aws.events('cluster', 'status', f'eks://{OTHER},{REGION}/mine', code=6)
    assert (told[0]['status'], told[0]['error'], told[1]['event']) == ('failed', 'ENVCRYPT_E_DENIED', 'report')
    aws.run('cluster', 'status', f'eks://{OTHER}/mine', code=3)


def test_what_changes_takes_one_region(aws):
    for verb in ('enable', 'verify', 'plan'):
        err = aws.run('cluster', verb, f'eks://{REGION},{OTHER}/prod', '--key', aws.key, code=2).err
        assert 'one cluster is in one Region' in err
    assert 'a comma too many' in aws.run('cluster', 'status', f'eks://{REGION},,{OTHER}/prod', code=2).err


def test_status_and_list_on_ack_go_over_regions(alibaba):
    alibaba.cluster.key = alibaba.key
    text = alibaba.run('cluster', 'status', f'ack://cn-beijing,{alibaba.cluster.region}/{alibaba.cluster.id}', code=None).text
    assert rows(text)['key'] == alibaba.key and rows(text)['health'] == 'no trouble is reported'
    listed = alibaba.rows('cluster', 'list', f'ack://cn-beijing,{alibaba.cluster.region}', '--uses', alibaba.key)
    assert [(row['name'], row['region'], row['key']) for row in listed] == [
        (alibaba.cluster.name, alibaba.cluster.region, alibaba.key)]


def test_ibm_has_no_regions_to_go_over(ibm):
    assert 'without a Region' in ibm.run('cluster', 'status', ibm.uri, '--region', 'us-south', code=2).err
    assert [row['region'] for row in ibm.rows('cluster', 'list', 'iks://')] == ['us-south']


def test_list_says_what_to_do_with_each_cluster(aws):
    aws.encrypt('sick')
    aws.run('key', 'disable', aws.key, '--confirm', 'sick')
    text = aws.run('cluster', 'list', aws.place).text
    assert re.search(r'^sick +' + REGION + r' +ACTIVE +own +disabled +KmsKeyDisabled', text, re.M)
    assert re.search(f'^{REGION}/sick: .*enable', text, re.M) and re.search(f'^{REGION}/old: ', text, re.M)
