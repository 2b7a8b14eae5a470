package cfapi

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"
)

// edgeProblem is a body of RFC 9457, in which Cloudflare's edge says why the API did
// not answer.
type edgeProblem struct {
	Title      lenient[string]  `json:"title"`
	Detail     lenient[string]  `json:"detail"`
	Retryable  lenient[bool]    `json:"retryable"`
	RetryAfter lenient[float64] `json:"retry_after"`
}

// parseProblem returns nil for anything that does not say what is wrong.
func parseProblem(body []byte) *edgeProblem {
	var p edgeProblem
	if json.Unmarshal(body, &p) != nil || p.Title.orZero() == "" && p.Detail.orZero() == "" {
		return nil
	}
	return &p
}

// final reports whether the same request would fail again.
func (p *edgeProblem) final() bool {
	return p != nil && p.Retryable.value != nil && !*p.Retryable.value
}

// retryAfter is how long to wait, as the header Retry-After says it too.
func (p *edgeProblem) retryAfter() time.Duration {
	seconds := p.RetryAfter.orZero()
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, math.MaxUint32) * float64(time.Second))
}

// err says what is wrong.
func (p *edgeProblem) err(clean func(string) string) error {
	says := []string{"not answered by Cloudflare's API itself"}
	for _, part := range []string{p.Title.orZero(), p.Detail.orZero()} {
		if part != "" {
			says = append(says, clean(part))
		}
	}
	return errors.New(strings.Join(says, ": "))
}
