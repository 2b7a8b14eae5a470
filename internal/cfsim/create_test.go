package cfsim_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestCreationFillsInWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	result := a.result("POST", tokens, `{"name":"ci"}`)
	for field, want := range map[string]any{
		"name": "ci", "duration": "8760h", "enabled": true, "client_secret_version": 1,
		"created_at": "2030-01-02T03:04:05Z", "updated_at": "2030-01-02T03:04:05Z", "expires_at": "2031-01-02T03:04:05Z",
	} {
		equal(t, field, result[field], want)
	}
	for field, form := range map[string]string{
		"id":            `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"client_id":     `^[0-9a-f]{32}\.access$`,
		"client_secret": `^cfast_[0-9a-f]{48}$`,
	} {
		if !regexp.MustCompile(form).MatchString(result[field].(string)) {
			t.Errorf("%s does not have its form", field)
		}
	}
}

func TestCreationKeepsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	for body, want := range map[string]map[string]any{
		`{"name":" Büro 東京 "}`:                      {"name": " Büro 東京 "},
		`{"name":"ci","duration":"2h45m"}`:          {"duration": "2h45m", "expires_at": "2030-01-02T05:49:05Z"},
		`{"name":"ci","duration":"forever"}`:        {"duration": "forever", "expires_at": "9999-12-31T23:59:59Z"},
		`{"name":"ci","enabled":false}`:             {"enabled": false},
		`{"name":"ci","client_secret_version":3}`:   {"client_secret_version": 3},
		`{"name":"ci","client_secret_version":3.0}`: {"client_secret_version": 3},
		`{"name":"ci","duration":"8760h","client_secret_version":1,"previous_client_secret_expires_at":"1987-06-05T04:03:02Z"}`: {
			"previous_client_secret_expires_at": "1987-06-05T04:03:02Z"},
	} {
		created := a.result("POST", tokens, body)
		read := a.result("GET", tokens+"/"+created["id"].(string), "")
		for field, value := range want {
			equal(t, field+" of the creation", created[field], value)
			equal(t, field+" of a read", read[field], value)
		}
	}
}

func TestNamesMayRepeat(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	first, _, _ := a.create(`{"name":"ci"}`)
	second, _, _ := a.create(`{"name":"ci"}`)
	equal(t, "the listing", a.list(""), []string{first, second})
}

func TestInvalidBodiesAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	before := a.live(id)
	for name, body := range map[string]string{
		"no JSON":           `{`,
		"an array":          `[]`,
		"null":              `null`,
		"an unknown field":  `{"name":"x","color":"red"}`,
		"a blank name":      `{"name":" \t"}`,
		"a name's type":     `{"name":1}`,
		"a null name":       `{"name":null}`,
		"a duration's form": `{"name":"x","duration":"1 year"}`,
		"a duration's unit": `{"name":"x","duration":"30d"}`,
		"no duration":       `{"name":"x","duration":""}`,
		"a zero duration":   `{"name":"x","duration":"0s"}`,
		"a past duration":   `{"name":"x","duration":"-1h"}`,
		"a duration's type": `{"name":"x","duration":24}`,
		"enabled's type":    `{"name":"x","enabled":"yes"}`,
		"version 0":         `{"name":"x","client_secret_version":0}`,
		"a version's type":  `{"name":"x","client_secret_version":"2"}`,
		"half a version":    `{"name":"x","client_secret_version":2.5}`,
		"a date":            `{"name":"x","previous_client_secret_expires_at":"2030-01-01"}`,
		"no time":           `{"name":"x","previous_client_secret_expires_at":""}`,
		"a large body":      `{"name":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		for method, path := range map[string]string{"POST": tokens, "PUT": tokens + "/" + id} {
			t.Run(method+" "+name, func(t *testing.T) {
				status, code := 400, 12130
				if name == "a large body" {
					status, code = 413, 10413
				}
				a.call(method, path, body).refused(t, status, code)
			})
		}
	}
	for _, body := range []string{``, `{}`, `{"duration":"24h"}`} {
		a.call("POST", tokens, body).refused(t, 400, 12130)
	}
	equal(t, "the token", a.live(id), before)
	equal(t, "the number of tokens", len(a.Tokens()), 1)
	equal(t, "the number of secrets", len(a.IssuedSecrets()), 1)
}

func TestCreationPastTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{MaxTokens: 2})
	id, _, _ := a.create(`{"name":"ci"}`)
	a.create(`{"name":"ci"}`)
	a.call("POST", tokens, `{"name":"ci"}`).refused(t, 400, 12132)
	a.result("POST", zone+"/access/service_tokens", `{"name":"ci"}`)
	a.result("DELETE", tokens+"/"+id, "")
	a.create(`{"name":"ci"}`)
}

func TestSecretsAppearInCreationsAndRotationsAlone(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, _, _ := a.create(`{"name":"ci"}`)
	token := tokens + "/" + id
	for _, test := range []struct {
		method, path, body string
		secrets            int
	}{
		{"POST", tokens, `{"name":"other"}`, 1},
		{"GET", tokens, ``, 0},
		{"GET", token, ``, 0},
		{"PUT", token, `{"name":"renamed"}`, 0},
		{"PUT", token, `{"client_secret_version":1}`, 0},
		{"PUT", token, `{"client_secret_version":2}`, 1},
		{"POST", token + "/rotate", ``, 1},
		{"POST", token + "/refresh", ``, 0},
		{"DELETE", token, ``, 0},
	} {
		raw := a.call(test.method, test.path, test.body).raw
		found := 0
		for _, secret := range a.IssuedSecrets() {
			found += strings.Count(raw, secret)
		}
		equal(t, "the number of secrets in the answer to "+test.method+" "+test.body, found, test.secrets)
	}
	equal(t, "the number of secrets issued", len(a.IssuedSecrets()), 4)
}

func TestTheSeedDeterminesIdsAndSecrets(t *testing.T) {
	t.Parallel()
	made := func(seed uint64) []string {
		a := start(t, cfsim.Config{Seed: seed})
		id, clientID, secret := a.create(`{"name":"ci"}`)
		return []string{id, clientID, secret}
	}
	equal(t, "the same seed's", made(7), made(7))
	for i, value := range made(8) {
		if value == made(7)[i] {
			t.Errorf("two seeds make the same value %d", i)
		}
	}
}
