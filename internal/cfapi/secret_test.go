package cfapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestASecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	secret := Secret(newSecret)
	token := Token{ID: tokenID, ClientSecret: secret}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %[1]v"} {
		fmt.Fprintf(&out, verb, secret)
		fmt.Fprintf(&out, verb, &secret)
		fmt.Fprintf(&out, verb, token)
		fmt.Fprintf(&out, verb, &token)
		fmt.Fprintf(&out, verb, []Secret{secret})
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("token", "secret", secret, "token", token)
	}
	encoded, err := json.Marshal([]any{secret, &secret, token})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	text, err := secret.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	out.WriteString(secret.String())
	if strings.Contains(out.String(), newSecret) || strings.Contains(out.String(), fmt.Sprintf("%x", newSecret)) {
		t.Error("the secret was printed")
	}
	if !strings.Contains(out.String(), redacted) {
		t.Error("nothing shows that there is a secret")
	}
	if secret.Reveal() != newSecret {
		t.Error("the secret itself is lost")
	}
}

func TestAnEmptySecretPrintsAsEmpty(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprintf("%v|%#v|%s", Secret(""), Secret(""), Secret("").LogValue()); got != "||" {
		t.Errorf("got %q", got)
	}
}
