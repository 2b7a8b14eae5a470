package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// tokenType is the provider's type of a service token.
const tokenType = "cfaccess:index:ServiceToken"

// Export is a stack, as `pulumi stack export` prints it.
type Export struct {
	// File is where it was read from.
	File string `json:"file"`
	// Project and Stack are empty if the stack holds nothing that names them.
	Project string `json:"project"`
	Stack   string `json:"stack"`
	// SavedAt is when a command of Pulumi's last saved the stack.
	SavedAt time.Time `json:"savedAt"`

	entries   []entry
	creations []creation
	text      text
}

// entry is a resource of a stack.
type entry struct {
	URN      string
	Type     string
	ID       string
	Custom   bool
	External bool
	Protect  bool
	Parent   string
	Provider string
	Inputs   map[string]any
	Outputs  map[string]any
}

// creation is one that Pulumi began and never learned the end of.
type creation struct {
	entry
	// scope, called and version are what it asked for. They are not known if one of
	// them is a secret in the export.
	known   bool
	scope   cfapi.Scope
	called  string
	version int64
}

// ReadExport reads one document, and not what follows it: a pipe may have no end.
func ReadExport(file string, from io.Reader) (Export, error) {
	decoder := json.NewDecoder(from)
	var document json.RawMessage
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return Export{}, errors.New("it is empty: give what `pulumi stack export` prints")
	}
	if _, wrong := errors.AsType[*json.SyntaxError](err); wrong || errors.Is(err, io.ErrUnexpectedEOF) {
		return Export{}, fmt.Errorf("it is not JSON that `pulumi stack export` prints: %w", err)
	}
	if err != nil {
		return Export{}, err
	}
	if rest, err := io.ReadAll(decoder.Buffered()); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return Export{}, errors.New("a second document follows: give each stack its own --stack-export")
	}
	var exported struct {
		Version    int
		Checkpoint json.RawMessage
		Deployment struct {
			Manifest          *struct{ Time time.Time }
			Resources         []entry
			PendingOperations []struct {
				Type     string
				Resource entry
			} `json:"pending_operations"`
		}
	}
	err = json.Unmarshal(document, &exported)
	switch {
	case err != nil:
		return Export{}, fmt.Errorf("it is not what `pulumi stack export` prints: %w", err)
	case exported.Checkpoint != nil:
		return Export{}, errors.New("it is a checkpoint file of a backend: give what `pulumi stack export` prints")
	case exported.Version != 3 && exported.Version != 4:
		return Export{}, errors.New("it is not an export of version 3 or 4: give what `pulumi stack export` prints")
	case exported.Deployment.Manifest == nil || exported.Deployment.Manifest.Time.IsZero():
		return Export{}, errors.New("it has no deployment.manifest with a time: give what `pulumi stack export` prints, as it is")
	}
	e := Export{File: file, SavedAt: exported.Deployment.Manifest.Time.UTC().Truncate(time.Second), entries: exported.Deployment.Resources}
	for _, operation := range exported.Deployment.PendingOperations {
		if operation.Type == "creating" && operation.Resource.Type == tokenType {
			e.creations = append(e.creations, operation.Resource.creation())
		}
		e.named(operation.Resource.URN)
	}
	for _, resource := range e.entries {
		e.named(resource.URN)
	}
	var anything any
	if err := json.Unmarshal(document, &anything); err != nil {
		return Export{}, err
	}
	e.text = textOf(anything)
	return e, nil
}

// named takes the names of stack and project from a URN, urn:pulumi:<stack>::<project>::….
func (e *Export) named(urn string) {
	parts := strings.SplitN(strings.TrimPrefix(urn, "urn:pulumi:"), "::", 3)
	if e.Stack == "" && len(parts) == 3 {
		e.Stack, e.Project = parts[0], parts[1]
	}
}

// Label names the stack.
func (e Export) Label() string {
	if e.Stack == "" {
		return "the empty stack of " + e.File
	}
	return e.Project + "/" + e.Stack
}

// holds reports whether a resource of this URN is in the stack.
func (e Export) holds(urn string) bool {
	for _, resource := range e.entries {
		if resource.URN == urn {
			return true
		}
	}
	return false
}

// nameIn is the name that the program gives a resource.
func nameIn(urn string) string {
	parts := strings.SplitN(urn, "::", 4) // the name may hold the separator
	return parts[len(parts)-1]
}

// isOf reports whether the entry is the token itself: the last part of its id, in
// whatever form the package has it.
func (e entry) isOf(tokenID string) bool {
	return e.Custom && normal(e.ID[strings.LastIndex(e.ID, "/")+1:]) == normal(tokenID)
}

// creation reads what a pending operation asked for. A secret is an object, and so
// is not taken for a text.
func (e entry) creation() creation {
	c := creation{entry: e, version: 1}
	accountID, ofAccount := e.Inputs["accountId"].(string)
	zoneID, ofZone := e.Inputs["zoneId"].(string)
	if c.scope = cfapi.Account(accountID); ofZone {
		c.scope = cfapi.Zone(zoneID)
	}
	var named bool
	c.called, named = e.Inputs["name"].(string)
	c.known = named && ofAccount != ofZone
	if asked, ok := e.Inputs["clientSecretVersion"]; ok {
		number, plain := asked.(float64)
		c.version, c.known = int64(number), c.known && plain
	}
	return c
}
