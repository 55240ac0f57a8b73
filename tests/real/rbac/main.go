// Answers requests with the RBAC authorizer of Kubernetes itself: JSON lines as `trustpath decide rbac` takes them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	listers "k8s.io/client-go/listers/rbac/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

type request struct {
	User        string   `json:"user"`
	Groups      []string `json:"groups"`
	Verb        string   `json:"verb"`
	Group       string   `json:"group"`
	Version     string   `json:"version"`
	Resource    string   `json:"resource"`
	Subresource string   `json:"subresource"`
	Namespace   string   `json:"namespace"`
	Name        string   `json:"name"`
	Path        string   `json:"path"`
}

type question struct {
	ID      json.RawMessage   `json:"id"`
	Objects []json.RawMessage `json:"objects"`
	Ref     json.RawMessage   `json:"objects_ref"`
	Request request           `json:"request"`
}

type answer struct {
	ID      json.RawMessage `json:"id"`
	Allowed bool            `json:"allowed"`
	Reason  string          `json:"reason"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func authorizerOf(objects []json.RawMessage) *rbac.RBACAuthorizer {
	roles := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	clusterRoles := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	var roleBindings []*rbacv1.RoleBinding
	var clusterRoleBindings []*rbacv1.ClusterRoleBinding
	for _, raw := range objects {
		var head struct {
			Kind string `json:"kind"`
		}
		check(json.Unmarshal(raw, &head))
		switch head.Kind {
		case "Role":
			object := &rbacv1.Role{}
			check(json.Unmarshal(raw, object))
			check(roles.Add(object))
		case "RoleBinding":
			object := &rbacv1.RoleBinding{}
			check(json.Unmarshal(raw, object))
			roleBindings = append(roleBindings, object)
		case "ClusterRole":
			object := &rbacv1.ClusterRole{}
			check(json.Unmarshal(raw, object))
			check(clusterRoles.Add(object))
		case "ClusterRoleBinding":
			object := &rbacv1.ClusterRoleBinding{}
			check(json.Unmarshal(raw, object))
			clusterRoleBindings = append(clusterRoleBindings, object)
		}
	}
	// The bindings keep their order, so that the reason is always the same; roles are looked up as the API server does.
	_, bindings := validation.NewTestRuleResolver(nil, roleBindings, nil, clusterRoleBindings)
	return rbac.New(
		&rbac.RoleGetter{Lister: listers.NewRoleLister(roles)},
		bindings,
		&rbac.ClusterRoleGetter{Lister: listers.NewClusterRoleLister(clusterRoles)},
		bindings,
	)
}

func main() {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(make([]byte, 1<<20), 1<<30)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	known := map[string]*rbac.RBACAuthorizer{}
	for scanner.Scan() {
		var asked question
		check(json.Unmarshal(scanner.Bytes(), &asked))
		var decider *rbac.RBACAuthorizer
		if asked.Objects != nil {
			decider = authorizerOf(asked.Objects)
			known[string(asked.ID)] = decider
		} else {
			decider = known[string(asked.Ref)]
		}
		attributes := authorizer.AttributesRecord{
			User:            &user.DefaultInfo{Name: asked.Request.User, Groups: asked.Request.Groups},
			Verb:            asked.Request.Verb,
			Namespace:       asked.Request.Namespace,
			APIGroup:        asked.Request.Group,
			APIVersion:      asked.Request.Version,
			Resource:        asked.Request.Resource,
			Subresource:     asked.Request.Subresource,
			Name:            asked.Request.Name,
			ResourceRequest: asked.Request.Path == "",
			Path:            asked.Request.Path,
		}
		decision, reason, err := decider.Authorize(context.Background(), attributes)
		check(err)
		check(encoder.Encode(answer{asked.ID, decision == authorizer.DecisionAllow, reason}))
	}
	check(scanner.Err())
}
