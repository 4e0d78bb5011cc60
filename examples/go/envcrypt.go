// SPDX-License-Identifier: Apache-2.0

// Package envcrypt is libenvcrypt from Go, by cgo and pkg-config: enough of it to encrypt and decrypt
// messages and to serve a key service. Every object must be closed.
package envcrypt

/*
#cgo pkg-config: libenvcrypt
#include <envcrypt/envcrypt.h>
#include <stdlib.h>

void envcryptGoServe(envcrypt_call *call, void *user);
void envcryptGoDestroy(void *user);

static int open_custom(envcrypt_client *client, const char *provider, const char *key,
                       uintptr_t user, envcrypt_kms **out, envcrypt_error **err)
{
    return envcrypt_kms_open_custom(client, provider, key,
                                    ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, envcryptGoServe,
                                    (void *)user, envcryptGoDestroy, out, err);
}
*/
import "C"

import (
	"runtime/cgo"
	"strings"
	"unsafe"
)

// Error is what went wrong in one call: a code, a class to branch on, a message, and the error beneath.
type Error struct {
	Code    string
	Class   string
	Message string
	Cause   *Error
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the error beneath, for errors.As and errors.Is.
func (e *Error) Unwrap() error {
	if e.Cause == nil {
		return nil
	}
	return e.Cause
}

func newError(err *C.envcrypt_error) *Error {
	if err == nil {
		return nil
	}
	return &Error{
		Code:    C.GoString(C.envcrypt_error_name(C.envcrypt_error_code(err))),
		Class:   C.GoString(C.envcrypt_error_class_name(C.envcrypt_error_class(err))),
		Message: C.GoString(C.envcrypt_error_message(err)),
		Cause:   newError(C.envcrypt_error_cause(err)),
	}
}

func check(code C.int, err *C.envcrypt_error) error {
	if code == 0 {
		return nil
	}
	defer C.envcrypt_error_free(err)
	return newError(err)
}

// pointer is the address of the bytes; an empty slice has none.
func pointer(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Pointer(&b[0])
}

// wholeText refuses what would end early as a string of C, and so be another text than was meant.
func wholeText(texts ...string) error {
	for _, text := range texts {
		if strings.IndexByte(text, 0) >= 0 {
			return &Error{Code: "ENVCRYPT_E_ARGUMENT", Class: "ARGUMENT",
				Message: "a text holds a NUL byte; names and contexts are text without any"}
		}
	}
	return nil
}

// copyBytes is C.GoBytes for sizes of more than 2 GiB too.
func copyBytes(data unsafe.Pointer, size C.size_t) []byte {
	if size == 0 {
		return []byte{}
	}
	return append([]byte(nil), unsafe.Slice((*byte)(data), int(size))...)
}

func wipe(key []byte) {
	for i := range key {
		key[i] = 0
	}
}

// Client is what everything else is opened with.
type Client struct{ p *C.envcrypt_client }

// Open makes a client.
func Open() (*Client, error) {
	c := &Client{}
	var err *C.envcrypt_error
	return c, check(C.envcrypt_client_open(nil, &c.p, &err), err)
}

// Close gives the client back.
func (c *Client) Close() { C.envcrypt_client_unref(c.p) }

// Key is one key of a key service.
type Key struct{ p *C.envcrypt_kms }

// Close gives the key back.
func (k *Key) Close() { C.envcrypt_kms_unref(k.p) }

// RawAES opens a key from its bytes.
func (c *Client) RawAES(namespace, name string, key []byte) (*Key, error) {
	if err := wholeText(namespace, name); err != nil {
		return nil, err
	}
	ns, n := C.CString(namespace), C.CString(name)
	defer C.free(unsafe.Pointer(ns))
	defer C.free(unsafe.Pointer(n))
	k := &Key{}
	var err *C.envcrypt_error
	return k, check(C.envcrypt_kms_open_raw_aes(c.p, ns, n, pointer(key), C.size_t(len(key)),
		&k.p, &err), err)
}

// Service is a key service that Go serves. Both functions may be called from any goroutine. The key that
// Wrap gets and the one that Unwrap returns are wiped afterwards.
type Service interface {
	Wrap(key []byte, context map[string]string) ([]byte, error)
	Unwrap(wrapped []byte, context map[string]string) ([]byte, error)
}

// Custom opens a key of the caller's own key service.
func (c *Client) Custom(provider, key string, service Service) (*Key, error) {
	if err := wholeText(provider, key); err != nil {
		return nil, err
	}
	p, id := C.CString(provider), C.CString(key)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(id))
	k := &Key{}
	handle := cgo.NewHandle(service)
	var err *C.envcrypt_error
	if e := check(C.open_custom(c.p, p, id, C.uintptr_t(handle), &k.p, &err), err); e != nil {
		handle.Delete() // the key would do it, but there is none
		return nil, e
	}
	return k, nil
}

//export envcryptGoDestroy
func envcryptGoDestroy(user unsafe.Pointer) { cgo.Handle(uintptr(user)).Delete() }

//export envcryptGoServe
func envcryptGoServe(call *C.envcrypt_call, user unsafe.Pointer) {
	service := cgo.Handle(uintptr(user)).Value().(Service)
	// The answer comes from a goroutine of its own: a call may be finished later.
	go serve(call, service)
}

func serve(call *C.envcrypt_call, service Service) {
	var size C.size_t
	data := C.envcrypt_call_input(call, &size)
	input := copyBytes(data, size)
	context := readContext(C.envcrypt_call_context(call))
	var err *C.envcrypt_error
	var failure error
	if C.envcrypt_call_operation(call) == C.ENVCRYPT_OP_WRAP {
		defer wipe(input)
		var out []byte
		if out, failure = service.Wrap(input, context); failure == nil {
			failure = check(C.envcrypt_call_set_wrapped(call, pointer(out), C.size_t(len(out)),
				&err), err)
		}
	} else {
		var out []byte
		if out, failure = service.Unwrap(input, context); failure == nil {
			failure = check(C.envcrypt_call_set_key(call, pointer(out), C.size_t(len(out)),
				&err), err)
			wipe(out)
		}
	}
	if failure != nil {
		message := C.CString(failure.Error())
		C.envcrypt_call_finish(call, C.ENVCRYPT_E_CALLBACK, nil, message)
		C.free(unsafe.Pointer(message))
		return
	}
	C.envcrypt_call_finish(call, 0, nil, nil)
}

func readContext(context *C.envcrypt_context) map[string]string {
	pairs := map[string]string{}
	for i := C.size_t(0); i < C.envcrypt_context_count(context); i++ {
		var nameSize, valueSize C.size_t
		name := C.envcrypt_context_name(context, i, &nameSize)
		value := C.envcrypt_context_value(context, i, &valueSize)
		pairs[C.GoStringN(name, C.int(nameSize))] = C.GoStringN(value, C.int(valueSize))
	}
	return pairs
}

// Keyring encrypts for all of its keys and decrypts with any.
type Keyring struct{ p *C.envcrypt_keyring }

// Close gives the keyring back.
func (k *Keyring) Close() { C.envcrypt_keyring_unref(k.p) }

// Keyring makes one from a key that wraps first, and further recipients.
func (c *Client) Keyring(generator *Key, recipients ...*Key) (*Keyring, error) {
	var config *C.envcrypt_keyring_config
	var err *C.envcrypt_error
	if e := check(C.envcrypt_keyring_config_new(&config, &err), err); e != nil {
		return nil, e
	}
	defer C.envcrypt_keyring_config_free(config)
	if e := check(C.envcrypt_keyring_config_set_generator(config, generator.p, &err), err); e != nil {
		return nil, e
	}
	for _, key := range recipients {
		if e := check(C.envcrypt_keyring_config_add_recipient(config, key.p, &err), err); e != nil {
			return nil, e
		}
	}
	k := &Keyring{}
	return k, check(C.envcrypt_keyring_open(c.p, config, &k.p, &err), err)
}

func newConfig(pairs map[string]string) (*C.envcrypt_message_config, error) {
	var config *C.envcrypt_message_config
	var context *C.envcrypt_context
	var err *C.envcrypt_error
	if e := check(C.envcrypt_context_new(&context, &err), err); e != nil {
		return nil, e
	}
	defer C.envcrypt_context_free(context)
	for name, value := range pairs {
		if e := wholeText(name, value); e != nil {
			return nil, e
		}
		n, v := C.CString(name), C.CString(value)
		e := check(C.envcrypt_context_add(context, n, v, &err), err)
		C.free(unsafe.Pointer(n))
		C.free(unsafe.Pointer(v))
		if e != nil {
			return nil, e
		}
	}
	if e := check(C.envcrypt_message_config_new(&config, &err), err); e != nil {
		return nil, e
	}
	return config, check(C.envcrypt_message_config_set_context(config, context, &err), err)
}

func takeBytes(buffer *C.envcrypt_buffer) []byte {
	defer C.envcrypt_buffer_free(buffer)
	return copyBytes(C.envcrypt_buffer_data(buffer), C.envcrypt_buffer_size(buffer))
}

// Encrypt makes a message with the pairs of context bound to it.
func (k *Keyring) Encrypt(plain []byte, context map[string]string) ([]byte, error) {
	config, e := newConfig(context)
	defer C.envcrypt_message_config_free(config)
	if e != nil {
		return nil, e
	}
	var out *C.envcrypt_buffer
	var err *C.envcrypt_error
	if e := check(C.envcrypt_encrypt(k.p, config, pointer(plain), C.size_t(len(plain)), nil, &out,
		&err), err); e != nil {
		return nil, e
	}
	return takeBytes(out), nil
}

// Decrypt gives the plaintext; every pair of context must be in the message.
func (k *Keyring) Decrypt(message []byte, context map[string]string) ([]byte, error) {
	config, e := newConfig(context)
	defer C.envcrypt_message_config_free(config)
	if e != nil {
		return nil, e
	}
	var out *C.envcrypt_buffer
	var err *C.envcrypt_error
	if e := check(C.envcrypt_decrypt(k.p, config, pointer(message), C.size_t(len(message)), nil,
		&out, nil, &err), err); e != nil {
		return nil, e
	}
	return takeBytes(out), nil
}
