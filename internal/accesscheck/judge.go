package accesscheck

import "net/http"

// Outcome is what the answers of an address prove.
type Outcome string

// The outcomes.
const (
	// Admitted: the token is let in, and made-up credentials are not.
	Admitted Outcome = "admitted"
	// Refused: Access refuses the token.
	Refused Outcome = "refused"
	// Open: everybody is let in, so the token proves nothing.
	Open Outcome = "open"
	// Unclear: the answers prove nothing.
	Unclear Outcome = "unclear"
)

// Verdict is what came of an attempt.
type Verdict struct {
	Outcome Outcome
	// Status is that of the answer to the token, and where it was not sent, of the
	// answer without credentials.
	Status int
	// answers are those to the asks, in their order.
	answers []Answer
}

// Judge returns the verdict on the answers to what was asked so far: with nothing,
// with the token, with made-up credentials. Where there is none yet, the next has to
// be asked.
func (r Rules) Judge(answers ...Answer) (verdict Verdict, decided bool) {
	outcome := Unclear
	switch last := answers[len(answers)-1]; len(answers) {
	case 1:
		if r.refuses(last) {
			return Verdict{}, false
		}
		if r.letsIn(last) && last.Status/100 == 2 {
			outcome = Open
		}
	case 2:
		if r.letsIn(last) || r.lists(last) {
			return Verdict{}, false
		}
		if r.refuses(last) {
			outcome = Refused
		}
	case 3:
		if r.distinguishes(answers[1], last) {
			outcome = Admitted
		}
	}
	return Verdict{outcome, answers[min(len(answers), 2)-1].Status, answers}, true
}

// distinguishes reports whether made-up credentials got an answer that shows that the
// one to the token is not everybody's.
func (r Rules) distinguishes(toToken, toMadeUp Answer) bool {
	refused := r.refuses(toMadeUp)
	switch {
	case toMadeUp.mitigated():
		return false // the WAF answers before Access
	case r.letsIn(toToken):
		return refused || toMadeUp.Status == http.StatusUnauthorized || toMadeUp.Status == http.StatusForbidden || r.leaves(toMadeUp)
	}
	// In strict mode Access itself answers 403 to a token that no policy admits, and 401
	// to one that does not exist.
	return refused && (toToken.Status != http.StatusForbidden || toMadeUp.Status != http.StatusUnauthorized)
}
