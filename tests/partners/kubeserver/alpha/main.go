// SPDX-License-Identifier: Apache-2.0

// alpha serves storagemigration.k8s.io/v1alpha1, as servers from 1.30 to 1.34 did behind a feature
// gate, by the types of the last module that has it, which is why this is a module of its own. What is
// posted must be such an object to the letter. Nothing is carried out: who starts it says what
// the conditions are.
//
//	GET  /apis/storagemigration.k8s.io[/v1alpha1]                 discovery
//	POST /apis/storagemigration.k8s.io/v1alpha1/storageversionmigrations
//	GET  /apis/storagemigration.k8s.io/v1alpha1/storageversionmigrations/NAME
//	POST /say?name=NAME&type=Running|Succeeded|Failed&reason=…    sets a condition
//
// It prints {"url"} and ends when its standard input ends.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/api/storagemigration/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	strict "sigs.k8s.io/json"
)

const (
	resource = "storageversionmigrations"
	group    = "/apis/" + v1alpha1.GroupName
	all      = group + "/v1alpha1/" + resource
)

type server struct {
	mutex sync.Mutex
	made  map[string]*v1alpha1.StorageVersionMigration
}

func say(w http.ResponseWriter, code int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(what)
}

func refuse(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	say(w, int(code), metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status: metav1.StatusFailure, Reason: reason, Code: code, Message: message})
}

func groups(w http.ResponseWriter, _ *http.Request) {
	version := metav1.GroupVersionForDiscovery{
		GroupVersion: v1alpha1.SchemeGroupVersion.String(), Version: "v1alpha1"}
	say(w, http.StatusOK, metav1.APIGroup{TypeMeta: metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"},
		Name: v1alpha1.GroupName, Versions: []metav1.GroupVersionForDiscovery{version}, PreferredVersion: version})
}

func resources(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: v1alpha1.SchemeGroupVersion.String(),
		APIResources: []metav1.APIResource{{Name: resource, SingularName: "storageversionmigration",
			Kind: "StorageVersionMigration", Verbs: metav1.Verbs{"create", "get"}}}})
}

// create refuses what the real server's validation refuses, and what it would only warn of.
func (s *server) create(w http.ResponseWriter, r *http.Request) {
	var asked v1alpha1.StorageVersionMigration
	body, err := io.ReadAll(r.Body)
	if err == nil {
		var unknown []error
		unknown, err = strict.UnmarshalStrict(body, &asked)
		if err == nil && len(unknown) > 0 {
			err = unknown[0]
		}
	}
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, err.Error())
		return
	case asked.APIVersion != v1alpha1.SchemeGroupVersion.String() || asked.Kind != "StorageVersionMigration":
		refuse(w, http.StatusBadRequest, metav1.StatusReasonBadRequest, "another kind")
		return
	case asked.Spec.Resource.Resource == "":
		refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "resource is required")
		return
	case asked.Spec.Resource.Version == "":
		refuse(w, http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "version is required")
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if asked.Name == "" {
		asked.Name = fmt.Sprintf("%s%05d", asked.GenerateName, len(s.made))
	}
	asked.UID, asked.ResourceVersion = types.UID("uid-of-"+asked.Name), "1"
	asked.CreationTimestamp = metav1.Now()
	asked.Status = v1alpha1.StorageVersionMigrationStatus{}
	s.made[asked.Name] = &asked
	say(w, http.StatusCreated, asked)
}

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.made[r.PathValue("name")]; found != nil {
		say(w, http.StatusOK, found)
		return
	}
	refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, "there is none")
}

func (s *server) condition(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	query := r.URL.Query()
	of := s.made[query.Get("name")]
	if of == nil {
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, "there is none")
		return
	}
	of.Status.Conditions = append(of.Status.Conditions, v1alpha1.MigrationCondition{
		Type: v1alpha1.MigrationConditionType(query.Get("type")), Status: corev1.ConditionTrue,
		Reason: query.Get("reason"), LastUpdateTime: metav1.NewTime(time.Now())})
	say(w, http.StatusOK, of)
}

func main() {
	s := &server{made: map[string]*v1alpha1.StorageVersionMigration{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+group, groups)
	mux.HandleFunc("GET "+group+"/v1alpha1", resources)
	mux.HandleFunc("POST "+all, s.create)
	mux.HandleFunc("GET "+all+"/{name}", s.get)
	mux.HandleFunc("POST /say", s.condition)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "alpha:", err)
		os.Exit(1)
	}
	go func() { _ = http.Serve(listener, mux) }()
	fmt.Printf("{\"url\": \"http://%s\"}\n", listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
