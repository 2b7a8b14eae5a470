package cfapi

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// lookFor are the waits before each look at the listing, half a minute in all:
// nobody knows how soon a new token is listed.
var lookFor = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// clockSkew is how far Cloudflare's clock and this machine's may differ.
const clockSkew = 5 * time.Minute

// resolve finds out what an attempt with an unknown outcome left behind, and
// deletes it if that is proven. Without an error the creation may be tried again.
func (cr *creation) resolve(ctx context.Context, cause error) error {
	if cr.id != "" {
		// The answer named the token, so there is nothing to look for.
		return cr.remove(ctx, cr.id, cause)
	}
	for _, wait := range lookFor {
		if err := cr.client.timing.Sleep(ctx, wait); err != nil {
			return &UnresolvedError{Why: "stopped while looking for it: " + err.Error(), Err: cause}
		}
		found, err := cr.look(ctx)
		switch {
		case err != nil:
			return &UnresolvedError{Why: fmt.Sprintf("the tokens could not be listed: %v", err), Err: cause}
		case len(found.mine) == 1:
			return cr.remove(ctx, found.mine[0], cause)
		case len(found.mine) > 1:
			return &UnresolvedError{Candidates: found.mine, Why: "several tokens carry its mark", Err: cause}
		case len(found.unmarked) > 0:
			return &UnresolvedError{Candidates: found.unmarked, Err: cause,
				Why: "a token of this name was made at about that time, and does not show by whom"}
		}
	}
	if cr.marker == nil {
		return &UnresolvedError{Why: "Cloudflare does not accept the mark by which it could be told from another's", Err: cause}
	}
	cr.lost = append(cr.lost, *cr.marker)
	return nil
}

// found is what a listing shows that may be of a creation.
type found struct {
	// ids are those of all tokens of the name.
	ids []string
	// mine carry the mark of the last attempt; lost that of an earlier one.
	mine, lost []string
	// unmarked are of the same name and time, carry no mark at all, and were not
	// made by this client.
	unmarked []string
}

func (cr *creation) look(ctx context.Context) (found, error) {
	listed, err := cr.client.List(ctx, cr.scope, ListFilter{Name: cr.params.Name})
	if err != nil {
		return found{}, err
	}
	var f found
	for _, token := range listed {
		f.ids = append(f.ids, token.ID)
		switch {
		case token.marker != nil && cr.marker != nil && token.marker.Equal(*cr.marker):
			f.mine = append(f.mine, token.ID)
		case token.marker != nil && slices.ContainsFunc(cr.lost, token.marker.Equal):
			f.lost = append(f.lost, token.ID)
		case token.marker == nil && cr.recent(token) && !cr.client.created.has(token.ID):
			f.unmarked = append(f.unmarked, token.ID)
		}
	}
	return f, nil
}

// recent tells whether a token can be of this creation by its age.
func (cr *creation) recent(token Token) bool {
	return token.CreatedAt == nil || token.CreatedAt.After(cr.began.Add(-clockSkew))
}

// remove deletes a token that an attempt left behind, after a last look at it:
// the mark, the name and the version still have to be those of the attempt, and
// nobody may have used it.
func (cr *creation) remove(ctx context.Context, id string, cause error) error {
	unresolved := func(why string) error {
		return &UnresolvedError{Candidates: []string{id}, Why: why, Err: cause}
	}
	token, err := cr.client.Get(ctx, cr.scope, id)
	switch {
	case IsNotFound(err):
		return nil
	case err != nil:
		return unresolved(fmt.Sprintf("it could not be read: %v", err))
	case !cr.proves(token):
		return unresolved("somebody has changed or used it since")
	}
	if err := cr.client.Delete(ctx, cr.scope, id, nil); err != nil {
		return unresolved(fmt.Sprintf("it could not be deleted: %v", err))
	}
	return nil
}

// proves tells whether a token is as one of the attempts left it. One whose id
// an attempt's own answer named needs no mark, but must not contradict.
func (cr *creation) proves(token *Token) bool {
	marked := token.marker != nil && (cr.marker != nil && token.marker.Equal(*cr.marker) || slices.ContainsFunc(cr.lost, token.marker.Equal))
	named := token.ID == cr.id && token.marker == nil && token.PreviousClientSecretExpiresAt == nil
	version := token.ClientSecretVersion != nil && *token.ClientSecretVersion == cr.version() ||
		token.ClientSecretVersion == nil && token.ID == cr.id
	return (marked || named) && token.Name == cr.params.Name && version && token.LastSeenAt == nil
}

// sweep looks once more, after a success, for what earlier attempts left behind
// too late to be found. A listing that shows the token that was made last shows
// theirs too; one that does not proves nothing. The token was made whatever comes
// of it.
func (cr *creation) sweep(ctx context.Context, made *Token) error {
	if len(cr.lost) == 0 {
		return nil
	}
	const unanswered = "an earlier attempt of this creation was not answered, and "
	for _, wait := range lookFor {
		if err := cr.client.timing.Sleep(ctx, wait); err != nil {
			return &UnresolvedError{Why: unanswered + "looking for it was stopped: " + err.Error()}
		}
		found, err := cr.look(ctx)
		if err != nil {
			return &UnresolvedError{Why: fmt.Sprintf(unanswered+"the tokens could not be listed: %v", err)}
		}
		for _, id := range found.lost {
			if err := cr.remove(ctx, id, nil); err != nil {
				return err
			}
		}
		if slices.Contains(found.ids, made.ID) {
			return nil
		}
	}
	return &UnresolvedError{Why: unanswered + "the listing does not even show the token that was made now"}
}
