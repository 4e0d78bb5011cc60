// SPDX-License-Identifier: Apache-2.0

// plugin is a KMS v2 plugin on Kubernetes' own service code, whose keys lie in a folder, or whose
// wrapping is a service's, as the plugins of clouds work: POST SERVICE/wrap and SERVICE/unwrap. Its
// key id follows rotation, or stays the same as that of EKS's plugin does. A second socket, the
// plugin's with ".control" after it, says what it does and changes that:
//
//	GET  /state              {"key_id", "keys", "calls": {"status", "encrypt", "decrypt"}, "fails"}
//	POST /rotate             a new key
//	POST /fails?calls=LIST   calls (status,encrypt,decrypt) fail from now on; empty: none does
//
// It ends when its standard input ends.
package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/kms/pkg/service"
)

const keySize = 32

// keys of one plugin. A wrapped seed is the number of its key (4 bytes, big-endian), a nonce of
// 12 bytes, and AES-256-GCM's output, with the number as additional data.
type keys struct {
	mutex    sync.Mutex
	folder   string
	constant string
	service  string
	all      [][]byte
	calls    map[string]int
	fails    []string
}

func openKeys(folder, constant, wrapping string) (*keys, error) {
	k := &keys{folder: folder, constant: constant, service: wrapping, calls: map[string]int{}}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	for {
		key, err := os.ReadFile(k.path(len(k.all)))
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		if len(key) != keySize {
			return nil, fmt.Errorf("%s: not a key", k.path(len(k.all)))
		}
		k.all = append(k.all, key)
	}
	if len(k.all) == 0 {
		return k, k.rotate()
	}
	return k, nil
}

func (k *keys) path(number int) string {
	return filepath.Join(k.folder, fmt.Sprintf("key-%d", number+1))
}

func (k *keys) rotate() error {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	if err := os.WriteFile(k.path(len(k.all)), key, 0o600); err != nil {
		return err
	}
	k.all = append(k.all, key)
	return nil
}

func (k *keys) id() string {
	if k.constant != "" {
		return k.constant
	}
	return fmt.Sprintf("key-%d", len(k.all))
}

// begin counts a call, and fails it if it is told to. The caller holds the lock.
func (k *keys) begin(call string) error {
	k.calls[call]++
	if slices.Contains(k.fails, call) {
		return fmt.Errorf("%s fails because a test wants it to", call)
	}
	return nil
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (k *keys) Status(context.Context) (*service.StatusResponse, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err := k.begin("status"); err != nil {
		return nil, err
	}
	return &service.StatusResponse{Version: "v2", Healthz: "ok", KeyID: k.id()}, nil
}

// ask sends bytes to the service, and gives what it answers.
func (k *keys) ask(what string, data []byte) ([]byte, error) {
	reply, err := http.Post(k.service+"/"+what, "application/octet-stream", bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the service answered %s", reply.Status)
	}
	return io.ReadAll(reply.Body)
}

func (k *keys) wrap(data []byte) ([]byte, error) {
	if k.service != "" {
		return k.ask("wrap", data)
	}
	number := binary.BigEndian.AppendUint32(nil, uint32(len(k.all)))
	nonce := make([]byte, 12)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return gcm(k.all[len(k.all)-1]).Seal(append(slices.Clone(number), nonce...), nonce, data, number), nil
}

func (k *keys) Encrypt(_ context.Context, _ string, data []byte) (*service.EncryptResponse, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err := k.begin("encrypt"); err != nil {
		return nil, err
	}
	wrapped, err := k.wrap(data)
	if err != nil {
		return nil, err
	}
	return &service.EncryptResponse{Ciphertext: wrapped, KeyID: k.id(),
		Annotations: map[string][]byte{"version.kubeserver.example": []byte("1")}}, nil
}

func (k *keys) Decrypt(_ context.Context, _ string, asked *service.DecryptRequest) ([]byte, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err := k.begin("decrypt"); err != nil {
		return nil, err
	}
	wrapped := asked.Ciphertext
	if k.service != "" {
		return k.ask("unwrap", wrapped)
	}
	if len(wrapped) < 4+12 {
		return nil, errors.New("this was not wrapped here")
	}
	number := binary.BigEndian.Uint32(wrapped)
	if number < 1 || int(number) > len(k.all) {
		return nil, fmt.Errorf("there is no key %d", number)
	}
	return gcm(k.all[number-1]).Open(nil, wrapped[4:16], wrapped[16:], wrapped[:4])
}

func (k *keys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	switch r.Method + " " + r.URL.Path {
	case "GET /state":
	case "POST /rotate":
		if err := k.rotate(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	case "POST /fails":
		k.fails = strings.Split(r.URL.Query().Get("calls"), ",")
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"key_id": k.id(), "keys": len(k.all), "calls": k.calls, "fails": k.fails})
}

func run(socket, folder, constant, wrapping string) error {
	k, err := openKeys(folder, constant, wrapping)
	if err != nil {
		return err
	}
	for _, left := range []string{socket, socket + ".control"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	control, err := net.Listen("unix", socket+".control")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(control, k) }()
	kms := service.NewGRPCService(socket, 10*time.Second, k)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		kms.Close()
	}()
	return kms.ListenAndServe()
}

func main() {
	socket := flag.String("socket", "", "path of the socket")
	folder := flag.String("keys", "", "folder of the keys")
	constant := flag.String("constant-key-id", "", "the key id, whatever key it is")
	wrapping := flag.String("service", "", "URL of what wraps and unwraps, in the place of the folder's keys")
	flag.Parse()
	if err := run(*socket, *folder, *constant, *wrapping); err != nil {
		fmt.Fprintln(os.Stderr, "plugin:", err)
		os.Exit(1)
	}
}
