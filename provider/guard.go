package provider

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/sync/singleflight"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// guard keeps a Delete from deleting the token of another live entry of the
// stack. Two entries stand for one token while a resource is renamed by its
// `import` option, and after `pulumi import` of a token that the stack has. The
// engine deletes by entry and knows nothing of that.
//
// It learns from the calls that the engine makes in one run what the stack is
// going to hold, and goes by the token's id alone. The engine configures the
// provider once a run and phase, which empties it.
type guard struct {
	deletions singleflight.Group

	mu sync.Mutex
	// checked reports whether the last Check of a resource had old inputs: that of a
	// new resource and the second one of a replacement have none.
	checked map[resource.URN]bool
	// live are the entries that stay in the stack, and entries counts them by token.
	live    map[resource.URN]holder
	entries map[string]int
	// replaced are those that a replacement takes the place of. They stay if it
	// creates nothing.
	replaced map[resource.URN]holder
	// read are the tokens that an import, or a program's `get`, has read, and
	// arriving those whose import failed, or whose inputs were refused then.
	read, arriving map[resource.URN]string
	// deleting counts the deletions of a token that are under way, one for each entry
	// that goes, and deleted are those that this process deleted or found gone.
	deleting map[string]int
	deleted  map[string]bool
}

func newGuard() *guard {
	g := &guard{}
	g.reset()
	return g
}

// reset forgets everything: another run begins, in a process that serves several.
func (g *guard) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.checked, g.live, g.replaced = map[resource.URN]bool{}, map[resource.URN]holder{}, map[resource.URN]holder{}
	g.entries = map[string]int{}
	g.read, g.arriving, g.deleted = map[resource.URN]string{}, map[resource.URN]string{}, map[string]bool{}
	g.deleting = map[string]int{}
}

// holder is what an entry of the stack holds of its token.
type holder struct {
	tokenID string
	// version is that of the client secret, 0 if it holds none, and digest
	// distinguishes two secrets of one version. Where the version is not known, it is the
	// lowest that it may be, and upTo, which is 0 otherwise, the highest.
	version, upTo int
	digest        [sha256.Size]byte
	// works reports whether that secret works, or may work.
	works bool
	// next is the version to which the entry's next rotation leads; mute reports
	// that no rotation returns a secret.
	next int
	mute bool
	// rotationsHeld reports that something holds back rotations that the program does not ask
	// for outright.
	rotationsHeld bool
}

func holderOf(tokenID string, state servicetoken.State, now time.Time) holder {
	h := holder{tokenID: tokenID, works: state.SecretMayWork(now), next: state.NextVersion(), mute: state.Mute()}
	if state.ClientSecret != nil {
		h.version, h.digest = state.HeldVersion(), sha256.Sum256([]byte(*state.ClientSecret))
		if state.HeldUnknown() {
			h.upTo = state.Version()
		}
	}
	return h
}

// covers reports whether nothing is lost with the secret of another entry.
func (h holder) covers(dropped holder) bool {
	return h.version > max(dropped.version, dropped.upTo) || h.version == dropped.version && h.digest == dropped.digest
}

// check records each Check. It reports whether the engine replaces a token that the
// plan changes in place or not at all: an option such as replaceOnChanges asks for it.
func (g *guard) check(urn resource.URN, hasOldInputs bool) (replaces bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.checked[urn] = hasOldInputs
	h, held := g.live[urn]
	if !held || hasOldInputs {
		return false
	}
	g.replaced[urn] = h
	g.drop(urn)
	return true
}

// hold and drop keep live and entries in step. Called with the lock held.
func (g *guard) hold(urn resource.URN, h holder) {
	g.drop(urn)
	g.live[urn] = h
	g.entries[h.tokenID]++
}

func (g *guard) drop(urn resource.URN) {
	if h, ok := g.live[urn]; ok {
		delete(g.live, urn)
		g.entries[h.tokenID]--
	}
}

// diff records each Diff, and returns an error if the token was deleted
// earlier in this run. A Diff without a Check before it is a refresh's, which
// says nothing of what stays.
func (g *guard) diff(urn resource.URN, replaces bool, h holder) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.deleted[h.tokenID] || g.deleting[h.tokenID] > 0 {
		return fmt.Errorf("service token %s was deleted earlier in this run, through another resource of this stack that manages the same token: "+
			"run `pulumi refresh`, and then `pulumi up` creates a new one", h.tokenID)
	}
	switch {
	case replaces:
		g.replaced[urn] = h
		g.drop(urn)
	case g.checked[urn]:
		g.hold(urn, h)
	}
	return nil
}

// others names the other entries of the stack that are known to stand for the
// same token.
func (g *guard) others(urn resource.URN, tokenID string) []resource.URN {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.entries[tokenID] < 2 {
		return nil
	}
	return slices.DeleteFunc(g.holders(tokenID), func(other resource.URN) bool { return other == urn })
}

// created records each Create that returned an id.
func (g *guard) created(urn resource.URN, h holder) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold(urn, h)
}

// notCreated records each Create that returned none: the entry that it would
// have replaced stays.
func (g *guard) notCreated(urn resource.URN) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h, ok := g.replaced[urn]; ok && !g.deleted[h.tokenID] {
		g.hold(urn, h)
	}
}

// updated records what an Update stored.
func (g *guard) updated(urn resource.URN, h holder) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.live[urn]; ok {
		g.hold(urn, h)
	}
}

// imported records each Read without a state. One that failed although the
// token may exist leaves the token arriving: with --continue-on-error the engine
// goes on, and deletes the entry that the import was to take the place of.
func (g *guard) imported(urn resource.URN, tokenID string, failed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.arriving, urn)
	if failed {
		g.arriving[urn] = tokenID
	} else {
		g.read[urn] = tokenID
	}
}

// refused records each Check that failed, after which no Diff follows.
func (g *guard) refused(urn resource.URN) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if tokenID, ok := g.read[urn]; ok {
		g.arriving[urn] = tokenID
	}
}

// delete decides on a Delete, and sends it if it is the last entry's. It returns
// the resource for which the token was kept, if it was; the Delete has then
// succeeded.
func (g *guard) delete(urn resource.URN, dropped holder, send func() error) (keptFor string, err error) {
	kept, err := g.keep(urn, dropped)
	if kept != "" || err != nil {
		return kept, err
	}
	// Of several entries of one token that go at the same time, one sends it.
	_, err, _ = g.deletions.Do(dropped.tokenID, func() (any, error) {
		g.mu.Lock()
		gone := g.deleted[dropped.tokenID]
		g.mu.Unlock()
		if gone {
			return nil, nil
		}
		if err := send(); err != nil {
			return nil, err
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.deleted[dropped.tokenID] = true
		return nil, nil
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deleting[dropped.tokenID]--
	return "", err
}

// keep names the resource for which a token has to be kept; nothing if it may be
// deleted.
func (g *guard) keep(urn resource.URN, dropped holder) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	staying := g.holders(dropped.tokenID)
	if len(staying) == 0 {
		for _, other := range slices.Sorted(maps.Keys(g.arriving)) {
			if g.arriving[other] == dropped.tokenID && other != urn {
				return "", fmt.Errorf("it was kept, since its import as %s failed in this run: run `pulumi up` again", other.Name())
			}
		}
		g.deleting[dropped.tokenID]++
		return "", nil
	}
	if dropped.works && !slices.ContainsFunc(staying, func(u resource.URN) bool { return g.live[u].covers(dropped) }) {
		return "", errors.New(waysOut(urn, staying[0], g.live[staying[0]]))
	}
	return names(staying), nil
}

// holders are the live entries of a token. Called with the lock held.
func (g *guard) holders(tokenID string) []resource.URN {
	var urns []resource.URN
	if g.entries[tokenID] == 0 {
		return nil // as for most tokens, so that a large stack is not gone through for each
	}
	for urn, h := range g.live {
		if h.tokenID == tokenID {
			urns = append(urns, urn)
		}
	}
	slices.Sort(urns)
	return urns
}

func names(urns []resource.URN) string {
	var all []string
	for _, urn := range urns {
		all = append(all, urn.Name())
	}
	return strings.Join(all, " and ")
}

// waysOut says how to drop an entry that alone holds the client secret of a token
// that stays.
func waysOut(dropped, staying resource.URN, h holder) string {
	setting := fmt.Sprintf("clientSecretVersion to %d", h.next)
	if h.version == 0 && !h.rotationsHeld {
		setting = "recoverClientSecret to \"imported\""
	}
	takeNew := fmt.Sprintf("Get a new secret: set %s on %s and run `pulumi up`, which rotates the client secret and removes this entry from the stack", setting, staying.Name())
	if h.mute {
		takeNew = "There is no new secret to get, since Cloudflare returns none when it rotates this token"
	}
	const never = "Do not remove this entry with `pulumi state delete`: that loses the secret."
	if dropped == staying {
		return fmt.Sprintf("the token was kept, since the stack holds it under this name. This older entry was kept too, since no other entry holds the client secret. %s. %s", takeNew, never)
	}
	before, other := "name, "+dropped.Name(), staying.Name()
	if dropped.Name() == other { // one of them is in a component, or in another one
		before, other = "parent, as in "+string(dropped), string(staying)
	}
	return fmt.Sprintf("the token was kept, since %[2]s in this stack manages the same token. This entry of the stack was kept too, since no other entry holds the client secret. Do one of two things. "+
		"(a) Keep the secret: give the resource its old %[1]s, without the option `import`, and run `pulumi up`, which removes %[2]s from the stack "+
		"and keeps the token (first run `pulumi state unprotect`, if `pulumi import` protected %[2]s); then rename or move it with the option `aliases`. "+
		"(b) %[3]s. %[4]s", before, other, takeNew, never)
}
