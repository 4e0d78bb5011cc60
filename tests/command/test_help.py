# SPDX-License-Identifier: Apache-2.0
"""Help, completion and the man page say the same and teach."""
import os
import re
import shutil
import subprocess

import pytest

SOURCE = os.environ['EVC_SOURCE']
STORE_COMMANDS = ['create', 'list', 'add', 'rotate', 'disable', 'enable', 'destroy', 'import',
                  'protect', 'unprotect', 'recover', 'check', 'rewrap']
KEY_COMMANDS = ['list', 'describe', 'create', 'policy', 'rotate', 'check', 'run', 'disable', 'enable',
                'schedule-deletion', 'cancel-deletion']
CLUSTER_COMMANDS = ['list', 'status', 'keys', 'permissions', 'preflight', 'plan', 'create', 'enable', 'wait',
                    'reencrypt', 'verify', 'rotate', 'disable', 'report']
SECRETS_COMMANDS = ['reencrypt', 'verify']
ETCD_COMMANDS = ['inspect', 'census', 'decrypt']
CONFIG_COMMANDS = ['explain', 'check', 'generate']
COMMANDS = ['encrypt', 'decrypt', 'inspect', 'rewrap', 'cat', 'seal', 'open', 'completion']
ALL = ([('keystore', name) for name in STORE_COMMANDS] + [('key', name) for name in KEY_COMMANDS]
       + [('secrets', name) for name in SECRETS_COMMANDS] + [('etcd', name) for name in ETCD_COMMANDS]
       + [('k8s', 'config', name) for name in CONFIG_COMMANDS]
       + [('cluster', name) for name in CLUSTER_COMMANDS] + [(name,) for name in COMMANDS])
CHANGES = [('cluster', name) for name in ('create', 'enable', 'rotate', 'disable')]
PROOFS = CHANGES + [('cluster', 'reencrypt'), ('cluster', 'verify'), ('secrets', 'reencrypt'), ('secrets', 'verify')]
# Exit codes that only some commands end with.
RARE = {'6': CHANGES + [('inspect',), ('rewrap',), ('secrets', 'reencrypt'), ('secrets', 'verify'),
                        ('etcd', 'inspect'), ('cluster', 'list'), ('cluster', 'status'), ('cluster', 'reencrypt')],
        '7': [('inspect',)], '9': PROOFS, '10': PROOFS, '11': CHANGES + [('cluster', 'verify')],
        **{str(code): [('cluster', 'status')] for code in range(12, 19)}}


def sections(text):
    """{title: {option}} of a help text."""
    found, title = {}, None
    for line in text.splitlines():
        if re.match(r'\w.*:$', line):
            title = line[:-1]
        option = re.match(r'  (?:-\w, |    )--([a-z0-9-]+)', line)
        if option and title:
            found.setdefault(title, set()).add(option.group(1))
    return found


@pytest.mark.parametrize('words', ALL, ids=' '.join)
def test_command_help_shows_an_example(folder, words):
    text = folder.run(*words, '--help').text
    assert text.startswith('usage: envcrypt ' + ' '.join(words))
    assert re.search(r'^  envcrypt .*' + words[-1] + '| envcrypt ' + words[-1], text, re.M)
    assert max(map(len, text.splitlines())) <= 90


@pytest.mark.parametrize('words', ALL, ids=' '.join)
def test_help_word_is_the_same_as_the_option(folder, words):
    assert folder.run('help', *words).out == folder.run(*words, '--help').out


@pytest.mark.parametrize('words', ALL + [()], ids=' '.join)
def test_help_shows_the_exit_codes_of_the_man_page(folder, words):
    with open(os.path.join(SOURCE, 'doc/man/envcrypt.1'), encoding='utf-8') as file:
        section = file.read().partition('.Sh EXIT STATUS')[2].partition('.Sh ')[0]
    shown = re.findall(r'^ +(\d+)  \w', folder.run(*words, '--help').text.partition(
        'Exit codes:')[2], re.M)
    page = re.findall(r'^\.It (\d+)$', section, re.M)
    if words[-1:] == ('completion',):
        assert shown == ['0', '1', '2']
    else:
        assert shown == [code for code in page
                         if not words or words in RARE.get(code, [words])]


def test_overview_names_every_command(folder):
    text = folder.run('--help').text
    for name in COMMANDS + STORE_COMMANDS + KEY_COMMANDS + CLUSTER_COMMANDS + SECRETS_COMMANDS + ETCD_COMMANDS + CONFIG_COMMANDS:
        assert re.search(rf'\b{name}\b', text)
    assert folder.run('help').text == text


def test_group_help_names_its_commands(folder):
    text = folder.run('keystore', '--help').text
    assert [c for c in STORE_COMMANDS if not re.search(rf'^  {c} ', text, re.M)] == []
    text = folder.run('key', '--help').text
    assert [c for c in KEY_COMMANDS if not re.search(rf'^  {c} ', text, re.M)] == []
    text = folder.run('cluster', '--help').text
    assert [c for c in CLUSTER_COMMANDS if not re.search(rf'^  {c} ', text, re.M)] == []
    text = folder.run('secrets', '--help').text
    assert [c for c in SECRETS_COMMANDS if not re.search(rf'^  {c} ', text, re.M)] == []
    text = folder.run('etcd', '--help').text
    assert [c for c in ETCD_COMMANDS if not re.search(rf'^  {c} ', text, re.M)] == []
    text = folder.run('k8s', '--help').text
    assert [c for c in CONFIG_COMMANDS if not re.search(rf'^  config {c} ', text, re.M)] == []
    assert folder.run('k8s', 'config', '--help').text == text
    assert folder.run('help', 'k8s', 'config').text == text
    assert folder.run('k8s', 'config', code=2).text == text


def test_no_command_is_a_usage_error_with_help(folder):
    assert 'Commands:' in folder.run(code=2).err


def test_version(folder):
    assert re.fullmatch(r'envcrypt \d+\.\d+\.\d+\n', folder.run('--version').text)


@pytest.mark.parametrize('words, meant', [
    (['encrpyt'], 'envcrypt encrypt'),
    (['keystroe'], 'envcrypt keystore'),
    (['keystore', 'rotat'], 'envcrypt keystore rotate'),
    (['rotate'], 'envcrypt keystore rotate'),
    (['reencrypt'], 'envcrypt secrets reencrypt'),
    (['cluster', 'stauts'], 'envcrypt cluster status'),
    (['secrets', 'reencrpt'], 'envcrypt secrets reencrypt'),
    (['k8s', 'config', 'chekc', 'x'], 'envcrypt k8s config check'),
    (['k8s', 'confg', 'check', 'x'], 'envcrypt k8s config check'),
    (['secrets', 'verify', '--kubecfg', 'x'], '--kubeconfig'),
    (['encrypt', '--contxt', 'a=b'], '--context'),
    (['keystore', 'create', 'x', '--keyfile', 'y'], '--key-file'),
])
def test_slip_of_the_fingers_is_named(folder, words, meant):
    err = folder.run(*words, code=2).err
    assert 'did you mean' in err and meant in err


@pytest.mark.parametrize('words, told', [
    (['frobnicate'], '--help'),
    (['encrypt', '--zzzzzzz'], '--help'),
    (['encrypt', '-Z'], 'no option -Z'),
    (['encrypt', '-Z'], 'begin with - go behind --'),
    (['encrypt', '--passphrase=secret'], 'others can see arguments'),
    (['encrypt', '--key'], 'needs a value'),
    (['encrypt', '--force=1'], 'takes no value'),
    (['keystore', 'list', 'x', '--pass'], 'several'),
    (['keystore', 'rotate', 'x'], 'usage: envcrypt keystore rotate STORE NAME'),
    (['encrypt', 'a', 'b'], 'usage: envcrypt encrypt [FILE]'),
    (['encrypt', '--output', 'a', '--output', 'b'], 'twice'),
    (['encrypt', '--timeout', '0'], 'seconds'),
    (['encrypt'] + ['-c', 'a=b'] * 129, 'more than 128 times'),
    (['completion', 'tcsh'], 'bash, zsh and fish'),
])
def test_wrong_command_line_is_explained(folder, words, told):
    assert told in folder.run(*words, code=2).err


def test_value_of_an_unknown_option_is_not_repeated(folder):
    assert 'geheim' not in folder.run('encrypt', '--pasphrase=geheim', code=2).err


@pytest.mark.parametrize('shell', ['bash', 'zsh', 'fish'])
def test_completion_script_is_valid(folder, shell):
    script = folder.run('completion', shell).out
    assert all(name.encode() in script
               for name in COMMANDS + STORE_COMMANDS + KEY_COMMANDS + CLUSTER_COMMANDS + SECRETS_COMMANDS
               + ETCD_COMMANDS + CONFIG_COMMANDS)
    if not shutil.which(shell):
        pytest.skip(f'apt-get install {shell}')
    option = '--no-execute' if shell == 'fish' else '-n'
    subprocess.run([shell, option, folder.write('script', script)], cwd=folder.path, check=True)


def complete(folder, *words):
    """What bash offers for the last word."""
    folder.write('script', folder.run('completion', 'bash').out)
    line = ' '.join(f"'{w}'" for w in words)
    done = subprocess.run(
        ['bash', '-c', f'. ./script; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; '
         '_envcrypt; printf "%s\\n" "${COMPREPLY[@]}"'],
        cwd=folder.path, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split()


def test_bash_completes_commands_options_and_choices(folder):
    assert complete(folder, 'envcrypt', 'enc') == ['encrypt']
    assert complete(folder, 'envcrypt', 'keystore', 'ro') == ['rotate']
    assert complete(folder, 'envcrypt', 'key', 'ch') == ['check']
    assert complete(folder, 'envcrypt', 'key', 'create', '--al') == ['--alias', '--allow']
    assert complete(folder, 'envcrypt', 'cat', '--ran') == ['--range']
    assert complete(folder, 'envcrypt', 'secrets', 've') == ['verify']
    assert complete(folder, 'envcrypt', 'cluster', 'pre') == ['preflight']
    assert complete(folder, 'envcrypt', 'cluster', 'plan', '--for', 'd') == ['disable']
    assert complete(folder, 'envcrypt', 'key', 'sched') == ['schedule-deletion']
    assert complete(folder, 'envcrypt', 'k8s', '') == ['--help', 'config']
    assert complete(folder, 'envcrypt', 'k8s', 'config', 'c') == ['check']
    assert complete(folder, 'envcrypt', 'k8s', 'config', 'check', '--kube') == ['--kube-version']
    assert complete(folder, 'envcrypt', 'secrets', 'reencrypt', '--mode', 'r') == ['rewrite']
    assert complete(folder, 'envcrypt', 'keystore', 'create', '--fi') == ['--first-key']
    assert complete(folder, 'envcrypt', 'encrypt', '--suite', '') == ['0478', '0578']
    assert complete(folder, 'envcrypt', 'encrypt', '-k', 'ke') == []


def test_fish_completes_commands_options_and_choices(folder):
    if not shutil.which('fish'):
        pytest.skip('apt-get install fish')
    folder.write('script', folder.run('completion', 'fish').out)

    def offered(line):
        done = subprocess.run(['fish', '--no-config', '-c', f'source script; complete -C "{line}"'],
                              cwd=folder.path, stdout=subprocess.PIPE, check=True,
                              env={**os.environ, 'HOME': folder.path})
        return [word.split('\t')[0] for word in done.stdout.decode().splitlines()]

    assert offered('envcrypt enc') == ['encrypt']
    assert offered('envcrypt keystore ro') == ['rotate']
    assert offered('envcrypt key ch') == ['check']
    assert offered('envcrypt k8s con') == ['config']
    assert offered('envcrypt cluster pre') == ['preflight']
    assert offered('envcrypt k8s config gen') == ['generate']
    assert offered('envcrypt k8s config generate --ord') == ['--order']
    assert offered('envcrypt cat --ran') == ['--range']
    assert offered('envcrypt encrypt --suite ') == ['0478', '0578']
    assert '--shard' not in offered('envcrypt encrypt --s')


def test_zsh_completes_commands_options_and_choices(folder):
    """By the calls that the script makes of zsh's own functions."""
    if not shutil.which('zsh'):
        pytest.skip('apt-get install zsh')
    folder.write('script', folder.run('completion', 'zsh').out)

    def calls(*words):
        line = ' '.join(f"'{w}'" for w in words)
        done = subprocess.run(
            ['zsh', '-f', '-c', '_describe() { print -l -- ${(P)2}; }; '
             '_arguments() { print -l -- "$@"; }; '
             f'words=({line}); CURRENT={len(words)}; . ./script'],
            cwd=folder.path, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    assert re.search('^encrypt:', calls('envcrypt', ''), re.M)
    assert re.search('^rotate:', calls('envcrypt', 'keystore', ''), re.M)
    assert re.search('^policy:', calls('envcrypt', 'key', ''), re.M)
    assert re.search('^reencrypt:', calls('envcrypt', 'secrets', ''), re.M)
    assert re.search('^preflight:', calls('envcrypt', 'cluster', ''), re.M)
    assert re.search('^config:', calls('envcrypt', 'k8s', ''), re.M)
    assert re.search('^check:', calls('envcrypt', 'k8s', 'config', ''), re.M)
    assert '--kube-version=[' in calls('envcrypt', 'k8s', 'config', 'check', '')
    assert '--range=[' in calls('envcrypt', 'cat', '--ran')
    assert '--replace=[' in calls('envcrypt', 'keystore', 'protect', '')
    assert '(0478 0578)' in calls('envcrypt', 'encrypt', '')


def man_sections():
    """{title: {option}} of the man page's sections and subsections."""
    found, title = {}, None
    with open(os.path.join(SOURCE, 'doc/man/envcrypt.1'), encoding='utf-8') as file:
        for line in file:
            if line.startswith(('.Sh ', '.Ss ')):
                title = line[4:].strip()
                found[title] = set()
            elif line.startswith('.It '):
                found[title] |= set(re.findall(r'Fl Fl ([a-z0-9-]+)', line))
    return found


def test_man_page_has_the_options_of_each_command(folder):
    page = man_sections()
    for words in ALL:
        title = next(t for t in page if re.match('envcrypt ' + ' '.join(words) + r'\b', t))
        helped = sections(folder.run(*words, '--help').text)
        own = helped.get('Options', set())
        if words == ('keystore', 'create'):
            own |= {'rsa-public'}
        assert page[title] == own, title


def test_man_page_has_the_common_options(folder):
    page = man_sections()
    protect = sections(folder.run('keystore', 'protect', '--help').text)
    listed = sections(folder.run('keystore', 'list', '--help').text)
    assert page['What opens a key store'] == (protect['What opens the key store']
                                              | listed['What opens the key store'])
    assert page['New protectors'] == protect['The new protector']
    assert page['General options'] == protect['General']
    verify = sections(folder.run('secrets', 'verify', '--help').text)
    assert page['The API server'] == verify['The API server']


def test_man_page_has_no_command_too_many():
    titles = {t.split()[1:] and tuple(t.split()[1:]) for t in man_sections()
              if t.startswith('envcrypt ')}
    assert len(titles) == len(ALL)


def test_man_page_is_clean():
    if not shutil.which('mandoc'):
        pytest.skip('apt-get install mandoc')
    page = os.path.join(SOURCE, 'doc/man/envcrypt.1')
    done = subprocess.run(['mandoc', '-Tlint', page], stdout=subprocess.PIPE,
                          check=False)
    assert done.stdout.decode() == ''
