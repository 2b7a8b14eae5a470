package servicetoken

import (
	"fmt"
	"strings"
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

// computed are the outputs that a preview of it does not know.
func (e ending) computed() []string {
	if e.moves || e.unknown {
		return []string{"previousClientSecretExpiresAt"}
	}
	return nil
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

// anyTimeZone is how far this machine's clock may be off. The commonest error of a
// clock is another time zone.
const anyTimeZone = Day

// planGrace moves the end of a previous secret that still works, when the program
// asks for another end than in the last run. Without such a secret the input
// waits for the next rotation: one that was revoked must not come back to life.
// An end that merely still stands in the program is not enforced: after a
// rotation elsewhere, the secret that it would stop is the one that this stack
// holds.
func planGrace(pl *Plan, want Wanted, state State, now time.Time) {
	have, issued := parseTime(state.PreviousClientSecretExpiresAt), parseTime(state.ClientSecretIssuedAt)
	// By Cloudflare's clock it is later than when the secret was issued, whatever this
	// machine's says.
	if have == nil || issued != nil && !have.After(*issued) {
		return
	}
	running := have.After(now)
	mayRun := have.After(now.Add(-anyTimeZone))
	absolute, grace := want.PreviousClientSecretExpiresAt, want.PreviousClientSecretGrace
	for _, unknown := range []struct {
		is  bool
		key string
	}{{absolute.Unknown, "previousClientSecretExpiresAt"}, {grace.Unknown, "previousClientSecretGrace"}} {
		if unknown.is && running {
			pl.add(unknown.key, Update, "moving the end of the previous client secret: the time is not known yet", "previousClientSecretExpiresAt")
			return
		}
	}
	if !want.changesEnd() {
		return
	}
	key, end := "previousClientSecretExpiresAt", ending{at: absolute.Value}
	if grace.Known {
		key, end = "previousClientSecretGrace", endOfGrace(grace.Value, state, now)
		if end.unknown && running {
			pl.Warnings = append(pl.Warnings, "previousClientSecretGrace has no effect on the previous client secret, since it is not known when it was rotated; "+
				"to move its end, set previousClientSecretExpiresAt.")
		}
		if end.unknown {
			return
		}
		if end.moves && !running {
			end = ending{at: have.Add(-anyTimeZone)} // earlier, and past by Cloudflare's clock too
		}
	}
	stops := !end.at.After(now)
	asksToStop := stops && (absolute.Known || grace.Value.Value == 0)
	switch {
	case end.at.Equal(*have):
		return
	case end.at.After(*have) && (!running || want.stoppedAtOnce(state)):
		return // it would come back to life
	case !running && !(mayRun && asksToStop):
		return // a secret that has leaked is stopped, also if this machine's clock is fast
	}
	pl.Update.PreviousClientSecretExpiresAt, pl.endMoves = &end.at, end.moves
	pl.add(key, Update, becomesOfGrace(*have, end, state, now), end.computed()...)
}

// changesEnd reports whether the program asks for another end of the previous secret
// than in the last run.
func (want Wanted) changesEnd() bool {
	absolute, last := want.PreviousClientSecretExpiresAt, want.Last.PreviousClientSecretExpiresAt
	if absolute.Known {
		return !last.Known || !last.Value.Equal(absolute.Value)
	}
	grace, lastGrace := want.PreviousClientSecretGrace, want.Last.PreviousClientSecretGrace
	return grace.Known && (!lastGrace.Known || lastGrace.Value.Value != grace.Value.Value)
}

// stoppedAtOnce reports whether the last run stopped the previous secret, by
// Cloudflare's clock, although its end may lie ahead by this machine's.
func (want Wanted) stoppedAtOnce(state State) bool {
	last := want.Last.PreviousClientSecretGrace
	return state.ClientSecretStatus == StatusCurrent && last.Known && last.Value.Value == 0
}

// endOfGrace counts a grace from the rotation of this stack that it belongs to. No
// other is known, so all that is left to do is to stop the secret.
//
// It is not counted from the end that the state has: after a run that moved it and
// yet failed, the engine has the inputs of the run before, and so another grace.
func endOfGrace(grace Span, state State, now time.Time) ending {
	rotated := parseTime(state.ClientSecretIssuedAt)
	switch {
	case rotated != nil && state.ClientSecretStatus == StatusCurrent:
		return ending{at: rotated.Add(grace.Value)}
	case grace.Value == 0 && state.PendingClientSecretVersion == nil:
		return ending{at: now.UTC().Truncate(time.Second), moves: true}
	}
	return ending{unknown: true}
}

// becomesOfGrace says what moving the end of the previous secret does.
func becomesOfGrace(have time.Time, end ending, state State, now time.Time) string {
	to := FormatTime(end.at)
	if end.moves {
		to = "the time of this run"
	}
	var notes []string
	switch {
	case end.at.After(now):
	case have.After(now):
		notes = append(notes, "it stops working at once")
	default:
		notes = append(notes, "it stops working at once, if it still works")
	}
	if state.ClientSecretStatus == StatusStale && !state.HeldUnknown() {
		notes = append(notes, "it is the one that this stack holds")
	}
	text := fmt.Sprintf("moving the end of the previous client secret from %s to %s", FormatTime(have), to)
	if len(notes) > 0 {
		text += ": " + strings.Join(notes, "; ")
	}
	return text
}

// KeepingStopped is the plan without what would bring a previous client secret back to
// life: a later end, for one that has stopped by Cloudflare's clock, which says now.
// It returns what there is to say of it, empty if the plan has nothing of the kind.
func (pl Plan) KeepingStopped(state State, now time.Time) (Plan, string) {
	have, end := parseTime(state.PreviousClientSecretExpiresAt), pl.Update.PreviousClientSecretExpiresAt
	if !pl.MovesGrace() || have == nil || have.After(now) || !end.After(now) {
		return pl, ""
	}
	pl.Update.PreviousClientSecretExpiresAt = nil
	return pl, fmt.Sprintf("the end of the previous client secret is not moved to %s: by Cloudflare's clock, the secret stopped working at %s, and it does not work again.",
		FormatTime(*end), FormatTime(*have))
}
