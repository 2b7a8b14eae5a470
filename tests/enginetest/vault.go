package enginetest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// SecretsProvider is how the stacks of tests get their key: of a server that says that
// it is HashiCorp's Vault. To make a key of a passphrase takes each command a fifth of a
// second of a core, which is a third of all that it takes.
const SecretsProvider = "hashivault://tests"

// vault is that server, one for all projects of this process. It returns what it is to
// encrypt or decrypt as it is: what these stacks hold is fake.
var vault = sync.OnceValue(func() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked, answer map[string]string
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if strings.Contains(r.URL.Path, "/encrypt/") {
			answer = map[string]string{"ciphertext": asked["plaintext"]}
		} else {
			answer = map[string]string{"plaintext": asked["ciphertext"]}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": answer}) // a client that went away needs none
	}))
})
