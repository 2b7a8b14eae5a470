package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// packageJSON is the package.json that the generator for Node.js writes, in its
// order. The fields from Engines on are missing there.
type packageJSON struct {
	Name             string            `json:"name"`
	Version          string            `json:"version"`
	Description      string            `json:"description"`
	Keywords         []string          `json:"keywords"`
	Homepage         string            `json:"homepage"`
	Repository       any               `json:"repository"`
	License          string            `json:"license"`
	Main             string            `json:"main"`
	Types            string            `json:"types"`
	Files            []string          `json:"files"`
	Engines          map[string]string `json:"engines"`
	PublishConfig    map[string]string `json:"publishConfig"`
	Scripts          map[string]string `json:"scripts"`
	Dependencies     map[string]string `json:"dependencies"`
	DevDependencies  map[string]string `json:"devDependencies"`
	PeerDependencies map[string]string `json:"peerDependencies,omitempty"`
	Pulumi           json.RawMessage   `json:"pulumi"`
}

// completePackageJSON makes the package one that npm can build, pack and
// install from its own folder. The generator leaves that to each provider's
// build.
func completePackageJSON(generated []byte) ([]byte, error) {
	var p packageJSON
	decoder := json.NewDecoder(bytes.NewReader(generated))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("decoding the generated package.json: %w", err)
	}
	p.Repository = map[string]any{"type": "git", "url": fmt.Sprintf("git+%s.git", p.Repository), "directory": "sdk/nodejs"}
	p.Main, p.Types = "bin/index.js", "bin/index.d.ts"
	p.Files = []string{"bin"}
	p.Engines = map[string]string{"node": ">=20"}
	// A scoped package is private unless it says otherwise.
	p.PublishConfig = map[string]string{"access": "public"}
	// The compiled code reads its version from the package.json beside it.
	p.Scripts = map[string]string{
		"build":   `tsc && node -e "require('fs').copyFileSync('package.json', 'bin/package.json')"`,
		"prepack": "npm run build",
	}

	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(p); err != nil {
		return nil, fmt.Errorf("encoding package.json: %w", err)
	}
	return b.Bytes(), nil
}
