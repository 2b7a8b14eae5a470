package accesscheck

import (
	"fmt"
	"strings"
	"testing"
)

func sprint(q Question) string { return fmt.Sprintf("%v %+v %#v %s", q, q, q, q.Credentials) }

// explained is what a check says whose last attempt got these answers.
func explained(t *testing.T, listed, answers string, change ...func(*Question)) string {
	t.Helper()
	q := question(t, "https://"+asked+"/health", change...)
	q.OriginStatuses, q.OriginRedirects = listing(t, listed).OriginStatuses, listing(t, listed).OriginRedirects
	verdict, decided := q.Judge(answersOf(t, answers)...)
	if !decided {
		t.Fatalf("%s: no verdict", answers)
	}
	return (&result{question: q, userAgent: userAgent, verdict: verdict}).explain()
}

func TestRefusalListsAllCausesThatTheAnswerAllows(t *testing.T) {
	t.Parallel()
	want := "https://app.example.com/health refused the token: it answered 403 (domain app.example.com) with the token, and 403 without credentials. Possible causes:\n" +
		"  - the client secret is wrong, or stopped working after a rotation\n" +
		"  - the token is disabled, has expired or was deleted\n" +
		"  - the token or its client secret is so new that Cloudflare does not know it everywhere yet (a longer `timeout` waits for it)\n" +
		"  - no policy of the application names the token\n" +
		"  - the token is in a policy whose action is Allow, which admits no service token: the action has to be Service Auth\n" +
		"  - a `require` or `exclude` rule keeps this machine out, such as one about IP addresses, countries or certificates\n" +
		"  - the application reads the token from another header: set `header` to its `read_service_tokens_from_header`"
	if got := explained(t, "", "403 domain | 403 domain"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := explained(t, "", "302 login | 302 login", inOneHeader); !strings.Contains(got, "does not read the token from the header X-Token") {
		t.Errorf("the header is not named:\n%s", got)
	}
}

func TestAnotherStatusForTheTokenShowsStrictMode(t *testing.T) {
	t.Parallel()
	const wrong, unnamed = "client secret is wrong", "no policy of the application names the token"
	for answers, want := range map[string]struct{ says, not string }{
		"302 login | 401 domain":  {"strict service token authentication is on and the token does not authenticate", unnamed},
		"302 login | 403 domain":  {"strict service token authentication is on, the token authenticates, and no policy admits it", wrong},
		"401 domain | 401 domain": {unnamed, "strict"},
		"403 domain | 403 domain": {wrong, "strict"},
	} {
		if got := explained(t, "", answers); !strings.Contains(got, want.says) || strings.Contains(got, want.not) {
			t.Errorf("%s:\n%s", answers, got)
		}
	}
}

func TestAnUnclearAnswerSaysWhatCanBeDone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ listed, answers, want string }{
		{"", "403 waf", `add a rule to the WAF that skips it for the User-Agent "pulumi-cfaccess/test"`},
		{"", "403 other-domain", "(domain billing.example.net) without credentials. Access answered for another host"},
		{"", "403 odd-domain", "(domain that is not the name of a host)"},
		{"", "403 no-domain", "(domain that is not the name of a host)"},
		{"", "429", "The answer came from a rate limit"},
		{"", "403", "the answer does not name this host"},
		{"", "302 to-deny", "write the address that it redirects to"},
		{"", "404", "check a path that answers 2xx"},
		{"", "302 login | 401", "add 401 to originStatuses"},
		{"", "302 login | 302 to-idp", `add "login.example.org" to originRedirects`},
		{"", "302 login | 530", "the tunnel or the origin failed"},
		{"", "302 login | 403 waf", "The answer came from the WAF"},
		{"", "302 login | 302 own-access", "Check another path."},
		{"", "302 login | 200 | 200", "So any credentials may get the answer that the token got, 200"},
		{"403", "302 login | 403 | 401 domain", "So any credentials may get the answer that the token got, 403"},
	} {
		if got := explained(t, test.listed, test.answers); !strings.Contains(got, test.want) || !strings.Contains(got, "it is not known whether Access admits the token") {
			t.Errorf("%s: does not say %q:\n%s", test.answers, test.want, got)
		}
	}
}
