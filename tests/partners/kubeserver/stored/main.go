// SPDX-License-Identifier: Apache-2.0

// stored makes and opens stored values by Kubernetes' own transformers: one JSON object a line on
// standard input, one on standard output.
//
//	{"op": "write" | "read", "provider": "aescbc" | "aesgcm" | "secretbox" | "kms v1" |
//	 "kms v1 cbc" | "kms v2" | "kms v2 key", "name": …, "key": base64, "form": "raw" | "edk",
//	 "place": key in etcd, "data": base64}
//	→ {"data": base64} or {"error": …}
//
// "kms v1 cbc" is what servers before 1.25 wrote, "kms v2 key" what those before 1.29 could.
// The plugin turns the bits of what it wraps (raw), or wraps it by AES-GCM under the key as the
// raw AES keyring of the AWS Encryption SDK does (edk; namespace "ns", name "kek").
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/apiserver/pkg/storage/value"
	aestransformer "k8s.io/apiserver/pkg/storage/value/encrypt/aes"
	"k8s.io/apiserver/pkg/storage/value/encrypt/envelope"
	"k8s.io/apiserver/pkg/storage/value/encrypt/envelope/kmsv2"
	"k8s.io/apiserver/pkg/storage/value/encrypt/secretbox"
	"k8s.io/kms/pkg/service"
)

const keyID = "kek-1"

type order struct {
	Op       string `json:"op"`
	Provider string `json:"provider"`
	Name     string `json:"name"`
	Key      []byte `json:"key"`
	Form     string `json:"form"`
	Place    string `json:"place"`
	Data     []byte `json:"data"`
}

// What the plugin returns as ciphertext.
type wrapping interface {
	wrap(plain []byte) ([]byte, error)
	unwrap(text []byte) ([]byte, error)
}

type raw struct{}

func (raw) wrap(plain []byte) ([]byte, error) {
	out := make([]byte, len(plain))
	for i, b := range plain {
		out[i] = ^b
	}
	return out, nil
}

func (r raw) unwrap(text []byte) ([]byte, error) { return r.wrap(text) }

type edk struct{ gcm cipher.AEAD }

const infoHead = "kek\x00\x00\x00\x80\x00\x00\x00\x0c" // name, tag bits, bytes of the IV

func put16(out []byte, field []byte) []byte {
	out = binary.BigEndian.AppendUint16(out, uint16(len(field)))
	return append(out, field...)
}

func (e edk) wrap(plain []byte) ([]byte, error) {
	iv := make([]byte, 12)
	if _, err := rand.Read(iv); err != nil {
		return nil, err
	}
	out := put16(nil, []byte("ns"))
	out = put16(out, append([]byte(infoHead), iv...))
	return put16(out, e.gcm.Seal(nil, iv, plain, nil)), nil
}

func (e edk) unwrap(text []byte) ([]byte, error) {
	fields := [][]byte{}
	for len(text) >= 2 {
		size := int(binary.BigEndian.Uint16(text))
		if size > len(text)-2 {
			break
		}
		fields, text = append(fields, text[2:2+size]), text[2+size:]
	}
	if len(fields) != 3 || len(text) > 0 || string(fields[0]) != "ns" ||
		!bytes.HasPrefix(fields[1], []byte(infoHead)) || len(fields[1]) != len(infoHead)+12 {
		return nil, errors.New("this is no encrypted data key of ours")
	}
	return e.gcm.Open(nil, fields[1][len(infoHead):], fields[2], nil)
}

// A plugin of both versions.
type pluginV1 struct{ wrapping }

func (p pluginV1) Encrypt(data []byte) ([]byte, error) { return p.wrap(data) }
func (p pluginV1) Decrypt(data []byte) ([]byte, error) { return p.unwrap(data) }

type pluginV2 struct{ wrapping }

func (p pluginV2) Encrypt(_ context.Context, _ string, data []byte) (*service.EncryptResponse, error) {
	text, err := p.wrap(data)
	return &service.EncryptResponse{Ciphertext: text, KeyID: keyID,
		Annotations: map[string][]byte{"v.example.com": []byte("1"), "w.example.com": {}}}, err
}

func (p pluginV2) Decrypt(_ context.Context, _ string, req *service.DecryptRequest) ([]byte, error) {
	return p.unwrap(req.Ciphertext)
}

func (p pluginV2) Status(context.Context) (*service.StatusResponse, error) {
	return &service.StatusResponse{Version: "v2", Healthz: "ok", KeyID: keyID}, nil
}

func gcmOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func pluginOf(o order) (wrapping, error) {
	if o.Form == "raw" {
		return raw{}, nil
	}
	gcm, err := gcmOf(o.Key)
	return edk{gcm}, err
}

// The state that a server has after it asked the plugin for its status.
var states = map[string]kmsv2.State{}

func stateOf(o order, plugin service.Service) (kmsv2.State, error) {
	id := fmt.Sprintf("%s %s %x", o.Provider, o.Form, o.Key)
	if state, found := states[id]; found {
		return state, nil
	}
	transformer, object, cacheKey, err := kmsv2.GenerateTransformer(
		context.Background(), "uid", plugin, o.Provider == "kms v2")
	if err != nil {
		return kmsv2.State{}, err
	}
	states[id] = kmsv2.State{
		Transformer:                           transformer,
		EncryptedObjectKeyID:                  object.KeyID,
		EncryptedObjectEncryptedDEKSource:     object.EncryptedDEKSource,
		EncryptedObjectAnnotations:            object.Annotations,
		EncryptedObjectEncryptedDEKSourceType: object.EncryptedDEKSourceType,
		UID:                                   "uid",
		ExpirationTimestamp:                   time.Now().Add(time.Hour),
		CacheKey:                              cacheKey,
	}
	return states[id], nil
}

func kmsTransformer(o order) (value.Transformer, string, error) {
	wraps, err := pluginOf(o)
	if err != nil {
		return nil, "", err
	}
	switch o.Provider {
	case "kms v1":
		return envelope.NewEnvelopeTransformer(pluginV1{wraps}, 0, aestransformer.NewGCMTransformer),
			"k8s:enc:kms:v1:", nil
	case "kms v1 cbc":
		return envelope.NewEnvelopeTransformer(pluginV1{wraps}, 0,
			func(block cipher.Block) (value.Transformer, error) {
				return aestransformer.NewCBCTransformer(block), nil
			}), "k8s:enc:kms:v1:", nil
	case "kms v2", "kms v2 key":
		plugin := pluginV2{wraps}
		return kmsv2.NewEnvelopeTransformer(plugin, "test",
			func() (kmsv2.State, error) { return stateOf(o, plugin) }, "test"), "k8s:enc:kms:v2:", nil
	}
	return nil, "", errors.New("there is no such provider")
}

func transformerOf(o order) (value.Transformer, string, error) {
	if o.Provider == "secretbox" {
		var key [32]byte
		copy(key[:], o.Key)
		return secretbox.NewSecretboxTransformer(key), "k8s:enc:secretbox:v1:", nil
	}
	if o.Provider != "aescbc" && o.Provider != "aesgcm" {
		return kmsTransformer(o)
	}
	block, err := aes.NewCipher(o.Key)
	if err != nil {
		return nil, "", err
	}
	if o.Provider == "aescbc" {
		return aestransformer.NewCBCTransformer(block), "k8s:enc:aescbc:v1:", nil
	}
	transformer, err := aestransformer.NewGCMTransformer(block)
	return transformer, "k8s:enc:aesgcm:v1:", err
}

func obey(o order) ([]byte, error) {
	inner, prefix, err := transformerOf(o)
	if err != nil {
		return nil, err
	}
	transformer := value.NewPrefixTransformers(errors.New("no prefix fits"),
		value.PrefixTransformer{Prefix: []byte(prefix + o.Name + ":"), Transformer: inner})
	place := value.DefaultContext(o.Place)
	if o.Op == "write" {
		return transformer.TransformToStorage(context.Background(), o.Data, place)
	}
	plain, _, err := transformer.TransformFromStorage(context.Background(), o.Data, place)
	return plain, err
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var o order
		answer := map[string]any{}
		if err := json.Unmarshal(line, &o); err != nil {
			answer["error"] = err.Error()
		} else if data, err := obey(o); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["data"] = append([]byte{}, data...)
		}
		if err := answers.Encode(answer); err != nil {
			return
		}
	}
}
