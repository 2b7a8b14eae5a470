package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// token is a service token in an answer.
type token struct {
	ID                  string  `json:"id"`
	Name                string  `json:"name"`
	ClientID            string  `json:"client_id"`
	ClientSecret        string  `json:"client_secret"`
	ClientSecretVersion float64 `json:"client_secret_version"`
	Duration            string  `json:"duration"`
	ExpiresAt           string  `json:"expires_at"`
}

// call makes one request of Cloudflare.
func call(ctx context.Context, method, path string, fields map[string]any) (token, error) {
	var content []byte
	if fields != nil {
		content, _ = json.Marshal(fields) // texts and numbers
	}
	req, err := http.NewRequestWithContext(ctx, method, os.Getenv("CLOUDFLARE_BASE_URL")+"/"+path, bytes.NewReader(content))
	if err != nil {
		return token{}, err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("CLOUDFLARE_API_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return token{}, err
	}
	defer resp.Body.Close()
	var answer struct {
		Success bool  `json:"success"`
		Result  token `json:"result"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return token{}, fmt.Errorf("%s %s: %s: %w", method, path, resp.Status, err)
	}
	if !answer.Success {
		return token{}, fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return answer.Result, nil
}
