package audit

import (
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// creation is one that Pulumi began and never learned the end of.
type creation struct {
	stackexport.Entry
	// scope, called and version are what it asked for. They are not known if one of
	// them is a secret in the export.
	known   bool
	scope   cfapi.Scope
	called  string
	version int64
}

// creationOf reads what a pending operation asked for. A secret is an object, and so
// is not taken for a text.
func creationOf(e stackexport.Entry) creation {
	c := creation{Entry: e, version: 1}
	accountID, ofAccount := e.Inputs["accountId"].(string)
	zoneID, ofZone := e.Inputs["zoneId"].(string)
	if c.scope = cfapi.Account(accountID); ofZone {
		c.scope = cfapi.Zone(zoneID)
	}
	var named bool
	c.called, named = e.Inputs["name"].(string)
	c.known = named && ofAccount != ofZone
	if asked, ok := e.Inputs["clientSecretVersion"]; ok {
		number, plain := asked.(float64)
		c.version, c.known = int64(number), c.known && plain
	}
	return c
}
