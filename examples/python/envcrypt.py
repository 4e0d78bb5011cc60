# SPDX-License-Identifier: Apache-2.0
"""libenvcrypt from Python, by cffi on the installed headers; no compiled module is needed.

    import envcrypt
    with envcrypt.Client() as client:
        key = client.raw_aes("my-app", "key-1", os.urandom(32))
        keyring = client.keyring(key)
        message = keyring.encrypt(b"hello", {"purpose": "demo"})
        assert keyring.decrypt(message) == b"hello"

Secrets of Kubernetes are stored anew by Client.kube(), clusters encrypted by Client.cluster().

An object that was opened before os.fork() or in a multiprocessing parent raises Error with the code
ENVCRYPT_E_FORKED in the child: open a new Client there.
"""
import json
import os
import shlex
import subprocess
import tempfile
import traceback

import cffi


def _declarations():
    """The prototypes of the installed headers, as the preprocessor leaves them."""
    flags = subprocess.check_output(['pkg-config', '--cflags', 'libenvcrypt'], text=True)
    with tempfile.TemporaryDirectory() as stubs:
        # cffi knows size_t and the integer types by itself.
        for name in ('stddef.h', 'stdint.h'):
            with open(os.path.join(stubs, name), 'w', encoding='ascii'):
                pass
        command = [os.environ.get('CC', 'cc'), '-E', '-P', '-nostdinc', '-U__GNUC__', '-I', stubs,
                   *shlex.split(flags), '-x', 'c', '-']
        return subprocess.check_output(command, input='#include <envcrypt/envcrypt.h>\n',
                                       text=True)


ffi = cffi.FFI()
ffi.cdef(_declarations())
lib = ffi.dlopen('libenvcrypt.so.0')


def constant(name):
    """The value of a constant of the headers, macros included: constant("CLASS_POLICY")."""
    value = ffi.new('int64_t *')
    _check(lambda err: lib.envcrypt_constant(_text('ENVCRYPT_' + name), value, err))
    return value[0]


class Error(Exception):
    """What went wrong: code and class by name, a message, what a key service said of it (None or
    0 where it said nothing), and the error beneath it."""

    def __init__(self, code, error_class, message, cause=None):
        super().__init__(message)
        self.code = code
        self.error_class = error_class
        self.cause = cause
        self.retryable = False
        self.http_status = 0
        self.provider_code = self.request_id = self.key_state = None
        self.report = None  # of a run that failed, what was done by then


def _text(text):
    if '\0' in text:  # C would take what stands before it, and bind another context, say
        raise ValueError('text for libenvcrypt must not hold a NUL character')
    return text.encode('utf-8')


def _string(pointer):
    return ffi.string(pointer).decode('utf-8')


def _string_or_none(pointer):
    return None if pointer == ffi.NULL else _string(pointer) or None


def _to_exception(error):
    if error == ffi.NULL:
        return None
    exception = Error(_string(lib.envcrypt_error_name(lib.envcrypt_error_code(error))),
                      _string(lib.envcrypt_error_class_name(lib.envcrypt_error_class(error))),
                      _string(lib.envcrypt_error_message(error)),
                      _to_exception(lib.envcrypt_error_cause(error)))
    exception.retryable = bool(lib.envcrypt_error_is_retryable(error))
    exception.http_status = lib.envcrypt_error_http_status(error)
    exception.provider_code = _string_or_none(lib.envcrypt_error_provider_code(error))
    exception.request_id = _string_or_none(lib.envcrypt_error_request_id(error))
    exception.key_state = _string_or_none(lib.envcrypt_error_key_state(error))
    return exception


def _check(call):
    """Calls with an error out-parameter; raises what comes out of it."""
    err = ffi.new('envcrypt_error **')
    if call(err) != 0:
        exception = _to_exception(err[0])
        lib.envcrypt_error_free(err[0])
        raise exception


def _open(kind, free, call):
    """An object that a call makes; it is freed with its last reference in Python."""
    out = ffi.new(kind + ' **')
    _check(lambda err: call(out, err))
    return ffi.gc(out[0], free)


def _take_bytes(call):
    buffer = _open('envcrypt_buffer', lib.envcrypt_buffer_free, call)
    size = lib.envcrypt_buffer_size(buffer)
    return bytes(ffi.buffer(lib.envcrypt_buffer_data(buffer), size)) if size else b''


def _take_rows(call):
    """A table, as dicts; a missing cell is None."""
    table = _open('envcrypt_table', lib.envcrypt_table_free, call)
    columns = [_string(lib.envcrypt_table_column(table, i))
               for i in range(lib.envcrypt_table_columns(table))]
    return [{name: _string_or_none(lib.envcrypt_table_cell(table, row, i))
             for i, name in enumerate(columns)} for row in range(lib.envcrypt_table_rows(table))]


def _set_options(setter, target, options):
    """By name, with _ for -."""
    for name, value in options.items():
        _check(lambda err, n=name, v=value: setter(target, _text(n.replace('_', '-')), _text(v),
                                                   err))


def _make_context(pairs):
    context = _open('envcrypt_context', lib.envcrypt_context_free, lib.envcrypt_context_new)
    for name, value in (pairs or {}).items():
        _check(lambda err, n=name, v=value: lib.envcrypt_context_add(context, _text(n), _text(v),
                                                                   err))
    return context


def _read_context(context):
    # By size: the context of a message that others wrote may hold NUL characters.
    size = ffi.new('size_t *')

    def text(getter, index):
        data = getter(context, index, size)
        return ffi.buffer(data, size[0])[:].decode('utf-8')

    return {text(lib.envcrypt_context_name, i): text(lib.envcrypt_context_value, i)
            for i in range(lib.envcrypt_context_count(context))}


class Call:
    """A request to a key service that Python serves. Finish it once, now or later."""

    def __init__(self, pointer):
        self._call = pointer
        self.operation = lib.envcrypt_call_operation(pointer)
        self.context = _read_context(lib.envcrypt_call_context(pointer))
        size = ffi.new('size_t *')
        data = lib.envcrypt_call_input(pointer, size)
        self.input = bytes(ffi.buffer(data, size[0])) if size[0] else b''

    def finish_wrapped(self, data):
        """Answers WRAP."""
        self._finish_with(lambda err: lib.envcrypt_call_set_wrapped(self._call, data, len(data),
                                                                    err))

    def finish_key(self, data):
        """Answers UNWRAP."""
        self._finish_with(lambda err: lib.envcrypt_call_set_key(self._call, data, len(data), err))

    def fail(self, code, provider_code, message):
        """Answers with an error: fail("E_KEY_DISABLED", "Disabled", "the key is off")."""
        call, self._call = self._call, None
        lib.envcrypt_call_finish(call, constant(code), _text(provider_code), _text(message))

    def _finish_with(self, set_result):
        try:
            _check(set_result)
        except Error as error:
            self.fail('E_CALLBACK', '', str(error))
            return
        call, self._call = self._call, None
        lib.envcrypt_call_finish(call, 0, ffi.NULL, ffi.NULL)


@ffi.callback('void(envcrypt_call *, void *)')
def _serve(pointer, user):
    call = Call(pointer)
    try:
        ffi.from_handle(user)(call)
    except Exception:  # an exception must not pass through C
        traceback.print_exc()
        if call._call is not None:
            call.fail('E_CALLBACK', 'exception', 'the Python key service raised an exception')


# What Python must keep while C holds a pointer to it, by that pointer.
_handles = {}


def _keep(thing):
    handle = ffi.new_handle(thing)
    _handles[int(ffi.cast('uintptr_t', handle))] = handle
    return handle


# By default arguments: at the end of the interpreter globals may be gone before the last key.
@ffi.callback('void(void *)')
def _forget(user, handles=_handles, cast=ffi.cast):
    handles.pop(int(cast('uintptr_t', user)))


@ffi.callback('void(void *, int32_t, const char *)')
def _log(user, level, text):
    try:
        ffi.from_handle(user)(level, _string(text))
    except Exception:  # as in _serve
        traceback.print_exc()


class Client:
    """What everything else is opened with. log(level, text) takes its log, at every level."""

    def __init__(self, log=None):
        config = _open('envcrypt_client_config', lib.envcrypt_client_config_free,
                       lib.envcrypt_client_config_new)
        if log:
            _check(lambda err: lib.envcrypt_client_config_set_log(
                config, lib.ENVCRYPT_LOG_DEBUG, _log, _keep(log), _forget, err))
        self._client = _open('envcrypt_client', lib.envcrypt_client_unref,
                             lambda out, err: lib.envcrypt_client_open(config, out, err))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        ffi.release(self._client)

    def key(self, uri, **options):
        """A key of a key service by its URI: key("aws-kms:///arn:...", endpoint="https://...").
        Options are those of envcrypt_kms_config_set(), with _ for -."""
        config = _open('envcrypt_kms_config', lib.envcrypt_kms_config_free,
                       lib.envcrypt_kms_config_new)
        _set_options(lib.envcrypt_kms_config_set, config, options)
        return _open('envcrypt_kms', lib.envcrypt_kms_unref,
                     lambda out, err: lib.envcrypt_kms_open(self._client, _text(uri), config,
                                                            ffi.NULL, out, err))

    def raw_aes(self, name_space, name, key):
        """A key from its bytes."""
        return _open('envcrypt_kms', lib.envcrypt_kms_unref,
                     lambda out, err: lib.envcrypt_kms_open_raw_aes(
                         self._client, _text(name_space), _text(name), key, len(key), out, err))

    def custom(self, provider_id, key_id, serve):
        """A key of a key service that the function serve(call) is."""
        operations = lib.ENVCRYPT_OP_WRAP | lib.ENVCRYPT_OP_UNWRAP
        names = _text(provider_id), _text(key_id)
        # The library forgets the handle in every case: when the key is closed, or not opened.
        return _open('envcrypt_kms', lib.envcrypt_kms_unref,
                     lambda out, err: lib.envcrypt_kms_open_custom(
                         self._client, *names, operations, _serve, _keep(serve), _forget, out,
                         err))

    def keyring(self, generator, *recipients):
        """Recipients: one key that wraps first, and further ones."""
        return Keyring(self._client, generator, recipients)

    def kube(self, **options):
        """An API server: kube(kubeconfig="config"); options are those of
        envcrypt_kube_config_set()."""
        return Kube(self._client, options)

    def cluster(self, uri, **options):
        """A cluster at its provider: cluster("eks://eu-central-1/prod", state_dir="state"); options
        are those of envcrypt_cluster_config_set()."""
        return Cluster(self._client, uri, options)

    def recover(self, **options):
        """Enables keys that killed destructive proofs left disabled, which is to be done before
        anything else with clusters: recover(state_dir="state"). A dict for each."""
        config = _open('envcrypt_cluster_config', lib.envcrypt_cluster_config_free,
                       lib.envcrypt_cluster_config_new)
        _set_options(lib.envcrypt_cluster_config_set, config, options)
        return _take_rows(lambda out, err: lib.envcrypt_cluster_recover(
            self._client, config, ffi.NULL, out, err))


class Keyring:
    """Encrypts for all of its keys, decrypts with any."""

    def __init__(self, client, generator, recipients):
        config = _open('envcrypt_keyring_config', lib.envcrypt_keyring_config_free,
                       lib.envcrypt_keyring_config_new)
        _check(lambda err: lib.envcrypt_keyring_config_set_generator(config, generator, err))
        for kms in recipients:
            _check(lambda err, k=kms: lib.envcrypt_keyring_config_add_recipient(config, k, err))
        self._keyring = _open('envcrypt_keyring', lib.envcrypt_keyring_unref,
                              lambda out, err: lib.envcrypt_keyring_open(client, config, out, err))

    def encrypt(self, plain, context=None):
        """The message, with the pairs of context bound to it."""
        config = _make_config(context)
        return _take_bytes(lambda out, err: lib.envcrypt_encrypt(
            self._keyring, config, plain, len(plain), ffi.NULL, out, err))

    def decrypt(self, message, context=None):
        """The plaintext; every pair of context must be in the message."""
        config = _make_config(context)
        return _take_bytes(lambda out, err: lib.envcrypt_decrypt(
            self._keyring, config, message, len(message), ffi.NULL, out, ffi.NULL, err))


def _make_config(context):
    config = _open('envcrypt_message_config', lib.envcrypt_message_config_free,
                   lib.envcrypt_message_config_new)
    pairs = _make_context(context)
    _check(lambda err: lib.envcrypt_message_config_set_context(config, pairs, err))
    return config


class _Hearing:
    """Gives what a run tells to a Python function; an exception there ends the run, and is raised
    where the run was called."""

    def __init__(self, hear, kind):
        self._hear, self._kind, self._raised = hear, kind, None

    def hear(self, report):
        try:
            if self._hear:
                self._hear(self._kind.read(report))
            return 0
        except BaseException as error:  # Ctrl-C too arrives here
            self._raised = error
            return 1

    def run(self, call):
        """The report, of a run that was not stopped. A failed one has it in Error.report."""
        out = ffi.new(self._kind.name + ' **')
        try:
            _check(lambda err: call(self._kind.told, _keep(self), _forget, ffi.NULL, out, err))
        except Error as error:
            error.report = self._kind.take(out)
            raise self._raised or error from None
        return self._kind.take(out)


class _Kind:
    """Of reports."""

    def __init__(self, name, told, to_json, free):
        self.name, self.told, self._to_json, self._free = name, told, to_json, free

    def read(self, report):
        """As a dict, whose members doc/secrets.md and doc/clusters.md name."""
        return json.loads(_take_bytes(lambda out, err: self._to_json(report, out, err)))

    def take(self, out):
        """Same of what a call gave, which is freed; None for nothing."""
        return self.read(ffi.gc(out[0], self._free)) if out[0] else None


@ffi.callback('int32_t(void *, const envcrypt_reencrypt_report *)', error=1)
def _hear_secrets(user, report):
    return ffi.from_handle(user).hear(report)


@ffi.callback('int32_t(void *, const envcrypt_cluster_report *)', error=1)
def _hear_cluster(user, report):
    return ffi.from_handle(user).hear(report)


_OF_SECRETS = _Kind('envcrypt_reencrypt_report', _hear_secrets,
                    lib.envcrypt_reencrypt_report_to_json, lib.envcrypt_reencrypt_report_free)
_OF_CLUSTERS = _Kind('envcrypt_cluster_report', _hear_cluster,
                     lib.envcrypt_cluster_report_to_json, lib.envcrypt_cluster_report_free)


class Kube:
    """An API server of Kubernetes."""

    def __init__(self, client, options):
        config = _open('envcrypt_kube_config', lib.envcrypt_kube_config_free,
                       lambda out, err: lib.envcrypt_kube_config_new(client, out, err))
        _set_options(lib.envcrypt_kube_config_set, config, options)
        self._kube = _open('envcrypt_kube', lib.envcrypt_kube_unref,
                           lambda out, err: lib.envcrypt_kube_open(config, out, err))

    def reencrypt(self, progress=None, **options):
        """Stores Secrets anew; the report. Options are those of envcrypt_reencrypt_config_set();
        progress(report) hears how far it is."""
        config = self._config(options)
        return _Hearing(progress, _OF_SECRETS).run(
            lambda *rest: lib.envcrypt_reencrypt_run(self._kube, config, *rest))

    def verify(self, progress=None, **options):
        """What is proven without reading etcd; the report."""
        config = self._config(options)
        return _Hearing(progress, _OF_SECRETS).run(
            lambda *rest: lib.envcrypt_reencrypt_verify(self._kube, config, ffi.NULL, *rest))

    @staticmethod
    def _config(options):
        config = _open('envcrypt_reencrypt_config', lib.envcrypt_reencrypt_config_free,
                       lib.envcrypt_reencrypt_config_new)
        _set_options(lib.envcrypt_reencrypt_config_set, config, options)
        return config


class Cluster:
    """A cluster at its provider. What changes it wants its name as confirm; options of changes are
    those of envcrypt_cluster_change_set(), and each gives a report."""

    def __init__(self, client, uri, options):
        config = _open('envcrypt_cluster_config', lib.envcrypt_cluster_config_free,
                       lib.envcrypt_cluster_config_new)
        _set_options(lib.envcrypt_cluster_config_set, config, options)
        self._cluster = _open('envcrypt_cluster', lib.envcrypt_cluster_unref,
                              lambda out, err: lib.envcrypt_cluster_open(
                                  client, _text(uri), config, ffi.NULL, out, err))

    def status(self, **wanted):
        """How it stands, measured by what is wanted."""
        out = ffi.new('envcrypt_cluster_report **')
        change = self._change(wanted)
        _check(lambda err: lib.envcrypt_cluster_status(self._cluster, change, ffi.NULL, out, err))
        return _OF_CLUSTERS.take(out)

    def enable(self, progress=None, **change):
        """Encryption on, Secrets stored anew, what is proven: enable(key=..., confirm="prod")."""
        return self._run(lib.envcrypt_cluster_enable, progress, change)

    def rotate(self, progress=None, **change):
        """With key= to another key, else in place."""
        return self._run(lib.envcrypt_cluster_rotate, progress, change)

    def disable(self, progress=None, **change):
        """Encryption off, where the provider can."""
        return self._run(lib.envcrypt_cluster_disable, progress, change)

    def wait(self, progress=None, **change):
        """Waits for a change that is under way."""
        return self._run(lib.envcrypt_cluster_wait, progress, change)

    def _run(self, verb, progress, options):
        change = self._change(options)
        return _Hearing(progress, _OF_CLUSTERS).run(
            lambda *rest: verb(self._cluster, change, *rest))

    @staticmethod
    def _change(options):
        change = _open('envcrypt_cluster_change', lib.envcrypt_cluster_change_free,
                       lib.envcrypt_cluster_change_new)
        _set_options(lib.envcrypt_cluster_change_set, change, options)
        return change
