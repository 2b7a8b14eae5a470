package servicetoken

import "strings"

const (
	accountID    = "0000000000000000000000000000aaaa"
	otherAccount = "0000000000000000000000000000cccc"
	zoneID       = "0000000000000000000000000000bbbb"
	tokenID      = "00000000-0000-4000-8000-000000000001"
	accountToken = accountID + "/" + tokenID
	zoneToken    = "zones/" + zoneID + "/" + tokenID
)

var (
	oldSecret = strings.Repeat("f4ce", 16)
	newSecret = "cfast_" + strings.Repeat("fake", 12)
)
