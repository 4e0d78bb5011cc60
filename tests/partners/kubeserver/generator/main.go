// SPDX-License-Identifier: Apache-2.0

// generator answers as an API server with any number of Secrets would, and holds none of them:
// their metadata is made as it is asked for, and of each it keeps one bit, whether it was patched.
// So a client's memory can be looked at over a million objects without the server's. The types of
// the replies are Kubernetes' own.
//
//	generator -state FOLDER -count N
//
// It prints {"port", "pki", "pid"} as server does, answers GET /stats with what it was asked, and
// ends when its standard input ends.
package main

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"

	"libenvcrypt.example/kubeserver/pki"
)

const (
	perNamespace = 1000
	staleVersion = 1000     // of object 0 before it is patched; that of object n is n more
	freshVersion = 10000000 // after it
)

type generator struct {
	mutex   sync.Mutex
	count   int
	patched []uint64
	stats   map[string]int
}

func (g *generator) place(number int) (namespace, name string) {
	return fmt.Sprintf("ns-%05d", number/perNamespace), fmt.Sprintf("secret-%03d", number%perNamespace)
}

// number of an object; -1 = there is none.
func (g *generator) number(namespace, name string) int {
	var high, low int
	if _, err := fmt.Sscanf(namespace+" "+name, "ns-%d secret-%d", &high, &low); err != nil {
		return -1
	}
	number := high*perNamespace + low
	if number < 0 || number >= g.count {
		return -1
	}
	return number
}

// resourceVersion is called with the lock.
func (g *generator) resourceVersion(number int) string {
	if g.patched[number/64]&(1<<(number%64)) != 0 {
		return strconv.Itoa(freshVersion + number)
	}
	return strconv.Itoa(staleVersion + number)
}

// object has about the size that metadata of real Secrets have: an applied object in an annotation,
// and who manages which field.
func (g *generator) object(number int) metav1.PartialObjectMetadata {
	namespace, name := g.place(number)
	applied := `{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{},"name":"` + name +
		`","namespace":"` + namespace + `"},"data":{"password":"` + strings.Repeat("c2VjcmV0", 30) + `"}}`
	return metav1.PartialObjectMetadata{
		TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, ResourceVersion: g.resourceVersion(number),
			UID:               types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", number)),
			CreationTimestamp: metav1.Unix(1700000000, 0),
			Annotations:       map[string]string{"kubectl.kubernetes.io/last-applied-configuration": applied},
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl", Operation: "Update", APIVersion: "v1",
				FieldsType: "FieldsV1", FieldsV1: &metav1.FieldsV1{Raw: []byte(`{"f:data":{".":{},"f:password":{}},"f:type":{}}`)}}},
		}}
}

func say(w http.ResponseWriter, code int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(what)
}

func refuse(w http.ResponseWriter, code int32, reason metav1.StatusReason) {
	say(w, int(code), metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status: metav1.StatusFailure, Reason: reason, Code: code, Message: "the generator says " + string(reason)})
}

// list gives a page; its token is the number of the next object.
func (g *generator) list(w http.ResponseWriter, r *http.Request, namespace string) {
	from, end := 0, g.count
	if namespace != "" {
		from = max(g.number(namespace, "secret-0"), 0)
		end = min(from+perNamespace, g.count)
	}
	query := r.URL.Query()
	if token := query.Get("continue"); token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(text))
		}
		if err != nil || from < 0 || from > g.count {
			refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest)
			return
		}
	}
	to := end
	if limit, _ := strconv.Atoi(query.Get("limit")); limit > 0 {
		to = min(from+limit, end)
	}
	page := metav1.PartialObjectMetadataList{
		TypeMeta: metav1.TypeMeta{Kind: "PartialObjectMetadataList", APIVersion: "meta.k8s.io/v1"},
		ListMeta: metav1.ListMeta{ResourceVersion: "9000000"}}
	g.mutex.Lock()
	for number := from; number < to; number++ {
		page.Items = append(page.Items, g.object(number))
	}
	g.mutex.Unlock()
	if to < end {
		left := int64(end - to)
		page.Continue = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
		page.RemainingItemCount = &left
	}
	say(w, http.StatusOK, page)
}

// patch is a merge patch of metadata that is held to a version; it makes a stale object fresh.
func (g *generator) patch(w http.ResponseWriter, r *http.Request, number int) {
	var asked metav1.PartialObjectMetadata
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest)
		return
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if asked.ResourceVersion != "" && asked.ResourceVersion != g.resourceVersion(number) {
		refuse(w, http.StatusConflict, metav1.StatusReasonConflict)
		return
	}
	dry := r.URL.Query().Has("dryRun")
	if stale := g.patched[number/64]&(1<<(number%64)) == 0; stale && !dry {
		g.patched[number/64] |= 1 << (number % 64)
		g.stats["rewritten"]++
	}
	say(w, http.StatusOK, g.object(number))
}

func (g *generator) secret(w http.ResponseWriter, r *http.Request) {
	number := g.number(r.PathValue("namespace"), r.PathValue("name"))
	if number < 0 {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
		return
	}
	if r.Method == http.MethodPatch {
		g.patch(w, r, number)
		return
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	say(w, http.StatusOK, g.object(number))
}

func review(w http.ResponseWriter, r *http.Request) {
	var asked authorizationv1.SelfSubjectAccessReview
	_ = json.NewDecoder(r.Body).Decode(&asked)
	asked.Status.Allowed = true
	say(w, http.StatusCreated, asked)
}

func (g *generator) routes() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, reply any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, reply) })
	}
	get("/version", version.Info{Major: "1", Minor: "37", GitVersion: "v1.37.2"})
	get("/api", metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	get("/apis", metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"},
		Groups: []metav1.APIGroup{}})
	get("/api/v1", metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList"}, GroupVersion: "v1",
		APIResources: []metav1.APIResource{{Name: "secrets", SingularName: "secret", Namespaced: true, Kind: "Secret",
			Verbs: metav1.Verbs{"get", "list", "patch"}}}})
	get("/api/v1/namespaces/kube-system", metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{Kind: "PartialObjectMetadata", APIVersion: "meta.k8s.io/v1"},
		ObjectMeta: metav1.ObjectMeta{Name: "kube-system", ResourceVersion: "1", UID: "00000000-0000-4000-9000-000000000000"}})
	mux.HandleFunc("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
	mux.HandleFunc("GET /api/v1/secrets", func(w http.ResponseWriter, r *http.Request) { g.list(w, r, "") })
	mux.HandleFunc("GET /api/v1/namespaces/{namespace}/secrets", func(w http.ResponseWriter, r *http.Request) {
		g.list(w, r, r.PathValue("namespace"))
	})
	mux.HandleFunc("/api/v1/namespaces/{namespace}/secrets/{name}", g.secret)
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		say(w, http.StatusOK, g.stats)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mutex.Lock()
		g.stats[r.Method]++
		g.mutex.Unlock()
		mux.ServeHTTP(w, r)
	})
}

func run(state string, count int) error {
	certs, err := pki.Open(filepath.Join(state, "pki"))
	if err != nil {
		return err
	}
	g := &generator{count: count, patched: make([]uint64, count/64+1), stats: map[string]int{}}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: g.routes()}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	said, err := json.Marshal(map[string]any{"port": listener.Addr().(*net.TCPAddr).Port,
		"pki": filepath.Join(state, "pki"), "pid": os.Getpid()})
	if err != nil {
		return err
	}
	fmt.Println(string(said))
	return server.ServeTLS(listener, certs.Cert("server"), certs.Key("server"))
}

func main() {
	state := flag.String("state", "", "folder for the certificates")
	count := flag.Int("count", 1000, "objects")
	flag.Parse()
	if err := run(*state, *count); err != nil && err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}
