package cfapi

import "strings"

// UnresolvedError is returned if it is not known what a creation left behind. None
// of the tokens that it names was deleted.
type UnresolvedError struct {
	// Candidates are the ids of tokens that the creation may have made. Nobody
	// holds the secret of one that it did make.
	Candidates []string
	// Why says why it is not known.
	Why string
	// Err is the failure of the creation. It is nil if the creation succeeded and
	// the error is about an earlier attempt.
	Err error
	// Look is the failure of looking for the token, if there is one.
	Look error
}

// Unwrap returns both failures.
func (e *UnresolvedError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.Err, e.Look} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func (e *UnresolvedError) Error() string {
	var b strings.Builder
	if e.Err != nil {
		b.WriteString(e.Err.Error() + "; ")
	}
	b.WriteString("a token may be left behind: " + e.Why)
	if e.Look != nil {
		b.WriteString(": " + e.Look.Error())
	}
	if len(e.Candidates) > 0 {
		b.WriteString("; it may be " + strings.Join(e.Candidates, " or "))
	}
	return b.String()
}
