package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// ready is the content of the ready file.
type ready struct {
	BaseURL    string `json:"base_url"`
	ControlURL string `json:"control_url"`
	EdgeURL    string `json:"edge_url"`
	APIToken   string `json:"api_token"`
	AccountID  string `json:"account_id"`
	ZoneID     string `json:"zone_id"`
}

// exports are lines for a shell. No value has a character that it would read.
func (r ready) exports() string {
	return fmt.Sprintf("export CLOUDFLARE_BASE_URL=%s\nexport CLOUDFLARE_API_TOKEN=%s\nexport CLOUDFLARE_ACCOUNT_ID=%s\n",
		r.BaseURL, r.APIToken, r.AccountID)
}

// write makes the file in one step, so that a process that waits for it never reads
// half of it.
func (r ready) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".tmp", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("writing the ready file: %w", err)
	}
	return nil
}
