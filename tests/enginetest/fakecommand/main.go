// Command fakecommand stands for version 1.2 of Pulumi's command provider: a
// local.Command that runs in a shell when it is created and when it changes, with the
// inputs that the documentation's programs use. A change of triggers replaces it, unless
// it has a command for updates.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest/fakeprovider"
)

//go:embed schema.json
var schema string

func main() {
	fakeprovider.Main("command", "1.2.1", schema, p.Provider{
		Diff: diff,
		Create: func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
			state, err := run(ctx, req.Properties, "create", req.DryRun)
			return p.CreateResponse{ID: req.Urn.Name(), Properties: state}, err
		},
		Read: func(_ context.Context, req p.ReadRequest) (p.ReadResponse, error) {
			return p.ReadResponse{ID: req.ID, Inputs: req.Inputs, Properties: req.Properties}, nil
		},
		Update: func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
			command := "create"
			if req.Inputs.Get("update").IsString() {
				command = "update"
			}
			state, err := run(ctx, req.Inputs, command, req.DryRun)
			return p.UpdateResponse{Properties: state}, err
		},
		Delete: func(context.Context, p.DeleteRequest) error { return nil },
	})
}

func diff(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	changes := map[string]p.PropertyDiff{}
	for _, name := range []string{"create", "environment", "triggers", "update"} {
		if req.Inputs.Get(name).Equals(req.OldInputs.Get(name)) {
			continue
		}
		kind := p.Update
		if name == "triggers" && !req.Inputs.Get("update").IsString() {
			kind = p.UpdateReplace
		}
		changes[name] = p.PropertyDiff{Kind: kind}
	}
	return p.DiffResponse{HasChanges: len(changes) > 0, DetailedDiff: changes}, nil
}

// run runs the command that an input holds, in the shell that is the default, and logs
// what it prints, as the provider does unless it is told not to.
func run(ctx context.Context, inputs property.Map, command string, preview bool) (property.Map, error) {
	if preview {
		unknown := property.New(property.Computed)
		return inputs.Set("stdout", unknown).Set("stderr", unknown), nil
	}
	text := inputs.Get(command).AsString()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", text)
	cmd.Env = os.Environ()
	for name, value := range inputs.Get("environment").AsMap().All {
		cmd.Env = append(cmd.Env, name+"="+value.AsString())
	}
	var stdout, stderr, both bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, &both), io.MultiWriter(&stderr, &both)
	err := cmd.Run()
	if both.Len() > 0 {
		p.GetLogger(ctx).Info(both.String())
	}
	if err != nil {
		return property.Map{}, fmt.Errorf("%w: running %q:\n%s", err, text, both.String())
	}
	output := func(b bytes.Buffer) property.Value {
		return property.New(strings.TrimSuffix(b.String(), "\n")).WithSecret(inputs.Get("environment").HasSecrets())
	}
	return inputs.Set("stdout", output(stdout)).Set("stderr", output(stderr)), nil
}
