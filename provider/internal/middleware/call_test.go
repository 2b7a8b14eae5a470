package middleware

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestASecretIsTakenOutOfAMessageOnceAndAShortOneAsAWord(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ secret, message, want string }{
		"a text":                         {"fake-value", `renaming "fake-value" to "ci"`, `renaming "[secret]" to "ci"`},
		"one that is spaced":             {" fake-value ", "the name is fake-value", "the name is [secret]"},
		"one in capitals":                {"FAKE-VALUE", "fake-value, FAKE-VALUE", "[secret], [secret]"},
		"the word that replaces it":      {"secret", "the client secret of secret", "the client [secret] of [secret]"},
		"a part of that word":            {"secr", "the secr of ci", "the [secret] of ci"},
		"a letter":                       {"e", `renaming "e" to "these"`, `renaming "[secret]" to "these"`},
		"three letters":                  {"dev", "dev, developers and dev-2", "[secret], developers and [secret]-2"},
		"a sign, which is in no word":    {"é", "été", "[secret]t[secret]"},
		"one that contains another word": {"ci deploy", "ci deploy and ci", "[secret] and ci"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Call{OldInputs: property.NewMap(map[string]property.Value{"name": property.New(test.secret).WithSecret(true)})}
			got := c.Redact(test.message)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if again := c.Redact(got); again != got {
				t.Errorf("a second time: %q", again)
			}
		})
	}
}
