package servicetoken

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const hexTokenID = "0123456789abcdef0123456789abcdef"

func TestAnIdReadsBackAsItself(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]Ref{
		accountToken:                         {cfapi.Account(accountID), tokenID},
		zoneToken:                            {cfapi.Zone(zoneID), tokenID},
		accountID + "/" + hexTokenID:         {cfapi.Account(accountID), hexTokenID},
		"zones/" + zoneID + "/" + hexTokenID: {cfapi.Zone(zoneID), hexTokenID},
	} {
		got, err := ParseID(id, "")
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", id, got, err)
		}
		if got.ID() != id {
			t.Errorf("%s: spelled %s", id, got.ID())
		}
	}
}

func TestARefusedIdComesWithTheOneToWrite(t *testing.T) {
	t.Parallel()
	const (
		bare        = "it names no account or zone; write <account id>/" + tokenID + ", or zones/<zone id>/" + tokenID + " for a zone's token"
		bareDefault = "it names no account or zone; write " + otherAccount + "/" + tokenID +
			" (for the default account), or zones/<zone id>/" + tokenID + " for a zone's token"
		forms = "write <account id>/<token id> for an account's token, zones/<zone id>/<token id> for a zone's; " +
			"account and zone ids are 32 hexadecimal characters, token ids are UUIDs, all in lower case"
	)
	for name, test := range map[string]struct{ id, defaultAccount, advice string }{
		"an empty token id":              {id: accountID + "/", advice: "the id of the token is missing, as after an empty variable: write " + accountID + "/<token id>"},
		"an empty token id in a zone":    {id: "zones/" + zoneID + "/", advice: "the id of the token is missing, as after an empty variable: write zones/" + zoneID + "/<token id>"},
		"an empty zone id":               {id: "zones//" + tokenID, advice: "the id of the zone is missing, as after an empty variable: write zones/<zone id>/" + tokenID},
		"no zone id":                     {id: "zones/" + tokenID, advice: "the id of the zone is missing, as after an empty variable: write zones/<zone id>/" + tokenID},
		"an empty account id":            {id: "/" + tokenID, advice: "the id of the account is missing, as after an empty variable: write <account id>/" + tokenID + ", or zones/<zone id>/" + tokenID + " for a zone's token"},
		"a client id":                    {id: accountID + "/" + hexTokenID + ".access", advice: "it contains a client id, which ends in .access: write the token's id, a UUID, in its place"},
		"accounts/…":                     {id: "accounts/" + accountToken, advice: "write " + accountToken},
		"account/…":                      {id: "account/" + accountToken, advice: "write " + accountToken},
		"zone/…":                         {id: "zone/" + zoneID + "/" + tokenID, advice: "write " + zoneToken},
		"ZONES/…":                        {id: "ZONES/" + zoneID + "/" + tokenID, advice: "write " + zoneToken},
		"upper case":                     {id: strings.ToUpper(accountToken), advice: "write " + accountToken},
		"upper case of the token":        {id: accountID + "/" + strings.ToUpper("0000000A-0000-4000-8000-00000000000B"), advice: "write " + accountID + "/0000000a-0000-4000-8000-00000000000b"},
		"spaces around":                  {id: " " + accountToken + "\n", advice: "write " + accountToken},
		"a space between":                {id: accountID + " " + tokenID, advice: "write " + accountToken},
		"a comma, as Terraform's older":  {id: accountID + "," + tokenID, advice: "write " + accountToken},
		"a colon":                        {id: accountID + ":" + tokenID, advice: "write " + accountToken},
		"a trailing slash":               {id: accountToken + "/", advice: "write " + accountToken},
		"a leading slash":                {id: "/" + accountToken, advice: "write " + accountToken},
		"two slashes":                    {id: accountID + "//" + tokenID, advice: "write " + accountToken},
		"the path of the API":            {id: "/accounts/" + accountID + "/access/service_tokens/" + tokenID, advice: "write " + accountToken},
		"the API's URL of a zone":        {id: "https://api.cloudflare.com/client/v4/zones/" + zoneID + "/access/service_tokens/" + tokenID, advice: "write " + zoneToken},
		"the dashboard's URL":            {id: "https://one.dash.cloudflare.com/" + accountID + "/access/service-auth/" + tokenID, advice: "write " + accountToken},
		"bare":                           {id: tokenID, advice: bare},
		"bare, with a default account":   {id: tokenID, defaultAccount: otherAccount, advice: bareDefault},
		"bare, in upper case":            {id: strings.ToUpper(hexTokenID), advice: strings.ReplaceAll(bare, tokenID, hexTokenID)},
		"bare, in spaces, and a default": {id: " " + tokenID + " ", defaultAccount: otherAccount, advice: bareDefault},
		"empty":                          {id: "", advice: forms},
		"only a slash":                   {id: "/", advice: forms},
		"too many parts":                 {id: accountToken + "/" + tokenID, advice: forms},
		"three ids of a zone":            {id: zoneToken + "/" + tokenID, advice: forms},
		"not hexadecimal":                {id: strings.Repeat("g", 32) + "/" + tokenID, advice: forms},
		"a short account":                {id: accountID[1:] + "/" + tokenID, advice: forms},
		"a long token":                   {id: accountToken + "0", advice: forms},
		"an account that is a UUID":      {id: tokenID + "/" + tokenID, advice: forms},
		"a zone without a token":         {id: "zones/" + zoneID, defaultAccount: otherAccount, advice: "the id of the token is missing, as after an empty variable: write zones/" + zoneID + "/<token id>"},
		"a name":                         {id: "ci", defaultAccount: otherAccount, advice: forms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref, err := ParseID(test.id, test.defaultAccount)
			if err == nil {
				t.Fatalf("accepted as %v", ref)
			}
			_, advice, ok := strings.Cut(err.Error(), " is not a service token id: ")
			if !ok || advice != test.advice {
				t.Errorf("\n got %s\nwant …: %s", err, test.advice)
			}
			if ref != (Ref{}) {
				t.Errorf("refused, and yet read as %v", ref)
			}
		})
	}
}

func TestWhatAnAdviceSaysToWriteIsAccepted(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"accounts/" + accountToken, "zone/" + zoneID + "/" + tokenID, strings.ToUpper(zoneToken), accountToken + "/"} {
		_, err := ParseID(id, "")
		if err == nil {
			t.Fatalf("%s: accepted", id)
		}
		_, advised, _ := strings.Cut(err.Error(), "write ")
		if _, err := ParseID(advised, ""); err != nil {
			t.Errorf("%s: the advice is refused in turn: %v", id, err)
		}
	}
}

func TestARefusalRepeatsOnlyTheBeginningOfALongId(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", "ä", "/", "\x00"} {
		_, err := ParseID(strings.Repeat(letter, 10_000), "")
		if err == nil || len(err.Error()) > 1500 || !strings.Contains(err.Error(), "…") {
			t.Errorf("%q: got %.2000v", letter, err)
		}
	}
}

func TestWhatIsRepeatedIsCutBehindTheTwoHundredthCharacter(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("ä", 200)
	if got := Clip(whole); got != whole {
		t.Errorf("200 characters become %d", len([]rune(got)))
	}
	if got := Clip(whole + "ä"); got != whole+"…" {
		t.Errorf("201 characters become %d", len([]rune(got)))
	}
}

// FuzzParseID looks for an id that is accepted in a spelling other than its own.
func FuzzParseID(f *testing.F) {
	for _, id := range []string{
		accountToken, zoneToken, accountID + "/" + hexTokenID, "accounts/" + accountToken, tokenID, "", "//", "zones//",
		strings.ToUpper(accountToken), accountToken + "\n", "zones/zones/" + tokenID, "\xff/\xff", "zones/" + zoneToken,
	} {
		f.Add(id, "")
		f.Add(id, otherAccount)
	}
	f.Fuzz(func(t *testing.T, id, defaultAccount string) {
		ref, err := ParseID(id, defaultAccount)
		switch {
		case err != nil && ref != (Ref{}):
			t.Errorf("%q is refused, and yet read as %v", id, ref)
		case err == nil && ref.ID() != id:
			t.Errorf("%q is read as %q", id, ref.ID())
		}
	})
}

func TestABareIDIsLocatedByAStateThatSaysBothTokenAndScope(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state State
		want  Ref
	}{
		"of an account":    {State{TokenID: tokenID, AccountID: new(accountID)}, Ref{cfapi.Account(accountID), tokenID}},
		"of a zone":        {State{TokenID: tokenID, ZoneID: new(zoneID)}, Ref{cfapi.Zone(zoneID), tokenID}},
		"without a scope":  {state: State{TokenID: tokenID}},
		"without a token":  {state: State{AccountID: new(accountID)}},
		"without anything": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Locate(tokenID, test.state, "")
			if known := test.want != (Ref{}); got != test.want || known != (err == nil) {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
}
