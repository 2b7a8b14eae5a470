package accesscheck

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// result is what a check knows by now.
type result struct {
	question  Question
	userAgent string
	// verdict is that of the last attempt that was answered, if there was one.
	verdict Verdict
	// failed is why the last attempt was not.
	failed error
}

func (r *result) add(v Verdict, err error) {
	if r.failed = err; err == nil {
		r.verdict = v
	}
}

// passes reports whether the last attempt proves what it is to prove.
func (r *result) passes() bool {
	outcome := r.verdict.Outcome
	return r.failed == nil && (outcome == Admitted || outcome == Open && r.question.AcceptOpen)
}

// brief says what came of the last attempt in a few words.
func (r *result) brief() string {
	if r.failed != nil {
		return r.question.Credentials.redact(r.failed.Error())
	}
	return string(r.verdict.Outcome) + ": " + r.answered(len(r.verdict.answers)-1)
}

// soFar adds to what stopped a check what came of it by then.
func (r *result) soFar() string {
	if r.failed == nil && r.verdict.Outcome == "" {
		return "; no attempt was completed"
	}
	return "; the last attempt: " + r.brief()
}

// explain says what the check proves, and what can be done.
func (r *result) explain() string {
	text := Shown(r.question.Asked)
	switch r.verdict.Outcome {
	case Refused:
		text += r.refused()
	case Open:
		text += fmt.Sprintf(" is open to everybody: it %s, so the check proves nothing about the token. Check that an Access application covers this address, "+
			"and that none of its policies has the action Bypass. If the address is meant to be open, set acceptOpen to true.", r.answered(0))
	case Unclear:
		step := len(r.verdict.answers) - 1
		text += fmt.Sprintf(": it is not known whether Access admits the token. The address %s. %s", r.answered(step), r.advice(step))
	default:
		text += ": it is not known whether Access admits the token, since no attempt was completed."
	}
	if r.failed != nil {
		text += fmt.Sprintf("\nThe last attempt failed: %s.", r.failed)
	}
	return r.question.Credentials.redact(text)
}

// The causes of a refusal, in two groups: the token does not authenticate, or it does
// and no policy admits it.
var (
	doesNotAuthenticate = []string{
		"the client secret is wrong, or stopped working after a rotation",
		"the token is disabled, has expired or was deleted",
		"the token or its client secret is so new that Cloudflare does not know it everywhere yet (a longer `timeout` waits for it)",
	}
	notAdmitted = []string{
		"no policy of the application names the token",
		"the token is in a policy whose action is Allow, which admits no service token: the action has to be Service Auth",
		"a `require` or `exclude` rule keeps this machine out, such as one about IP addresses, countries or certificates",
	}
)

// refused lists all causes that the answers allow.
func (r *result) refused() string {
	to, without := r.verdict.answers[1].Status, r.verdict.answers[0].Status
	header := "the application reads the token from another header: set `header` to its `read_service_tokens_from_header`"
	if r.question.Header != "" {
		header = fmt.Sprintf("the application does not read the token from the header %s", r.question.Header)
	}
	causes, shown := slices.Concat(doesNotAuthenticate, notAdmitted, []string{header}), ""
	switch differs := to != without; {
	case differs && to == http.StatusUnauthorized:
		causes = slices.Concat(doesNotAuthenticate, []string{header})
		shown = ", so strict service token authentication is on and the token does not authenticate"
	case differs && to == http.StatusForbidden:
		causes = notAdmitted
		shown = ", so strict service token authentication is on, the token authenticates, and no policy admits it"
	}
	return fmt.Sprintf(" refused the token: it %s, and %d %s%s. Possible causes:\n  - %s",
		r.answered(1), without, asks[0], shown, strings.Join(causes, "\n  - "))
}

// advice is what a user can do about an answer that proves nothing.
func (r *result) advice(step int) string {
	answer := r.verdict.answers[step]
	_, others := r.question.marks(answer)
	skip := fmt.Sprintf("add a rule to the WAF that skips it for the User-Agent %q", r.userAgent)
	switch {
	case answer.mitigated():
		return fmt.Sprintf("The answer came from the WAF, which runs before Access: %s, or check another path.", skip)
	case others:
		return "Access answered for another host: set url to the address of the application itself."
	case answer.Status == http.StatusTooManyRequests:
		return fmt.Sprintf("The answer came from a rate limit, before Access or behind it: wait, exempt the User-Agent %q from it, or check another path.", r.userAgent)
	case answer.Status/100 == 5:
		return "Cloudflare, the tunnel or the origin failed: check that the origin is up, or check another path."
	}
	return []func(Answer) string{r.adviceWithout, r.adviceWithToken, r.adviceMadeUp}[step](answer)
}

// adviceWithout is about an answer without credentials that is no refusal of Access's.
func (r *result) adviceWithout(answer Answer) string {
	const covered = "Check that an Access application covers this address"
	switch {
	case r.question.leaves(answer):
		return covered + ", or write the address that it redirects to."
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		return fmt.Sprintf("Access may have answered, but the answer does not name this host, so it may be from a WAF or the origin. %s, check another path, or "+
			"add a rule to the WAF that skips it for the User-Agent %q.", covered, r.userAgent)
	}
	return covered + ", or check a path that answers 2xx to a client that is admitted."
}

// adviceWithToken is about an answer to the token that is neither Access's refusal nor
// surely the origin's.
func (r *result) adviceWithToken(answer Answer) string {
	switch {
	case r.question.leaves(answer):
		return fmt.Sprintf("If the origin redirects a client that is admitted there, add %q to originRedirects; otherwise check another path.", shownHost(r.question.redirect(answer).host))
	case answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden:
		return fmt.Sprintf("If the origin answers an admitted client like this, add %d to originStatuses; otherwise check another path.", answer.Status)
	}
	return "Check another path."
}

// adviceMadeUp is about an answer to made-up credentials that does not differ enough
// from the one to the token.
func (r *result) adviceMadeUp(Answer) string {
	return fmt.Sprintf("So any credentials may get the answer that the token got, %d: it may be from a WAF, a rate limit or a proxy. "+
		"Check another path, or add a rule to the WAF that skips it for the User-Agent %q.", r.verdict.answers[1].Status, r.userAgent)
}

// answered says how the address answered one of the asks.
func (r *result) answered(step int) string {
	answer := r.verdict.answers[step]
	var details []string
	if ray := answer.Header.Get("Cf-Ray"); rayID.MatchString(ray) {
		details = append(details, "ray "+ray)
	}
	for _, domain := range answer.domains() {
		details = append(details, "domain "+shownHost(domain))
	}
	if to := r.question.redirect(answer).host; to != "" {
		details = append(details, "redirect to "+shownHost(to))
	}
	if answer.mitigated() {
		details = append(details, "cf-mitigated")
	}
	text := fmt.Sprintf("answered %d", answer.Status)
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return r.question.Credentials.redact(text + " " + asks[step])
}

// rayID matches what Cloudflare logs a request by.
var rayID = regexp.MustCompile(`^[0-9a-f]{16}-[A-Z]{3}$`)

// shownHost is the name of a host that an answer has named, if it is one.
func shownHost(domain string) string {
	name, _, _ := strings.Cut(domain, "/")
	if name = hostName(name); len(name) > 253 || !domainName.MatchString(name) {
		return "that is not the name of a host"
	}
	return name
}
