package servicetoken

import (
	"fmt"
	"time"
)

// defaultGrace is how long the previous secret works after a rotation that no
// one asked for outright, where the program does not say.
const defaultGrace = 24 * time.Hour

// ending is when the previous secret stops working after a rotation.
type ending struct {
	at time.Time
	// unknown says that the program names it, and that it is not known yet.
	unknown bool
	// moves says that the end is counted from the run, so that a preview does
	// not know it.
	moves bool
}

// endAfter decides how long the previous secret works after a rotation.
func endAfter(want Wanted, why cause, state State, now time.Time) ending {
	now = now.UTC().Truncate(time.Second)
	if why == causeCompletion && state.TookEffect() {
		return ending{at: now, moves: true} // nobody holds that one
	}
	absolute, grace := want.PreviousClientSecretExpiresAt, want.PreviousClientSecretGrace
	// An end that has passed was written for an earlier rotation.
	asked := why == causeVersion || why == causeCompletion
	switch {
	case absolute.Unknown || grace.Unknown:
		return ending{at: now, unknown: true}
	case absolute.Known && (asked || absolute.Value.After(now)):
		return ending{at: absolute.Value}
	case grace.Known:
		return ending{at: now.Add(grace.Value.Value), moves: true}
	case !asked || why == causeCompletion && want.rotatesByItself():
		return ending{at: now.Add(defaultGrace), moves: true}
	}
	return ending{at: now, moves: true}
}

// CountedBy is the plan by a clock that is so far ahead of the one that it was made
// by. It reports whether this moves the end of the previous client secret: one that
// the program names as a time stays.
func (pl Plan) CountedBy(ahead time.Duration) (Plan, bool) {
	if !pl.endMoves {
		return pl, false
	}
	end := pl.Update.PreviousClientSecretExpiresAt.Add(ahead)
	pl.Update.PreviousClientSecretExpiresAt = &end
	return pl, true
}

// rotatesByItself reports whether the program lets rotations happen that it does
// not ask for one by one.
func (want Wanted) rotatesByItself() bool {
	return want.RotateAfter.Known || want.RecoverClientSecret.Value.Recovers(StatusUnavailable)
}

// becomesOfPrevious says what a rotation does to the client secrets that there are.
func becomesOfPrevious(end ending, state State, now time.Time) string {
	lost := state.PendingClientSecretVersion != nil
	// The stored one is the previous one at most; or nobody knows what it is.
	stale := state.ClientSecretStatus == StatusStale && !state.HeldUnknown() && !lost
	previous, promised := "the previous one", ""
	if lost {
		// It need not be the stored one: that may have been stale already.
		previous = "the client secret from before that rotation"
		if asked := parseTime(state.PendingPreviousClientSecretExpiresAt); asked != nil && asked.After(now) {
			promised = fmt.Sprintf(", which was to work until %s,", FormatTime(*asked))
		}
	}
	until := FormatTime(end.at)
	if end.unknown {
		until = "a time that is not known yet"
	}
	running := parseTime(state.PreviousClientSecretExpiresAt)
	if running != nil && !running.After(now) {
		running = nil
	}
	var text string
	switch {
	case lost && state.TookEffect():
		return becomesOfUnreturned(state, running)
	case !end.unknown && !end.at.After(now):
		text = previous + promised + " stops working at once"
		if !end.moves {
			text += ", since previousClientSecretExpiresAt is in the past"
		}
	case lost:
		// If the lost rotation took effect, the previous one is the one that nobody holds.
		text = previous + " stops working at once if that rotation took effect, and otherwise works until " + until
	default:
		text = previous + " works until " + until
	}
	switch {
	case running != nil && stale && state.ClientSecret != nil:
		text += fmt.Sprintf("; the one that this stack holds, which would have worked until %s, stops working now", FormatTime(*running))
	case running != nil:
		text += fmt.Sprintf("; the one before it, which would have worked until %s, stops working now", FormatTime(*running))
	case stale && state.PreviousClientSecretExpiresAt == nil:
		text += "; the one that this stack holds stops working now, if it still works"
	}
	return text
}

// becomesOfUnreturned says what the completion of a rotation does that has taken effect.
// Cloudflare holds one previous secret, which is then the one that nobody holds;
// running is the end of the one before it, if that still works.
func becomesOfUnreturned(state State, running *time.Time) string {
	const before = "the client secret from before that rotation"
	switch {
	case running != nil:
		return fmt.Sprintf("%s, which would have worked until %s, stops working at once", before, FormatTime(*running))
	case state.PreviousClientSecretExpiresAt == nil:
		return before + " stops working at once, if it still works"
	}
	return before + " no longer works"
}

// planGrace moves the end of a previous secret that still works, when the program
// asks for another end than in the last run. Without such a secret the input
// waits for the next rotation: one that was revoked must not come back to life.
// An end that merely still stands in the program is not enforced: after a
// rotation elsewhere, the secret that it would stop is the one that this stack
// holds.
func planGrace(pl *Plan, want Wanted, state State, now time.Time) {
	have := parseTime(state.PreviousClientSecretExpiresAt)
	if have == nil || !have.After(now) {
		return
	}
	absolute, grace := want.PreviousClientSecretExpiresAt, want.PreviousClientSecretGrace
	for _, unknown := range []struct {
		is  bool
		key string
	}{{absolute.Unknown, "previousClientSecretExpiresAt"}, {grace.Unknown, "previousClientSecretGrace"}} {
		if unknown.is {
			pl.add(unknown.key, Update, "moving the end of the previous client secret: the time is not known yet", "previousClientSecretExpiresAt")
			return
		}
	}
	key, end := "previousClientSecretExpiresAt", absolute.Value
	changed := absolute.Known && !(want.Last.PreviousClientSecretExpiresAt.Known && want.Last.PreviousClientSecretExpiresAt.Value.Equal(end))
	if grace.Known {
		// It is counted from this stack's own rotation, which a stale secret is not of.
		rotated := parseTime(state.ClientSecretIssuedAt)
		if rotated == nil || state.ClientSecretStatus != StatusCurrent {
			return
		}
		last := want.Last.PreviousClientSecretGrace
		key, end = "previousClientSecretGrace", rotated.Add(grace.Value.Value)
		changed = !last.Known || last.Value.Value != grace.Value.Value
	}
	if !changed || end.Equal(*have) {
		return
	}
	pl.Update.PreviousClientSecretExpiresAt = &end
	reason := fmt.Sprintf("moving the end of the previous client secret from %s to %s", FormatTime(*have), FormatTime(end))
	if state.ClientSecretStatus == StatusStale {
		reason += ": it is the one that this stack holds"
	}
	pl.add(key, Update, reason)
}
