package importfile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// fromTerraform reads the tokens of a Terraform state, and notes what is
// lost on the way.
func fromTerraform(ctx context.Context, path string, stacks *held, stdin io.Reader, notes io.Writer) (importFile, error) {
	if path == "-" {
		path = "standard input"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return importFile{}, fmt.Errorf("reading the Terraform state: %w", err)
		}
		defer file.Close()
		stdin = file
	}
	instances, err := readState(command.Document(ctx, stdin))
	if err != nil {
		return importFile{}, fmt.Errorf("reading the Terraform state %s: %w", path, err)
	}
	// What is deposed stays: Terraform is about to delete it.
	instances = slices.DeleteFunc(instances, func(i instance) bool { return !i.deposed && stacks.has(i.attributes.ID, i.attributes.Name) })
	if len(instances) == 0 {
		return importFile{}, errNothingLeft
	}
	file, remarks, err := moved(instances, stacks.names())
	for _, remark := range remarks {
		fmt.Fprintln(notes, remark)
	}
	if err != nil && len(stacks.noted) > 0 && !slices.ContainsFunc(instances, func(i instance) bool { return !i.deposed }) {
		err = errNothingLeft
	}
	return file, err
}

// instance is a service token in a Terraform state.
type instance struct {
	// address is Terraform's name for it, and called what is worth keeping of it.
	address, called string
	// deposed instances are those that Terraform replaced and did not delete.
	deposed    bool
	attributes attributes
}

// attributes are those of the provider's versions 4 and 5. Terraform writes what
// is not set as null, and its older providers as an empty text.
type attributes struct {
	ID                            string       `json:"id"`
	AccountID                     string       `json:"account_id"`
	ZoneID                        string       `json:"zone_id"`
	Name                          string       `json:"name"`
	Duration                      string       `json:"duration"`
	Enabled                       *bool        `json:"enabled"`
	ClientID                      string       `json:"client_id"`
	ClientSecret                  cfapi.Secret `json:"client_secret"`
	ClientSecretVersion           *float64     `json:"client_secret_version"`
	PreviousClientSecretExpiresAt string       `json:"previous_client_secret_expires_at"`
	ExpiresAt                     string       `json:"expires_at"`
	CreatedAt                     string       `json:"created_at"`
	MinDaysForRenewal             int          `json:"min_days_for_renewal"`
}

// serviceTokenTypes are Terraform's names for a service token, of now and of before.
var serviceTokenTypes = map[string]bool{
	"cloudflare_zero_trust_access_service_token": true,
	"cloudflare_access_service_token":            true,
}

// readState collects the service tokens of a state.
func readState(from io.Reader) ([]instance, error) {
	// What other resources hold is not looked at.
	var state struct {
		Version   int
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				IndexKey   json.RawMessage `json:"index_key"`
				Deposed    string
				Attributes json.RawMessage
			}
		}
	}
	// `pulumi plugin run` never ends what it passes on, so nothing behind the document
	// is waited for.
	if err := json.NewDecoder(from).Decode(&state); err != nil {
		return nil, fmt.Errorf("it is not JSON that `terraform state pull` prints: %w", err)
	}
	if state.Version != 4 {
		return nil, errors.New("it is not a state of format version 4, which Terraform has written since 0.12: give what `terraform state pull` prints")
	}
	var found []instance
	for _, r := range state.Resources {
		if r.Mode != "managed" || !serviceTokenTypes[r.Type] {
			continue
		}
		for _, i := range r.Instances {
			index := ""
			if key := bytes.TrimSpace(i.IndexKey); len(key) > 0 {
				index = "[" + string(key) + "]"
			}
			one := instance{address: r.Type + "." + r.Name + index, called: r.Name + index, deposed: i.Deposed != ""}
			if r.Module != "" {
				one.address, one.called = r.Module+"."+one.address, moduleWord.ReplaceAllString(r.Module, "$1")+"."+one.called
			}
			if err := json.Unmarshal(i.Attributes, &one.attributes); err != nil {
				return nil, fmt.Errorf("%s: %w", one.address, err)
			}
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("it holds no service token")
	}
	return found, nil
}

// moduleWord is the word before each part of a module's address.
var moduleWord = regexp.MustCompile(`(^|\.)module\.`)
