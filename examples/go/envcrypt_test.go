// SPDX-License-Identifier: Apache-2.0

package envcrypt

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"
)

var context = map[string]string{"purpose": "test", "größe": "ß"}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T) *Client {
	t.Helper()
	client, err := Open()
	must(t, err)
	t.Cleanup(client.Close)
	return client
}

func keyringOf(t *testing.T, client *Client, key *Key) *Keyring {
	t.Helper()
	keyring, err := client.Keyring(key)
	must(t, err)
	t.Cleanup(keyring.Close)
	t.Cleanup(key.Close)
	return keyring
}

func aesKeyring(t *testing.T, client *Client, fill byte) *Keyring {
	t.Helper()
	key, err := client.RawAES("test", "key", bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	return keyringOf(t, client, key)
}

func TestRoundTripWithAContext(t *testing.T) {
	keyring := aesKeyring(t, open(t), 1)
	message, err := keyring.Encrypt([]byte("plain"), context)
	must(t, err)
	plain, err := keyring.Decrypt(message, context)
	must(t, err)
	if string(plain) != "plain" {
		t.Fatalf("got %q", plain)
	}
}

func TestAnErrorHasClassCodeAndCause(t *testing.T) {
	client := open(t)
	message, err := aesKeyring(t, client, 1).Encrypt([]byte("plain"), context)
	must(t, err)
	_, err = aesKeyring(t, client, 2).Decrypt(message, context)
	var e *Error
	if !errors.As(err, &e) || e.Class != "WRONG_KEY" || e.Code != "ENVCRYPT_E_NO_KEY" ||
		e.Cause == nil || e.Cause.Code != "ENVCRYPT_E_UNWRAP" {
		t.Fatalf("got %+v", err)
	}
}

type xor struct{ seen map[string]string }

func (x *xor) Wrap(key []byte, context map[string]string) ([]byte, error) {
	x.seen = context
	return flip(key), nil
}

func (x *xor) Unwrap(wrapped []byte, context map[string]string) ([]byte, error) {
	return flip(wrapped), nil
}

// flip hides nothing: a key service for tests.
func flip(in []byte) []byte {
	out := make([]byte, len(in))
	for i, b := range in {
		out[i] = b ^ 0x5a
	}
	return out
}

func TestACustomKeyServiceFinishesOnAnotherThread(t *testing.T) {
	client, service := open(t), &xor{}
	key, err := client.Custom("acme", "key-1", service)
	must(t, err)
	keyring := keyringOf(t, client, key)
	message, err := keyring.Encrypt([]byte("plain"), context)
	must(t, err)
	plain, err := keyring.Decrypt(message, nil)
	must(t, err)
	if string(plain) != "plain" || service.seen["größe"] != "ß" {
		t.Fatalf("got %q, context %v", plain, service.seen)
	}
}

func TestATextWithANulIsRefused(t *testing.T) {
	client := open(t)
	keyring := aesKeyring(t, client, 1)
	_, inContext := keyring.Encrypt([]byte("plain"), map[string]string{"tenant": "a\x00b"})
	_, inName := client.RawAES("test", "key\x00-1", make([]byte, 32))
	for _, err := range []error{inContext, inName} {
		var e *Error
		if !errors.As(err, &e) || e.Code != "ENVCRYPT_E_ARGUMENT" {
			t.Fatalf("got %+v", err)
		}
	}
}

func TestAMessageOfNothing(t *testing.T) {
	keyring := aesKeyring(t, open(t), 1)
	message, err := keyring.Encrypt(nil, nil)
	must(t, err)
	plain, err := keyring.Decrypt(message, nil)
	must(t, err)
	if len(plain) != 0 {
		t.Fatalf("got %q", plain)
	}
}

type broken struct{ xor }

func (b *broken) Wrap([]byte, map[string]string) ([]byte, error) {
	return nil, errors.New("out of order")
}

func TestAFailureOfACustomKeyServiceArrives(t *testing.T) {
	client := open(t)
	key, err := client.Custom("acme", "key-1", &broken{})
	must(t, err)
	_, err = keyringOf(t, client, key).Encrypt([]byte("plain"), nil)
	var e *Error
	if !errors.As(err, &e) || e.Code != "ENVCRYPT_E_CALLBACK" {
		t.Fatalf("got %+v", err)
	}
}

func TestACustomKeyServiceThatIsRefusedIsForgotten(t *testing.T) {
	client, gone := open(t), make(chan struct{})
	func() {
		service := &xor{}
		runtime.SetFinalizer(service, func(*xor) { close(gone) })
		_, err := client.Custom("aws-kms", "key-1", service)
		var e *Error
		if !errors.As(err, &e) || e.Class != "ARGUMENT" {
			t.Fatalf("got %+v", err)
		}
	}()
	for i := 0; i < 100; i++ {
		runtime.GC()
		select {
		case <-gone:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("a handle still holds it")
}
