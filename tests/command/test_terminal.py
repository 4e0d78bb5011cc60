# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees and types; and Ctrl-C."""
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from conftest import Store
from terminal import Terminal

KEY = Store.KEY
ARGON2 = ('--argon2', '1:8')
SECRET = 'correct horse battery'


def made_by_hand(folder, secret=SECRET):
    """keys.json with a passphrase that was typed."""
    screen = Terminal(folder.path, 'keystore', 'create', 'keys.json', '--name', 'my-app', *ARGON2)
    screen.expect('New passphrase of keys.json: ')
    screen.wait_echo(False)
    screen.send(secret + '\n')
    screen.expect('The same again: ')
    screen.wait_echo(False)
    screen.send(secret + '\n')
    seen = screen.expect('Fingerprint')
    assert screen.end() == 0
    return seen + screen.seen


def test_new_passphrase_is_asked_twice_without_echo(folder):
    assert SECRET not in made_by_hand(folder)
    folder.write('pass', SECRET.encode())
    folder.run('keystore', 'rotate', 'keys.json', 'main', '--passphrase-file', 'pass')


def test_different_passphrases_make_no_store(folder):
    screen = Terminal(folder.path, 'keystore', 'create', 'keys.json', *ARGON2)
    screen.expect('New passphrase')
    screen.send('one of them\n')
    screen.expect('again')
    screen.send('another one\n')
    screen.expect('differ')
    assert screen.end() == 2
    assert folder.names() == []


def test_short_passphrase_is_warned_of(folder):
    assert 'soon guessed' in made_by_hand(folder, 'short')


def test_passphrase_is_asked_for_where_the_store_has_one(folder):
    made_by_hand(folder)
    folder.write('plain', b'text')
    screen = Terminal(folder.path, 'encrypt', 'plain', '-o', 'm', '-k', 'keys.json#main')
    screen.expect(f'Passphrase of {folder.path}/keys.json: ')
    screen.wait_echo(False)
    screen.send(SECRET + '\n')
    assert screen.end() == 0
    assert SECRET not in screen.seen
    assert 'm' in folder.names()


def test_one_question_for_two_keys_of_a_store(folder):
    made_by_hand(folder)
    folder.write('plain', b'text')
    screen = Terminal(folder.path, 'encrypt', 'plain', '-o', 'm', '-k', 'keys.json#main', '-k',
                      f'local://{folder.path}/keys.json#main')
    screen.expect('Passphrase')
    screen.send(SECRET + '\n')
    assert screen.end() == 0
    assert 'Passphrase' not in screen.seen


def test_questions_go_to_the_terminal_when_all_else_is_redirected(folder):
    made_by_hand(folder)
    folder.write('plain', b'text')
    screen = Terminal(folder.path, 'encrypt', '-k', 'keys.json#main',
                      redirect={0: folder / 'plain', 1: folder / 'm', 2: folder / 'err'})
    screen.expect('Passphrase')
    screen.wait_echo(False)
    screen.send(SECRET + '\n')
    assert screen.end() == 0
    folder.write('pass', SECRET.encode())
    assert folder.run('decrypt', 'm', '-k', 'keys.json', '--passphrase-file', 'pass').out == b'text'


def test_wrong_passphrase(folder):
    made_by_hand(folder)
    screen = Terminal(folder.path, 'keystore', 'rotate', 'keys.json', 'main')
    screen.expect('Passphrase')
    screen.wait_echo(False)
    screen.send('wrong\n')
    screen.expect('ENVCRYPT_E_STORE_LOCKED')
    assert screen.end() == 3


def test_end_of_input_at_a_question(folder):
    made_by_hand(folder)
    screen = Terminal(folder.path, 'keystore', 'rotate', 'keys.json', 'main')
    screen.expect('Passphrase')
    screen.wait_echo(False)
    screen.send('\x04')
    assert screen.end() == 2


def test_interrupt_at_a_question_restores_the_echo(folder):
    made_by_hand(folder)
    screen = Terminal(folder.path, 'keystore', 'rotate', 'keys.json', 'main')
    screen.expect('Passphrase')
    screen.wait_echo(False)
    screen.send('half a passph\x03')
    screen.wait_echo(True)
    screen.expect('interrupted')
    assert screen.end() == -signal.SIGINT


def test_timeout_at_a_question(folder):
    made_by_hand(folder)
    screen = Terminal(folder.path, 'keystore', 'rotate', 'keys.json', 'main', '--timeout', '1')
    screen.expect('Passphrase')
    screen.expect('--timeout')
    assert screen.end() == 1


def test_destroy_is_typed_back(store):
    screen = Terminal(store.path, 'keystore', 'destroy', 'keys.json', 'main/1', *KEY[2:])
    screen.expect('Type main/1 to destroy it: ')
    screen.send('main/2\n')
    assert screen.end() == 5
    screen = Terminal(store.path, 'keystore', 'destroy', 'keys.json', 'main/1', *KEY[2:])
    screen.expect('Type main/1')
    screen.send('main/1\n')
    screen.expect('is destroyed')
    assert screen.end() == 0


def test_message_is_not_written_to_a_terminal(store):
    store.write('plain', b'text')
    screen = Terminal(store.path, 'encrypt', 'plain', *KEY)
    screen.expect('-o FILE')
    assert screen.end() == 2


def test_sealed_value_is_not_written_to_a_terminal(store):
    """Nor is a record left that no value was sealed under."""
    store.write('plain', b'text')
    screen = Terminal(store.path, 'seal', 'plain', '--new-record', 'r', *KEY)
    screen.expect('--base64')
    assert screen.end() == 2
    assert 'r' not in store.names()
    screen = Terminal(store.path, 'seal', 'plain', '--new-record', 'r', '--base64', *KEY)
    assert screen.end() == 0
    sealed = screen.seen.strip().encode()
    assert store.run('open', '--record', 'r', '--base64', *KEY, stdin=sealed).out == b'text'


def test_question_comes_after_what_needs_none(folder):
    """No passphrase is typed for a command that cannot end well."""
    made_by_hand(folder)
    folder.write('plain', b'text')
    for args in (['encrypt', 'plain'], ['encrypt', 'plain', '-o', 'plain'],
                 ['encrypt', 'none', '-o', 'm'], ['encrypt', 'plain', '-o', 'm', '--suite', 'x'],
                 ['decrypt', 'none'], ['decrypt', 'none', '-o', 'm'],
                 ['decrypt', 'plain', '--policy', 'x'], ['cat', 'plain', '--range', 'x'],
                 ['rewrap', 'plain', '--shard', 'x'], ['seal', 'none', '--new-record', 'r']):
        screen = Terminal(folder.path, *args, '-k', 'keys.json#main')
        assert screen.end() in (1, 2)
        assert 'Passphrase' not in screen.seen


@pytest.mark.parametrize('content, shown', [
    ('plain text, \u00e4\u20ac\n'.encode(), True), (b'bell \x07', False), (b'\x1b[2J', False),
    (b'nul \0', False), (b'\xff\xfe', False), (b'', True)])
def test_plaintext_is_shown_on_a_terminal_when_it_is_text(store, content, shown):
    store.encrypt('m', content)
    screen = Terminal(store.path, 'decrypt', 'm', *KEY)
    assert screen.end() == (0 if shown else 2)
    if shown:
        assert content.decode().strip() in screen.seen
    else:
        assert 'not text' in screen.seen
        assert '\x1b' not in screen.seen and '\x07' not in screen.seen


def test_characters_between_two_pieces_are_text(store):
    content = ('\u20ac' * 120000).encode()
    store.encrypt('m', content, '--frame-length', '4096')
    screen = Terminal(store.path, 'decrypt', 'm', *KEY)
    assert screen.end() == 0
    assert screen.seen.count('\u20ac') >= 119000  # this test's own pieces cut some


def test_plaintext_past_ascii_needs_a_terminal_with_utf8(store):
    store.encrypt('m', '\u00fcb\n'.encode())
    for locale, shown in [('C.UTF-8', True), ('C', False), ('en_XY.UTF-8', True),
                          ('en_XY.ISO-8859-1', False), ('', False)]:
        screen = Terminal(store.path, 'decrypt', 'm', *KEY, environment={'LC_ALL': locale})
        assert (screen.end() == 0) == shown, locale
        assert ('\u00fcb' in screen.seen) == shown


def test_text_past_ascii_is_escaped_on_a_terminal_without_utf8(store):
    """In ISO 8859-1 the second byte of U+011B is a control character that begins a sequence."""
    store.encrypt('m', b'text', '-c', 'a=\u011b31m')
    for locale, shown in [('C.UTF-8', '\u011b31m'), ('C', '\\xc4\\x9b31m')]:
        screen = Terminal(store.path, 'inspect', 'm', environment={'LC_ALL': locale})
        assert screen.end() == 0
        assert 'a = ' + shown in screen.seen


@pytest.mark.parametrize('name', ['a\x1b[2J', 'b\u202e', 'c\x9b'])
def test_file_name_in_a_question_and_an_error_is_harmless(folder, name):
    made_by_hand(folder)
    os.rename(folder / 'keys.json', folder / name)
    screen = Terminal(folder.path, 'keystore', 'rotate', name, 'main')
    screen.expect('Passphrase of ')
    seen = screen.expect(': ')
    screen.wait_echo(False)
    screen.send('wrong\n')
    assert screen.end() == 3
    for shown in seen, screen.seen:
        assert not set(shown) & set('\x1b\u202e\x9b')
        assert '\\x' in shown or '?' in shown


def test_nothing_is_coloured(folder):
    for words in ['--help'], ['keystore', 'create', '--help'], ['encrypt', '--nonsense']:
        screen = Terminal(folder.path, *words)
        screen.end()
        assert '\x1b' not in screen.seen


def progress_seen(store, name='pipe', **more):
    """What is shown while a file of 4 MiB comes in within a second."""
    os.mkfifo(store / name)
    screen = Terminal(store.path, 'encrypt', name, '-o', 'm', '-f', *KEY, **more)
    with open(store / name, 'wb') as pipe:
        for _ in range(8):
            pipe.write(bytes(500000))
            pipe.flush()
            time.sleep(0.12)
    assert screen.end() == 0
    os.unlink(store / name)
    return screen.seen


def test_no_progress_between_the_plaintext_on_a_terminal(store):
    store.encrypt('m', b'line of text\n' * 50000, '--frame-length', '4096')
    message = store.read('m')
    os.mkfifo(store / 'pipe')
    screen = Terminal(store.path, 'decrypt', 'pipe', *KEY)

    def feed():
        with open(store / 'pipe', 'wb') as pipe:
            for i in range(0, len(message), 100000):
                pipe.write(message[i:i + 100000])
                time.sleep(0.15)

    feeder = threading.Thread(target=feed)
    feeder.start()
    assert screen.end() == 0
    feeder.join()
    assert screen.seen.count('line of text') == 50000
    assert '/s' not in screen.seen


def test_progress_of_a_range(store):
    store.encrypt('m', bytes(8000000))
    os.mkfifo(store / 'pipe')
    screen = Terminal(store.path, 'cat', 'm', '--range', '3000000', *KEY,
                      redirect={1: store / 'pipe'})
    with open(store / 'pipe', 'rb') as pipe:
        while pipe.read(400000):
            time.sleep(0.1)
    assert screen.end() == 0
    assert re.search(r'm: +\d+% \[#+\.*\] .* of 4\.8 MiB, .* left', screen.seen)


@pytest.mark.parametrize('kind', ['dumb', ''])
def test_no_progress_on_a_terminal_that_cannot_clear_a_line(store, kind):
    assert progress_seen(store, environment={'TERM': kind}) == ''


def columns(line):
    """Columns of a line of progress; of the characters here only one is wide."""
    return len(line) + line.count('\u4e2d')


@pytest.mark.parametrize('width, wanted', [(100, r'[\d.]+ MiB, [\d.]+ .iB/s, 0:0\d'),
                                           (24, r'[\d.]+ MiB(, [\d.]+ .iB/s, 0:0\d)?'),
                                           (10, r'[\d.]+ MiB'), (2, None)])
@pytest.mark.parametrize('name', ['pipe', '\u4e2d' * 30, '\x1b' * 10])
def test_progress_fits_a_narrow_terminal(store, name, width, wanted):
    seen = progress_seen(store, name, columns=width)
    lines = [line for line in re.split(r'\r\x1b\[K|\r?\n', seen) if line]
    assert max(map(columns, lines), default=0) < width
    if wanted:
        assert lines and all(re.search(wanted + '$', line) for line in lines)
    else:
        assert lines == []


@pytest.mark.parametrize('width, form', [
    (100, r'plain: +\d+% \[#*\.*\] .* left'), (40, r' *\d+%, .* of 3\.0 GiB, .* left'),
    (9, r' *\d+%')])
def test_bar_fits_a_narrow_terminal(store, width, form):
    with open(store / 'plain', 'wb') as file:
        file.truncate(3 << 30)
    screen = Terminal(store.path, 'encrypt', 'plain', '-o', 'm', *KEY, columns=width)
    screen.expect('%')
    while screen.seen.count('\r\x1b[K') < 2:
        assert screen.read(1)
    screen.send('\x03')
    assert screen.end() == -signal.SIGINT
    line = screen.seen.split('\r\x1b[K')[1]  # the second one that was drawn
    assert re.fullmatch(form, line)
    assert len(line) < width


def test_interrupt_ends_the_loop_of_a_shell(store):
    """As it ends one of a program that does not catch the signal."""
    with open(store / 'plain', 'wb') as file:
        file.truncate(3 << 30)
    store.write('loop', b'for i in 1 2 3; do "$@"; echo after; done\n')
    screen = Terminal(store.path, 'loop', os.environ['EVC_COMMAND'], 'encrypt', 'plain', '-o', 'm',
                      *KEY, program='/bin/bash')
    screen.expect('% [')
    screen.send('\x03')
    screen.expect('interrupted')
    assert screen.end() in (-signal.SIGINT, 130)
    assert 'after' not in screen.seen
    assert 'm' not in store.names()


def slow_pipe(store, folder_args, **more):
    """An encryption that lasts as long as the test feeds it."""
    return store.start('encrypt', *folder_args, *KEY, stdin=subprocess.PIPE, **more)


def test_progress_is_shown_on_a_terminal_only(store):
    os.mkfifo(store / 'pipe')
    screen = Terminal(store.path, 'encrypt', 'pipe', '-o', 'm', *KEY)
    with open(store / 'pipe', 'wb') as pipe:
        for _ in range(10):
            pipe.write(bytes(300000))
            pipe.flush()
            time.sleep(0.1)
    assert screen.end() == 0
    assert re.search(r'pipe: [\d.]+ MiB, [\d.]+ .iB/s', screen.seen)
    quiet = Terminal(store.path, 'encrypt', 'pipe', '-o', 'n', '-q', *KEY)
    with open(store / 'pipe', 'wb') as pipe:
        for _ in range(10):
            pipe.write(bytes(300000))
            time.sleep(0.1)
    assert quiet.end() == 0
    assert quiet.seen == ''


def test_progress_of_a_file_has_a_bar(store):
    # Sparse, so that only the work takes time.
    with open(store / 'plain', 'wb') as file:
        file.truncate(3 << 30)
    screen = Terminal(store.path, 'encrypt', 'plain', '-o', 'm', *KEY)
    screen.expect('% [')
    seen = screen.expect(' left')
    assert re.search(r'of 3\.0 GiB', seen)
    screen.send('\x03')
    screen.expect('interrupted')
    assert screen.end() == -signal.SIGINT
    assert sorted(store.names()) == ['key.bin', 'keys.json', 'plain']


def test_no_progress_without_a_terminal(store):
    running = slow_pipe(store, ['-o', 'm'])
    for _ in range(10):
        running.stdin.write(bytes(300000))
        time.sleep(0.1)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, b'')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_during_a_pipe_leaves_nothing(store, number):
    before = store.names()
    running = slow_pipe(store, ['-o', 'm'])
    running.stdin.write(bytes(1000000))
    running.stdin.flush()
    limit = time.monotonic() + 20
    while store.names() == before and time.monotonic() < limit:
        time.sleep(0.01)
    assert any(name.startswith('.m.envcrypt-') for name in store.names())
    running.send_signal(number)
    assert running.wait(timeout=20) == -number  # a shell says 128 + number
    assert store.names() == before
    assert b'interrupted' in running.stderr.read()


def test_signal_during_a_file_leaves_nothing(store):
    with open(store / 'plain', 'wb') as file:
        file.truncate(8 << 30)
    before = store.names()
    running = store.start('encrypt', 'plain', '-o', 'm', *KEY)
    limit = time.monotonic() + 20
    while store.names() == before and time.monotonic() < limit:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == -signal.SIGINT
    assert store.names() == before


def test_ignored_signal_stays_ignored(store):
    running = slow_pipe(store, [], preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    running.stdin.write(bytes(300000))
    running.stdin.flush()
    running.stdout.read(10)
    running.send_signal(signal.SIGHUP)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0 and out


def test_killed_process_leaves_a_temporary_that_the_next_one_removes(store):
    running = slow_pipe(store, ['-o', 'm'])
    running.stdin.write(bytes(1000000))
    running.stdin.flush()
    before = [n for n in store.names() if not n.startswith('.m')]
    limit = time.monotonic() + 20
    while len(store.names()) == len(before) and time.monotonic() < limit:
        time.sleep(0.01)
    running.kill()
    running.communicate()
    assert len(store.names()) == len(before) + 1
    store.run('encrypt', '-o', 'm', *KEY, stdin=b'text')
    assert store.names() == sorted(before + ['m'])


def test_timeout_of_a_pipe(store):
    running = slow_pipe(store, ['-o', 'm', '--timeout', '1'])
    assert running.wait(timeout=20) == 1
    assert b'--timeout' in running.stderr.read()
    running.stdin.close()
    assert store.names() == ['key.bin', 'keys.json']


def test_closed_standard_descriptors(store):
    """A file that is opened must not become standard output."""
    store.write('plain', b'text')
    done = subprocess.run(['sh', '-c', '"$0" "$@" <&- >&- 2>&-', os.environ['EVC_COMMAND'],
                           'encrypt', 'plain', '-o', 'm', *KEY], cwd=store.path, check=False)
    assert done.returncode == 0
    assert store.run('decrypt', 'm', *KEY).out == b'text'


def test_wait_for_a_pipe_to_open_is_interrupted_at_once(store):
    os.mkfifo(store / 'pipe')
    running = store.start('encrypt', 'pipe', '-o', 'm', *KEY)
    time.sleep(0.5)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=20) == -signal.SIGINT
    running.communicate()
    assert time.monotonic() - began < 1
