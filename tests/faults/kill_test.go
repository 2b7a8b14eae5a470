package faults

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// kill ends the plugin's process at one of its requests, counted from 0: before
// Cloudflare gets it, or when Cloudflare has done what it asks and the answer is
// on its way.
type kill struct {
	request int
	done    bool
}

// killed is the name of all kills in the table.
const killed = "killed"

func (k kill) String() string {
	if k.done {
		return fmt.Sprintf("killed behind request %d", k.request+1)
	}
	return fmt.Sprintf("killed before request %d", k.request+1)
}

var errKilled = errors.New("the process was killed")

// transport carries requests up to the kill. After it none is sent any more.
func (k kill) transport(next http.RoundTripper, die func()) http.RoundTripper {
	var mu sync.Mutex
	sent, dead := 0, false
	end := func() error {
		mu.Lock()
		dead = true
		mu.Unlock()
		die()
		return errKilled
	}
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		number := sent
		sent++
		now := dead || number == k.request && !k.done
		mu.Unlock()
		if now {
			return nil, end()
		}
		resp, err := next.RoundTrip(r)
		if number == k.request {
			if err == nil {
				_ = resp.Body.Close() // nobody reads it
			}
			return nil, end()
		}
		return resp, err
	})
}
