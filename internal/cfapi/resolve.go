package cfapi

import (
	"context"
	"slices"
	"time"
)

// lookFor are the waits before each look at the listing, half a minute in all: it
// is not documented how soon a new token is listed.
var lookFor = []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second}

// clockSkew is how much Cloudflare's clock and this machine's may differ.
const clockSkew = 5 * time.Minute

// resolve finds out what an attempt with an unknown outcome left behind, and deletes
// it if there is proof. If it returns no error, the creation may be tried again.
func (cr *creation) resolve(ctx context.Context, cause error) error {
	if cr.id != "" {
		// The answer had the token's id, so there is nothing to look for.
		gone, err := cr.remove(ctx, Token{ID: cr.id}, cause)
		if err != nil || gone {
			return err
		}
	}
	var last seen
	for _, wait := range lookFor {
		if err := cr.client.wait(ctx, Wait{Reason: ForLostToken, Duration: wait}); err != nil {
			return &UnresolvedError{Why: "looking for it was stopped", Err: cause, Look: err, Candidates: slices.Concat(last.unread, last.unmarked)}
		}
		seen, err := cr.look(ctx, cause)
		if err != nil {
			return err
		}
		if cr.marker != nil && !cr.missing() {
			return nil // found, and deleted
		}
		last = seen
	}
	switch {
	case len(last.unread) > 0:
		return &UnresolvedError{Candidates: last.unread, Err: cause, Why: listedButNotRead}
	case len(last.unmarked) > 0:
		return &UnresolvedError{Candidates: last.unmarked, Err: cause,
			Why: "a token of this name was created at about that time, and Cloudflare does not show by whom"}
	case cr.marker == nil:
		return &UnresolvedError{Err: cause, Why: "Cloudflare does not accept the mark that distinguishes it from another token"}
	}
	return nil
}

const listedButNotRead = "a token with the creation's mark is listed, but a read by its id does not find it"

// seen is what a listing shows.
type seen struct {
	ids []string
	// unread have the mark of an attempt, but were not deleted because they could
	// not be read yet.
	unread []string
	// unmarked have the creation's name and time and no mark, and were not made by
	// this client: if listings do not show marks, one may be the attempt's.
	unmarked []string
}

// look lists the tokens once, and deletes those of the creation's attempts. It looks
// at the marks, not at the name, which Cloudflare may have changed.
func (cr *creation) look(ctx context.Context, cause error) (seen, error) {
	listed, err := cr.client.List(ctx, cr.scope, ListFilter{})
	if err != nil {
		return seen{}, &UnresolvedError{Why: "the tokens could not be listed", Err: cause, Look: err}
	}
	var s seen
	marksAreListed := false
	for _, token := range listed {
		s.ids = append(s.ids, token.ID)
		marksAreListed = marksAreListed || token.Marker != nil
		switch {
		case cr.owns(token):
			gone, err := cr.remove(ctx, token, cause)
			if err != nil {
				return seen{}, err
			}
			if !gone {
				s.unread = append(s.unread, token.ID)
			}
		case token.Marker == nil && token.Name == cr.params.Name && cr.recent(token):
			if _, ours := cr.client.created.Load(token.ID); !ours {
				s.unmarked = append(s.unmarked, token.ID)
			}
		}
	}
	if marksAreListed && cr.marker != nil {
		s.unmarked = nil // the attempt's token would show its mark
	}
	return s, nil
}

// missing reports whether the last attempt's token was looked for by its mark, and
// not found.
func (cr *creation) missing() bool {
	return cr.marker != nil && slices.ContainsFunc(cr.lost, cr.marker.Equal)
}

// owns reports whether a token carries the mark of a lost attempt.
func (cr *creation) owns(token Token) bool {
	return token.Marker != nil && slices.ContainsFunc(cr.lost, token.Marker.Equal)
}

// recent reports whether a token is young enough to be of this creation.
func (cr *creation) recent(token Token) bool {
	return token.CreatedAt == nil || token.CreatedAt.After(cr.began.Add(-clockSkew))
}

// remove deletes a token that an attempt left behind, after a last look at it: it
// must be as the attempt made it, and nobody may have used it. It is not gone if it
// cannot be read yet.
func (cr *creation) remove(ctx context.Context, listed Token, cause error) (gone bool, err error) {
	unresolved := func(why string, look error) (bool, error) {
		return false, &UnresolvedError{Candidates: []string{listed.ID}, Why: why, Err: cause, Look: look}
	}
	token, err := cr.client.Get(ctx, cr.scope, listed.ID)
	switch {
	case IsNotFound(err):
		return false, nil
	case err != nil:
		return unresolved("it could not be read", err)
	}
	if token.ClientSecretVersion == nil {
		token.ClientSecretVersion = listed.ClientSecretVersion
	}
	if doubt := cr.doubt(*token); doubt != "" {
		return unresolved(doubt, nil)
	}
	if err := cr.client.Delete(ctx, cr.scope, listed.ID, nil); err != nil {
		return unresolved("it could not be deleted", err)
	}
	mark := token.Marker
	if token.ID == cr.id {
		mark = cr.marker // even if the answers do not show it
	}
	if mark != nil {
		cr.lost = slices.DeleteFunc(cr.lost, mark.Equal)
	}
	return true, nil
}

// doubt returns the reason why there is no proof that a token is an attempt's, whose
// secret nobody holds, or "" if there is proof. If the attempt's own answer had its
// id, the token needs no mark and no version, but must not have other ones.
func (cr *creation) doubt(token Token) string {
	returned := token.ID == cr.id
	switch {
	case !cr.owns(token) && !(returned && token.Marker == nil && token.PreviousClientSecretExpiresAt == nil):
		return "it no longer has the creation's mark"
	case token.Name != cr.params.Name:
		return "it has the creation's mark, but another name"
	case token.ClientSecretVersion == nil && !returned:
		return "Cloudflare does not show the version of its client secret"
	case token.ClientSecretVersion != nil && *token.ClientSecretVersion != cr.version():
		return "its client secret has another version than the creation asked for"
	case token.LastSeenAt != nil:
		return "somebody has used it"
	}
	return ""
}

// sweep looks once more, after a success, for tokens of earlier attempts that
// appeared too late. A listing that shows the token that was made last shows theirs
// too; any other listing proves nothing. Its error does not undo the success.
func (cr *creation) sweep(ctx context.Context, made *Token) error {
	if len(cr.lost) == 0 {
		return nil
	}
	var last seen
	for _, wait := range lookFor {
		if err := cr.client.wait(ctx, Wait{Reason: ForLostToken, Duration: wait}); err != nil {
			return &UnresolvedError{Why: "looking for an earlier attempt's token was stopped", Look: err, Candidates: last.unread}
		}
		seen, err := cr.look(ctx, nil)
		if err != nil {
			return err
		}
		if slices.Contains(seen.ids, made.ID) && len(seen.unread) == 0 {
			return nil
		}
		last = seen
	}
	if len(last.unread) > 0 {
		return &UnresolvedError{Candidates: last.unread, Why: listedButNotRead}
	}
	return &UnresolvedError{Why: "an earlier attempt was not answered, and the listing does not even show the token that was just created"}
}

// refused completes the error of an attempt that had no effect, if earlier ones may
// have had one.
func (cr *creation) refused(ctx context.Context, err error) error {
	if len(cr.lost) == 0 {
		return err
	}
	seen, stop := cr.look(ctx, err)
	switch {
	case stop != nil:
		return stop
	case len(seen.unread) > 0:
		return &UnresolvedError{Candidates: seen.unread, Err: err, Why: listedButNotRead}
	case len(cr.lost) > 0:
		return &UnresolvedError{Why: "an earlier attempt was not answered, and no listing has shown its token", Err: err}
	}
	return err
}
