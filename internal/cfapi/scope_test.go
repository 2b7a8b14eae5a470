package cfapi

import "testing"

func TestScopesOfEqualIDsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[Scope]string{Account(accountID): "account", Zone(accountID): "zone"}
	if len(seen) != 2 || seen[Scope{Kind: KindZone, ID: accountID}] != "zone" {
		t.Errorf("got %v", seen)
	}
	if got := Account(accountID).String() + ", " + Zone(zoneID).String(); got != "account "+accountID+", zone "+zoneID {
		t.Errorf("got %q", got)
	}
}
