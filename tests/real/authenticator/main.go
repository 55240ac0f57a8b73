// Answers with the code of aws-iam-authenticator itself: JSON lines as `trustpath decide aws-auth` and
// `trustpath decide token` take them. STS is replaced by one that says yes to every signature.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	_ "unsafe"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/arn"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
	_ "sigs.k8s.io/aws-iam-authenticator/pkg/server" // for its linked function
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

// The server's own functions, which it does not export.
//
//go:linkname saveMap sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap.(*MapStore).saveMap
func saveMap(*configmap.MapStore, []config.UserMapping, []config.RoleMapping, []string)

//go:linkname renderTemplates sigs.k8s.io/aws-iam-authenticator/pkg/server.(*handler).renderTemplates
func renderTemplates(*handler, config.IdentityMapping, *token.Identity) (string, []string, error)

// Stands in for the server's handler; its EC2 client is never asked, as no session names an instance.
type handler [4096]byte

type question struct {
	ID        json.RawMessage `json:"id"`
	ConfigMap struct {
		Data map[string]string `json:"data"`
	} `json:"configmap"`
	ARN       string  `json:"arn"`
	Session   *string `json:"session"`
	AccessKey string  `json:"access_key"`
	Token     string  `json:"token"`
	Cluster   string  `json:"cluster"`
	Partition string  `json:"partition"`
	Region    string  `json:"region"`
}

type mapped struct {
	ID        json.RawMessage `json:"id"`
	Canonical *string         `json:"canonical_arn"`
	Mapped    bool            `json:"mapped"`
	Username  *string         `json:"username"`
	Groups    []string        `json:"groups"`
	Error     *string         `json:"error"`
	Message   string          `json:"message"`
}

func refuse(answer mapped, kind, message string) mapped {
	answer.Error, answer.Message = &kind, message
	return answer
}

func mapping(asked question) mapped {
	answer := mapped{ID: asked.ID}
	kind, canonical, err := arn.Canonicalize(asked.ARN)
	if err != nil {
		return refuse(answer, "principal", err.Error())
	}
	answer.Canonical = &canonical
	identity := &token.Identity{ARN: asked.ARN, CanonicalARN: canonical, AccountID: strings.Split(asked.ARN, ":")[4], AccessKeyID: asked.AccessKey}
	if kind == arn.ASSUMED_ROLE {
		identity.SessionName = asked.ARN[strings.LastIndex(asked.ARN, "/")+1:]
	}
	if asked.Session != nil {
		identity.SessionName = *asked.Session
	}
	users, roles, accounts, _ := configmap.ParseMap(asked.ConfigMap.Data)
	store := &configmap.MapStore{}
	saveMap(store, users, roles, accounts)
	backend := configmap.ConfigMapMapper{MapStore: store}
	found, err := backend.Map(identity)
	if errors.Is(err, mapper.ErrNotMapped) {
		if !backend.IsAccountAllowed(identity.AccountID) {
			return refuse(answer, "not-mapped", "identity is not mapped")
		}
		answer.Mapped, answer.Username, answer.Groups = true, &canonical, []string{}
		return answer
	}
	username, groups, err := renderTemplates(&handler{}, *found, identity)
	if err != nil {
		return refuse(answer, "template", err.Error())
	}
	answer.Mapped, answer.Username, answer.Groups = true, &username, groups
	return answer
}

type verdict struct {
	ID       json.RawMessage `json:"id"`
	Accepted bool            `json:"accepted"`
	Error    string          `json:"error"`
}

type yes struct{}

func (yes) RoundTrip(request *http.Request) (*http.Response, error) {
	body := `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/jane","UserId":"AIDAEXAMPLE"}}}`
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: request}, nil
}

func verification(asked question) verdict {
	_, err := token.NewVerifier(asked.Cluster, asked.Partition, asked.Region).Verify(asked.Token)
	if err != nil {
		return verdict{asked.ID, false, err.Error()}
	}
	return verdict{asked.ID, true, ""}
}

func main() {
	logrus.SetOutput(io.Discard)
	http.DefaultTransport = yes{}
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(make([]byte, 1<<20), 1<<30)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for scanner.Scan() {
		var asked question
		err := json.Unmarshal(scanner.Bytes(), &asked)
		if err == nil && asked.Token != "" {
			err = encoder.Encode(verification(asked))
		} else if err == nil {
			err = encoder.Encode(mapping(asked))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
