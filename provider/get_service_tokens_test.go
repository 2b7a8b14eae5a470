package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

func TestTokensAreListedInTheOrderOfTheirNames(t *testing.T) {
	t.Parallel()
	c := play(t, listOf(seen(otherTokenID, "b", "", ""), seen(tokenID, "b", "", ""), seen("00000000-0000-4000-8000-00000000000a", "a", "", "")))
	got := c.start(t).mustInvoke(t, "getServiceTokens", map[string]any{"zoneId": zoneID})
	var ids []string
	for _, token := range got.Get("tokens").AsArray().All {
		ids = append(ids, text(token.AsMap(), "importId"))
	}
	want := "zones/" + zoneID + "/00000000-0000-4000-8000-00000000000a " + zoneToken + " zones/" + zoneID + "/" + otherTokenID
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.expect(t, "GET "+zonePath+"?page=1&per_page=1000")
}

func TestTokensAreFilteredByEveryFilterGiven(t *testing.T) {
	t.Parallel()
	day := func(n int) string { return now.AddDate(0, 0, n).Format(time.RFC3339Nano) }
	tokens := []string{
		`"id":"t1","name":"CI old","last_seen_at":"` + day(-91) + `","created_at":"` + day(-400) + `","expires_at":"` + day(30) + `"`,
		`"id":"t2","name":"ci just","last_seen_at":"` + day(-90) + `","expires_at":"` + day(31) + `"`,
		`"id":"t3","name":"never used","created_at":"` + day(-91) + `","expires_at":"` + day(-1) + `"`,
		`"id":"t4","name":"new","created_at":"` + day(-89) + `","expires_at":"` + day(0) + `"`,
		`"id":"t5","name":"used","created_at":"` + day(-400) + `","last_seen_at":"` + day(-1) + `","duration":"forever","expires_at":"` + day(1) + `"`,
		`"id":"t6","name":"of unknown age","enabled":false`,
	}
	for name, test := range map[string]struct {
		filters map[string]any
		want    string
	}{
		"none":                        {nil, "t1 t2 t3 t4 t5 t6"},
		"a part of the name":          {map[string]any{"nameContains": "cI "}, "t1 t2"},
		"enabled":                     {map[string]any{"enabled": true}, "t1 t2 t3 t4 t5"},
		"disabled":                    {map[string]any{"enabled": false}, "t6"},
		"unused for 90 days":          {map[string]any{"unusedForDays": 90}, "t1 t3"},
		"unused for longer":           {map[string]any{"unusedForDays": 36500}, ""},
		"expired":                     {map[string]any{"expiresWithinDays": 0}, "t3 t4"},
		"about to expire":             {map[string]any{"expiresWithinDays": 30}, "t1 t3 t4"},
		"about to expire at any time": {map[string]any{"expiresWithinDays": 36500}, "t1 t2 t3 t4"},
		"several":                     {map[string]any{"unusedForDays": 90, "nameContains": "ci"}, "t1"},
		"none that there is":          {map[string]any{"nameContains": "nobody"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, listOf(append([]string(nil), tokens...)...))
			h := start(t, map[string]any{"baseUrl": c.url, "accountId": accountID})
			found := h.mustInvoke(t, "getServiceTokens", test.filters).Get("tokens")
			if !found.IsArray() {
				t.Fatal("there is no list, not even an empty one")
			}
			wanted := map[string]bool{}
			for id := range strings.FieldsSeq(test.want) {
				wanted[id] = true
			}
			for _, token := range found.AsArray().All {
				id := text(token.AsMap(), "tokenId")
				if !wanted[id] {
					t.Errorf("%s is listed, and not wanted", id)
				}
				delete(wanted, id)
			}
			for id := range wanted {
				t.Errorf("%s is wanted, and not listed", id)
			}
		})
	}
}

func TestFiltersThatCannotBeAreRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	const outOfRange = " is out of range: write a whole number of days from "
	for name, test := range map[string]struct {
		key    string
		value  any
		reason string
	}{
		"an empty name":      {"nameContains", "", "the text is empty: write a part of a name, or leave nameContains out"},
		"no day":             {"unusedForDays", 0, "0" + outOfRange + "1 to 36500"},
		"half a day":         {"unusedForDays", 0.5, "0.5 is not a number of days: write a whole number from 1 to 36500"},
		"too many days":      {"unusedForDays", 36501, "36501" + outOfRange + "1 to 36500"},
		"days that overflow": {"expiresWithinDays", 1e12, "1000000000000 is too large: write a whole number from 0 to 36500"},
		"days in the past":   {"expiresWithinDays", -1, "-1" + outOfRange + "0 to 36500"},
		"unknown":            {"unusedForDays", unknownValue, "its value is not known yet: call the function's Output form, which waits for it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := start(t, nil).invoke("getServiceTokens", map[string]any{"accountId": accountID, test.key: test.value})
			if err != nil || len(resp.Failures) != 1 || resp.Failures[0] != (p.CheckFailure{Property: test.key, Reason: test.reason}) {
				t.Errorf("got %v, %v\nwant %s", resp.Failures, err, test.reason)
			}
		})
	}
	resp, err := start(t, nil).invoke("getServiceTokens", nil)
	if err != nil || len(resp.Failures) != 1 || resp.Failures[0] != (p.CheckFailure{Property: "accountId", Reason: noScope}) {
		t.Errorf("no scope: got %v, %v", resp.Failures, err)
	}
}

func TestAListingThatIsRefusedCarriesAdvice(t *testing.T) {
	t.Parallel()
	_, err := play(t, refuse(http.StatusBadRequest, 9999, "access.api.error.not_enabled")).start(t).invoke("getServiceTokens", map[string]any{"accountId": accountID})
	if err == nil || !strings.Contains(err.Error(), "Access has never been enabled for account "+accountID) {
		t.Errorf("got %v", err)
	}
}
