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

// try makes a call with an error out-parameter and gives what comes out of it.
func try(call func(err **C.envcrypt_error) C.int) error {
	var err *C.envcrypt_error
	if call(&err) == 0 {
		return nil
	}
	defer C.envcrypt_error_free(err)
	return newError(err)
}

// withText gives texts to C for one call. C would take what stands before a NUL byte, and bind another
// context, say: such text is refused.
func withText(call func(c []*C.char) error, texts ...string) error {
	c := make([]*C.char, len(texts))
	for i, text := range texts {
		if strings.IndexByte(text, 0) >= 0 {
			return &Error{Code: "ENVCRYPT_E_ARGUMENT", Class: "ARGUMENT",
				Message: "a text holds a NUL byte; names and contexts are text without any"}
		}
		c[i] = C.CString(text)
		defer C.free(unsafe.Pointer(c[i]))
	}
	return call(c)
}

// pointer is the address of the bytes; an empty slice has none.
func pointer(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Pointer(&b[0])
}

// copyBytes copies what C owns.
func copyBytes(p unsafe.Pointer, size C.size_t) []byte {
	return append([]byte{}, unsafe.Slice((*byte)(p), int(size))...)
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
	return c, try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_client_open(nil, &c.p, err)
	})
}

// Close gives the client back.
func (c *Client) Close() { C.envcrypt_client_unref(c.p) }

// Key is one key of a key service.
type Key struct{ p *C.envcrypt_kms }

// Close gives the key back.
func (k *Key) Close() { C.envcrypt_kms_unref(k.p) }

// RawAES opens a key from its bytes.
func (c *Client) RawAES(namespace, name string, key []byte) (*Key, error) {
	k := &Key{}
	return k, withText(func(t []*C.char) error {
		return try(func(err **C.envcrypt_error) C.int {
			return C.envcrypt_kms_open_raw_aes(c.p, t[0], t[1], pointer(key),
				C.size_t(len(key)), &k.p, err)
		})
	}, namespace, name)
}

// Service is a key service that Go serves. Both functions may be called from any goroutine. The key that
// Wrap gets and the one that Unwrap returns are wiped afterwards.
type Service interface {
	Wrap(key []byte, context map[string]string) ([]byte, error)
	Unwrap(wrapped []byte, context map[string]string) ([]byte, error)
}

// Custom opens a key of the caller's own key service.
func (c *Client) Custom(provider, key string, service Service) (*Key, error) {
	k := &Key{}
	return k, withText(func(t []*C.char) error {
		// The library gives the handle back in every case: when the key is closed, or not opened.
		handle := C.uintptr_t(cgo.NewHandle(service))
		return try(func(err **C.envcrypt_error) C.int {
			return C.open_custom(c.p, t[0], t[1], handle, &k.p, err)
		})
	}, provider, key)
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
	var out []byte
	var failure error
	if C.envcrypt_call_operation(call) == C.ENVCRYPT_OP_WRAP {
		defer wipe(input)
		if out, failure = service.Wrap(input, context); failure == nil {
			failure = try(func(err **C.envcrypt_error) C.int {
				return C.envcrypt_call_set_wrapped(call, pointer(out), C.size_t(len(out)), err)
			})
		}
	} else {
		if out, failure = service.Unwrap(input, context); failure == nil {
			failure = try(func(err **C.envcrypt_error) C.int {
				return C.envcrypt_call_set_key(call, pointer(out), C.size_t(len(out)), err)
			})
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

// readContext reads by size: the context of a message that others wrote may hold NUL bytes.
func readContext(context *C.envcrypt_context) map[string]string {
	pairs := map[string]string{}
	for i := C.size_t(0); i < C.envcrypt_context_count(context); i++ {
		var size C.size_t
		name := C.envcrypt_context_name(context, i, &size)
		key := string(copyBytes(unsafe.Pointer(name), size))
		value := C.envcrypt_context_value(context, i, &size)
		pairs[key] = string(copyBytes(unsafe.Pointer(value), size))
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
	if err := try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_keyring_config_new(&config, err)
	}); err != nil {
		return nil, err
	}
	defer C.envcrypt_keyring_config_free(config)
	if err := try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_keyring_config_set_generator(config, generator.p, err)
	}); err != nil {
		return nil, err
	}
	for _, key := range recipients {
		if err := try(func(err **C.envcrypt_error) C.int {
			return C.envcrypt_keyring_config_add_recipient(config, key.p, err)
		}); err != nil {
			return nil, err
		}
	}
	k := &Keyring{}
	return k, try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_keyring_open(c.p, config, &k.p, err)
	})
}

func newConfig(pairs map[string]string) (*C.envcrypt_message_config, error) {
	var config *C.envcrypt_message_config
	var context *C.envcrypt_context
	if err := try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_context_new(&context, err)
	}); err != nil {
		return nil, err
	}
	defer C.envcrypt_context_free(context)
	for name, value := range pairs {
		if err := withText(func(t []*C.char) error {
			return try(func(err **C.envcrypt_error) C.int {
				return C.envcrypt_context_add(context, t[0], t[1], err)
			})
		}, name, value); err != nil {
			return nil, err
		}
	}
	if err := try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_message_config_new(&config, err)
	}); err != nil {
		return nil, err
	}
	return config, try(func(err **C.envcrypt_error) C.int {
		return C.envcrypt_message_config_set_context(config, context, err)
	})
}

// convert makes a message of a plaintext, or a plaintext of a message.
func convert(pairs map[string]string,
	call func(*C.envcrypt_message_config, **C.envcrypt_buffer, **C.envcrypt_error) C.int,
) ([]byte, error) {
	config, err := newConfig(pairs)
	defer C.envcrypt_message_config_free(config)
	if err != nil {
		return nil, err
	}
	var out *C.envcrypt_buffer
	if err := try(func(err **C.envcrypt_error) C.int { return call(config, &out, err) }); err != nil {
		return nil, err
	}
	defer C.envcrypt_buffer_free(out)
	return copyBytes(C.envcrypt_buffer_data(out), C.envcrypt_buffer_size(out)), nil
}

// Encrypt makes a message with the pairs of context bound to it.
func (k *Keyring) Encrypt(plain []byte, context map[string]string) ([]byte, error) {
	return convert(context, func(config *C.envcrypt_message_config, out **C.envcrypt_buffer,
		err **C.envcrypt_error) C.int {
		return C.envcrypt_encrypt(k.p, config, pointer(plain), C.size_t(len(plain)), nil, out, err)
	})
}

// Decrypt gives the plaintext; every pair of context must be in the message.
func (k *Keyring) Decrypt(message []byte, context map[string]string) ([]byte, error) {
	return convert(context, func(config *C.envcrypt_message_config, out **C.envcrypt_buffer,
		err **C.envcrypt_error) C.int {
		return C.envcrypt_decrypt(k.p, config, pointer(message), C.size_t(len(message)), nil, out,
			nil, err)
	})
}
