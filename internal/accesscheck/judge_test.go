package accesscheck

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asked is the host that the tests ask.
const asked = "app.example.com"

// shorthand are headers that the rows of the tables name by one word.
var shorthand = map[string][2]string{
	"domain":        {"Cf-Access-Domain", asked},
	"domain/path":   {"Cf-Access-Domain", asked + "/admin"},
	"*domain":       {"Cf-Access-Domain", "*.example.com"},
	"other-domain":  {"Cf-Access-Domain", "billing.example.net"},
	"no-domain":     {"Cf-Access-Domain", ""},
	"odd-domain":    {"Cf-Access-Domain", "app.example.com\xff"},
	"aud":           {"Cf-Access-Aud", strings.Repeat("fa4e", 16)},
	"login":         {"Location", "https://team.cloudflareaccess.com/cdn-cgi/access/login/" + asked + "?kid=0000&redirect_url=%2F"},
	"other-login":   {"Location", "https://team.cloudflareaccess.com/cdn-cgi/access/login/billing.example.net?kid=0000"},
	"false-login":   {"Location", "https://team.cloudflareaccess.com.example.net/cdn-cgi/access/login/" + asked},
	"sso":           {"Location", "https://team.cloudflareaccess.com/cdn-cgi/access/sso/oidc/0000/authorization?client_id=0000"},
	"own-access":    {"Location", "/cdn-cgi/access/logout"},
	"to-deny":       {"Location", "https://www.example.com/denied"},
	"to-idp":        {"Location", "https://login.example.org/start"},
	"to-path":       {"Location", "/dashboard"},
	"to-port":       {"Location", "https://APP.example.com:8443/dashboard"},
	"to-http":       {"Location", "http://" + asked + "./"},
	"to-nowhere":    {"Location", "https://%zz"},
	"challenge":     {"Www-Authenticate", `Cloudflare-Access realm="Access"`},
	"metadata":      {"Www-Authenticate", `Bearer realm="OAuth", resource_metadata="https://` + asked + `/.well-known/cloudflare-access-protected-resource/mcp"`},
	"bare-metadata": {"Www-Authenticate", `Cloudflare-Access resource_metadata=https://` + asked + `/.well-known/cloudflare-access-protected-resource/, error="invalid_token"`},
	"team-metadata": {"Www-Authenticate", `Bearer resource_metadata="https://team.cloudflareaccess.com/.well-known/cloudflare-access-protected-resource/` + asked + `"`},
	"own-metadata":  {"Www-Authenticate", `Bearer resource_metadata="https://` + asked + `/.well-known/oauth-protected-resource"`},
	"bearer":        {"Www-Authenticate", "Bearer"},
	"waf":           {"Cf-Mitigated", "challenge"},
}

// answersOf reads answers such as "302 login | 200 | 302 login".
func answersOf(t *testing.T, row string) (answers []Answer) {
	t.Helper()
	for text := range strings.SplitSeq(row, "|") {
		words := strings.Fields(text)
		status, err := strconv.Atoi(words[0])
		if err != nil {
			t.Fatal(err)
		}
		answer := Answer{status, http.Header{}}
		for _, word := range words[1:] {
			header, ok := shorthand[word]
			if !ok {
				t.Fatalf("there is no shorthand %q", word)
			}
			answer.Header.Add(header[0], header[1])
		}
		answers = append(answers, answer)
	}
	return answers
}

// judged is the outcome, after how many answers it is there.
func (r Rules) judged(answers []Answer) (Outcome, int) {
	for n := range answers {
		if verdict, decided := r.Judge(answers[:n+1]...); decided {
			return verdict.Outcome, n + 1
		}
	}
	return "", len(answers)
}

func rules() Rules {
	return Rules{Asked: &url.URL{Scheme: "https", Host: asked, Path: "/health"}}
}

func listing(t *testing.T, listed string) Rules {
	t.Helper()
	r := rules()
	for word := range strings.FieldsSeq(listed) {
		if status, err := strconv.Atoi(word); err == nil {
			r.OriginStatuses = append(r.OriginStatuses, status)
		} else {
			r.OriginRedirects = append(r.OriginRedirects, word)
		}
	}
	return r
}

// The answers that people recorded, and those of Cloudflare's documentation: without
// credentials | with the token | with made-up credentials. Where a verdict comes
// earlier, the row ends there.
func TestRecordedAnswersAreJudged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, listed, answers string
		want                  Outcome
	}{
		{"Service Auth alone, the token is admitted", "", "403 aud domain | 200 | 403 aud domain", Admitted},
		{"Service Auth alone, the token is not admitted", "", "403 aud domain | 403 aud domain", Refused},
		{"Service Auth and Allow, the token is admitted", "", "302 challenge login | 200 | 302 challenge login", Admitted},
		{"the token is in an Allow policy only", "", "302 challenge login | 302 challenge login", Refused},
		{"the application answers 401 instead of a redirect", "", "401 aud domain | 200 | 401 aud domain", Admitted},
		{"Bypass, or no application", "", "200", Open},
		{"the origin behind Bypass redirects", "", "302 to-path", Unclear},
		{"strict, the token is admitted, marked", "", "302 login | 200 | 401 aud domain", Admitted},
		{"strict, the token is admitted, without marks", "", "302 login | 200 | 401", Admitted},
		{"strict, the token does not authenticate, marked", "", "302 login | 401 aud domain", Refused},
		{"strict, the token does not authenticate, without marks", "", "302 login | 401", Unclear},
		{"strict, no policy admits the token, marked", "", "302 login | 403 domain", Refused},
		{"strict, no policy admits the token, without marks", "", "302 login | 403", Unclear},
		{"strict, 403 without marks, and the program lists it", "403", "302 login | 403 | 401 domain", Unclear},
		{"managed OAuth, metadata at this host", "", "401 metadata | 200 | 401 metadata", Admitted},
		{"managed OAuth, unquoted metadata", "", "401 bare-metadata | 401 bare-metadata", Refused},
		{"managed OAuth, metadata at the team's host", "", "401 team-metadata", Unclear},
		{"a deny address of the application, without marks", "", "302 to-deny", Unclear},
		{"a deny address of the application, marked", "", "302 domain to-deny | 200 | 302 domain to-deny", Admitted},
		{"a deny address for who sends credentials", "", "302 login | 200 | 302 to-deny", Admitted},
		{"SSH or TCP, the token is admitted", "", "403 aud domain | 200 | 403 aud domain", Admitted},
		{"SSH or TCP, the tunnel is down", "", "403 aud domain | 530", Unclear},
		{"a zone that requires Access, without marks", "", "403", Unclear},
		{"the origin wants a key of its own: 401", "", "403 domain | 401 bearer", Unclear},
		{"the origin wants a key of its own: 401, listed", "401", "403 domain | 401 bearer | 403 domain", Admitted},
		{"the origin answers 403, listed", "403", "403 domain | 403 | 403 domain", Admitted},
		{"the origin answers 404", "", "302 login | 404 | 302 login", Admitted},
		{"the origin answers 405", "", "302 login | 405 | 302 login", Admitted},
		{"the origin's own metadata of OAuth, listed", "401", "302 login | 401 own-metadata | 302 login", Admitted},
		{"Pages answers 404 with Access's page and mark", "", "403 domain | 404 domain", Unclear},
		{"the origin logs in through Access", "", "302 login | 302 sso", Unclear},
		{"the origin logs in through Access, listed", "team.cloudflareaccess.com", "302 login | 302 sso | 302 login", Admitted},
		{"no application, and the origin logs in through Access", "", "302 sso", Unclear},
		{"a challenge of the WAF", "", "403 waf", Unclear},
		{"a challenge of the WAF for who sends credentials", "", "403 domain | 403 waf", Unclear},
		{"a challenge of the WAF, and the program lists 403", "403", "403 domain | 403 waf", Unclear},
		{"a challenge of the WAF for made-up credentials", "", "403 domain | 200 | 403 waf", Unclear},
		{"a tunnel or an origin that is down", "", "302 login | 502", Unclear},
	} {
		got, after := listing(t, test.listed).judged(answersOf(t, test.answers))
		if want := strings.Count(test.answers, "|") + 1; got != test.want || after != want {
			t.Errorf("%s: %q after %d answers, want %q after %d", test.name, got, after, test.want, want)
		}
	}
}

// What may answer before Access does so to everybody, or to everybody who sends
// credentials; none of it is taken for an admission.
func TestNothingThatAnswersEverybodyIsAdmitted(t *testing.T) {
	t.Parallel()
	var everybodys []string
	for status := 400; status < 500; status++ {
		everybodys = append(everybodys, strconv.Itoa(status))
	}
	everybodys = append(everybodys, "200", "204", "302 to-path", "302 to-deny", "302 sso", "302 own-access", "302", "304", "502", "530", "429 waf", "404 waf")
	for _, refusal := range []string{"302 login", "401 domain", "403 domain"} {
		for _, listed := range []string{"", "401", "403", "401 403", "www.example.com team.cloudflareaccess.com"} {
			for _, answer := range everybodys {
				r := listing(t, listed)
				if got, _ := r.judged(answersOf(t, answer+" | "+answer+" | "+answer)); got == Admitted || got == Refused {
					t.Errorf("%s to everybody, listed %q: %s", answer, listed, got)
				}
				if got, _ := r.judged(answersOf(t, refusal+" | "+answer+" | "+answer)); got != Unclear {
					t.Errorf("%s to everybody with credentials, listed %q: %s, want %s", answer, listed, got, Unclear)
				}
			}
		}
	}
}

func TestOnlyARefusalThatNamesThisHostIsOne(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		"302 login": true, "401 domain": true, "403 domain": true, "403 domain/path": true, "403 *domain": true, "401 metadata": true,
		"401 bare-metadata": true, "403 domain domain": true, "302 login team-metadata": true, "302 domain to-deny": true,

		"200 domain": false, "404 domain": false, "301 login": false, "500 domain": false,
		"403 aud": false, "401 challenge": false, "401 bearer": false, "401 team-metadata": false, "401 own-metadata": false, "302 sso": false,
		"403 other-domain": false, "302 other-login": false, "302 false-login": false, "403 no-domain": false, "403 odd-domain": false,
		"403 domain other-domain": false, "302 login other-domain": false, "403 waf": false,
	} {
		if got := rules().refuses(answersOf(t, answer)[0]); got != want {
			t.Errorf("%s is a refusal: %v, want %v", answer, got, want)
		}
	}
}

func TestWhatComesFromBehindAccessIsLetIn(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		"200": true, "204": true, "302 to-path": true, "301 to-port": true, "307 to-http": true, "304": true, "400": true, "404": true, "405": true,
		"200 aud": true, "404 bearer": true,

		"401": false, "403": false, "429": false, "500": false, "530": false, "302 to-idp": false, "302 sso": false, "302 own-access": false,
		"302 to-nowhere": false, "302 to-path to-path": false, "200 waf": false, "200 domain": false, "404 other-domain": false, "200 no-domain": false,
	} {
		if got := rules().letsIn(answersOf(t, answer)[0]); got != want {
			t.Errorf("%s is let in: %v, want %v", answer, got, want)
		}
	}
}

func TestOnlyWhatTheProgramListsIsTheOrigins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		listed, answer string
		want           bool
	}{
		{"401", "401 bearer", true},
		{"401", "403", false},
		{"403", "403 own-metadata", true},
		{"401 403", "401 domain", false},
		{"401 403", "403 waf", false},
		{"404 429 500", "429", false},
		{"404 429 500", "500", false},
		{"LOGIN.example.org.", "302 to-idp", true},
		{"login.example.org", "302 to-deny", false},
		{"team.cloudflareaccess.com", "302 sso", true},
		{"team.cloudflareaccess.com", "302 other-login", false},
		{asked, "302 own-access", false},
	} {
		if got := listing(t, test.listed).lists(answersOf(t, test.answer)[0]); got != test.want {
			t.Errorf("%s where %s is listed: %v, want %v", test.answer, test.listed, got, test.want)
		}
	}
}

func TestDomainsOfApplicationsCoverTheirHosts(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]bool{
		"app.example.com": true, "APP.Example.com": true, "app.example.com.": true, "app.example.com:443": true, "app.example.com/a/*": true,
		"*.example.com": true, "a*.example.com": true, "*.example.com/path": true,

		"": false, "example.com": false, "*.com": false, "other.example.com": false, "xapp.example.com": false, "app.example.com.evil.test": false,
		"*": false, ".*": false, "app.example.com other": false, "(": false, "\xff": false,
	} {
		if got := covers(domain, asked); got != want {
			t.Errorf("%q covers %s: %v, want %v", domain, asked, got, want)
		}
	}
}

// A world is how Access, what stands before it and the origin behind it answer. In
// none is a token called admitted that is refused, or refused that is admitted.
func TestNoWorldIsMisjudged(t *testing.T) {
	t.Parallel()
	refusals := []string{"302 login", "401 domain", "403 domain", "403 aud domain", "401 metadata"}
	// What is said to credentials that do not authenticate, and to a token that no
	// policy admits; empty is the refusal without credentials.
	toCredentials := [][2]string{{"", ""}, {"401 domain", "403 domain"}, {"401", "403"}, {"401 aud", "403 aud"}, {"302 to-deny", "302 to-deny"}, {"302 domain to-deny", "302 domain to-deny"}}
	origins := []string{"200", "204", "302 to-path", "302 to-idp", "302 sso", "401 bearer", "403", "404", "405", "429", "500", "530"}
	everybodys := []string{"200", "302 to-path", "302 to-deny", "400", "401", "403", "403 waf", "404", "429", "503 waf"}
	atTimes := []string{"403 waf", "429", "502", "401", "403"}
	lists := []string{"", "401", "403", "401 403", "login.example.org", "team.cloudflareaccess.com 401", "www.example.com 403"}

	read := map[string]Answer{}
	answer := func(text string) Answer {
		if _, ok := read[text]; !ok {
			read[text] = answersOf(t, text)[0]
		}
		return read[text]
	}
	worlds := 0
	judge := func(r Rules, listed, state string, answers ...string) {
		worlds++
		got, _ := r.judged([]Answer{answer(answers[0]), answer(answers[1]), answer(answers[2])})
		if got == Admitted && state != "admitted" || got == Refused && state == "admitted" || got == Open {
			t.Errorf("%q, listed %q, the token is %s: %s", answers, listed, state, got)
		}
	}
	for _, listed := range lists {
		r := listing(t, listed)
		for _, refusal := range refusals {
			for _, to := range toCredentials {
				fake := or(to[0], refusal)
				for state, toToken := range map[string][]string{"admitted": origins, "wrong": {fake}, "named by no policy": {or(to[1], refusal)}} {
					for _, token := range toToken {
						judge(r, listed, state, refusal, token, fake)
						for _, before := range everybodys { // who sends credentials
							judge(r, listed, state, refusal, before, before)
						}
						for _, before := range atTimes {
							judge(r, listed, state, before, token, fake)
							if listed == "" {
								judge(r, listed, state, refusal, before, fake)
								judge(r, listed, state, refusal, token, before)
							}
						}
					}
				}
			}
		}
	}
	if worlds < 50_000 {
		t.Errorf("%d worlds", worlds)
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func TestStatusIsThatOfTheAnswerToTheToken(t *testing.T) {
	t.Parallel()
	for answers, want := range map[string]int{"204": 204, "503": 503, "302 login | 403 domain": 403, "302 login | 404 | 401": 404} {
		all := answersOf(t, answers)
		verdict, decided := rules().Judge(all...)
		if !decided || verdict.Status != want || !slices.EqualFunc(verdict.answers, all, func(a, b Answer) bool { return a.Status == b.Status }) {
			t.Errorf("%s: %d (decided: %v), want %d", answers, verdict.Status, decided, want)
		}
	}
}
