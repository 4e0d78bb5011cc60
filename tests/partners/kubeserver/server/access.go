// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// A file of users: their tokens and what they may do. It is read again when it changes.
//
//	{"users": [{"name": "lister", "token": "…", "groups": [], "rules": [
//	    {"verbs": ["list"], "groups": [""], "resources": ["secrets"], "namespaces": ["*"]}]}]}
//
// "*" is any. A rule with "*" as namespace allows requests over all namespaces too; "paths"
// allows paths that are no resources. Who is known may read the server's version and its
// lists of resources, and ask what he may do, as in a real cluster.
type access struct {
	path    string
	mutex   sync.Mutex
	changed time.Time
	users   []account
}

type account struct {
	Name   string   `json:"name"`
	Token  string   `json:"token"`
	Groups []string `json:"groups"`
	Rules  []rule   `json:"rules"`
}

type rule struct {
	Verbs      []string `json:"verbs"`
	Groups     []string `json:"groups"`
	Resources  []string `json:"resources"`
	Namespaces []string `json:"namespaces"`
	Paths      []string `json:"paths"`
}

func readAccess(path string) (*access, error) {
	a := &access{path: path}
	_, err := a.current()
	return a, err
}

func (a *access) current() ([]account, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	info, err := os.Stat(a.path)
	if err != nil {
		return nil, err
	}
	if info.ModTime().Equal(a.changed) {
		return a.users, nil
	}
	text, err := os.ReadFile(a.path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Users []account `json:"users"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", a.path, err)
	}
	a.users, a.changed = file.Users, info.ModTime()
	return a.users, nil
}

func (a *access) AuthenticateToken(_ context.Context, token string) (*authenticator.Response, bool, error) {
	users, err := a.current()
	if err != nil {
		return nil, false, err
	}
	for _, u := range users {
		if u.Token != "" && u.Token == token {
			return &authenticator.Response{User: &user.DefaultInfo{Name: u.Name, Groups: u.Groups}}, true, nil
		}
	}
	return nil, false, nil
}

func (a *access) Authorize(_ context.Context, what authorizer.Attributes) (authorizer.Decision, string, error) {
	if what.GetUser() == nil || !slices.Contains(what.GetUser().GetGroups(), user.AllAuthenticated) {
		return authorizer.DecisionNoOpinion, "", nil
	}
	// The server's own client, and whoever is in its group, as in a real cluster.
	if open(what) || slices.Contains(what.GetUser().GetGroups(), user.SystemPrivilegedGroup) {
		return authorizer.DecisionAllow, "", nil
	}
	users, err := a.current()
	if err != nil {
		return authorizer.DecisionNoOpinion, "", err
	}
	for _, u := range users {
		if u.Name != what.GetUser().GetName() {
			continue
		}
		for _, r := range u.Rules {
			if r.allows(what) {
				return authorizer.DecisionAllow, "a rule of " + u.Name, nil
			}
		}
	}
	return authorizer.DecisionNoOpinion, "", nil
}

// open is what everyone who is known may do (system:discovery and system:basic-user).
func open(what authorizer.Attributes) bool {
	if what.IsResourceRequest() {
		return what.GetVerb() == "create" &&
			(what.GetAPIGroup() == "authorization.k8s.io" && what.GetResource() == "selfsubjectaccessreviews" ||
				what.GetAPIGroup() == "authentication.k8s.io" && what.GetResource() == "selfsubjectreviews")
	}
	if what.GetVerb() != "get" {
		return false
	}
	for _, path := range []string{"/api", "/apis", "/openapi", "/version", "/healthz", "/livez", "/readyz"} {
		if what.GetPath() == path || strings.HasPrefix(what.GetPath(), path+"/") {
			return true
		}
	}
	return false
}

func (r rule) allows(what authorizer.Attributes) bool {
	if !has(r.Verbs, what.GetVerb()) {
		return false
	}
	if !what.IsResourceRequest() {
		return has(r.Paths, what.GetPath())
	}
	resource := what.GetResource()
	if what.GetSubresource() != "" {
		resource += "/" + what.GetSubresource()
	}
	// A request over all namespaces has none, and so does one for what has no namespace.
	return has(r.Groups, what.GetAPIGroup()) && has(r.Resources, resource) &&
		has(r.Namespaces, what.GetNamespace())
}

func has(allowed []string, one string) bool {
	return slices.Contains(allowed, "*") || slices.Contains(allowed, one)
}
