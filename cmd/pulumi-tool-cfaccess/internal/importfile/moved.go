package importfile

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// moved is the file for the tokens of a Terraform state, with what its reader has
// to know. Others have the names in taken.
func moved(instances []instance, taken []string) (file importFile, remarks []string, err error) {
	remark := func(format string, args ...any) { remarks = append(remarks, fmt.Sprintf(format, args...)) }
	first := map[string]string{} // the address of each id
	var called []string
	for _, i := range instances {
		if i.deposed {
			remark("%s: left out an object that Terraform has replaced and not deleted yet: token %s. Let `terraform apply` delete it.",
				i.address, i.attributes.ID)
			continue
		}
		r, err := i.resource()
		if err != nil {
			return importFile{}, remarks, fmt.Errorf("%s: %w", i.address, err)
		}
		if other, twice := first[r.ID]; twice {
			remark("%s: left out, since it is the same token as %s.", i.address, other)
			continue
		}
		first[r.ID] = i.address
		if r.Outputs == nil {
			remark("%s: the state holds no client secret, as after a `terraform import`. Pulumi asks Cloudflare for the token when it "+
				"imports it, and its clientSecretStatus is unavailable until a rotation.", i.address)
		}
		if r.Outputs != nil && r.Outputs.HeldClientSecretVersion == 0 {
			remark("%s: the token is at version %d of its client secret, and the state does not show whether the client secret that it holds is of that version: "+
				"a refresh by Terraform writes the version and keeps the client secret. So its clientSecretStatus is stale. To get a client secret "+
				"that is known to be current, write clientSecretVersion: %[3]d into the program, with a previousClientSecretGrace for what uses the current one, "+
				"and run `pulumi up`.", i.address, r.Outputs.ClientSecretVersion, r.Outputs.ClientSecretVersion+1)
		}
		if days := i.attributes.MinDaysForRenewal; days > 0 {
			remark("%s: Terraform renewed the token within %d days of its expiry. To keep that, write minDaysForRenewal: %[2]d into the program.",
				i.address, days)
		}
		if readsAsNoText(i.attributes.Name) {
			remark(unquoted, i.attributes.Name)
		}
		called = append(called, i.called)
		file.Resources = append(file.Resources, r)
	}
	if len(file.Resources) == 0 {
		return importFile{}, remarks, errors.New("the Terraform state holds no service token to import")
	}
	file.name(called, taken)
	return file, remarks, nil
}

// tokenIDPattern also has the form of Cloudflare's older documentation.
var tokenIDPattern = regexp.MustCompile(`^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$`)

// resource is the token as Pulumi is to know it.
func (i instance) resource() (resource, error) {
	a := i.attributes
	scope, err := a.scope()
	if err != nil {
		return resource{}, err
	}
	version := 1.0 // of a token that no version 4 could rotate
	if a.ClientSecretVersion != nil {
		version = *a.ClientSecretVersion
	}
	switch {
	case !tokenIDPattern.MatchString(a.ID):
		return resource{}, fmt.Errorf("the attribute id is %q, which is not that of a token", a.ID)
	case a.Name == "":
		return resource{}, errors.New("the attribute name is missing")
	case a.ClientSecret != "" && a.ClientID == "":
		return resource{}, errors.New("the attribute client_id is missing")
	case version < 1 || version != math.Trunc(version) || version > math.MaxInt32:
		return resource{}, fmt.Errorf("the attribute client_secret_version is %v, which is not a whole number from 1", version)
	}
	r := resource{Type: stackexport.TokenType, ID: command.ResourceID(scope, a.ID)}
	if a.ClientSecret == "" {
		return r, nil // the provider reads what is not a secret
	}
	r.Inputs = &inputs{AccountID: a.AccountID, ZoneID: a.ZoneID, Name: a.Name, Duration: a.Duration}
	r.Outputs = &outputs{
		AccountID: a.AccountID, ZoneID: a.ZoneID, Name: a.Name, Duration: a.Duration, Enabled: true,
		TokenID: a.ID, ClientID: a.ClientID, ClientSecret: secret{a.ClientSecret},
		ClientSecretVersion: int(version), HeldClientSecretVersion: 1, ClientSecretStatus: "current",
		PreviousClientSecretExpiresAt: wholeSeconds(a.PreviousClientSecretExpiresAt),
		ExpiresAt:                     wholeSeconds(a.ExpiresAt), CreatedAt: wholeSeconds(a.CreatedAt),
	}
	if version > 1 {
		// Terraform's refresh writes Cloudflare's version over the one in the state, and
		// keeps the client secret beside it; and unlike a stack's, its state does not
		// say which version the configuration asked for. Only at version 1 there was no
		// rotation. So which version the client secret is of is left out, and it is
		// called stale: it is kept, each run says so, and no refresh makes it current.
		r.Outputs.ClientSecretStatus, r.Outputs.HeldClientSecretVersion = "stale", 0
	}
	if a.Enabled != nil && !*a.Enabled {
		r.Inputs.Enabled, r.Outputs.Enabled = a.Enabled, false
	}
	if a.Duration == cfapi.DurationForever {
		r.Outputs.ExpiresAt = "" // Cloudflare's time means nothing
	}
	return r, nil
}

func (a attributes) scope() (cfapi.Scope, error) {
	switch {
	case (a.AccountID == "") == (a.ZoneID == ""):
		return cfapi.Scope{}, errors.New("exactly one of the attributes account_id and zone_id has to be set")
	case !command.IsScopeID(a.AccountID + a.ZoneID):
		return cfapi.Scope{}, fmt.Errorf("the attribute account_id or zone_id is %q, which is not 32 hexadecimal characters in lower case", a.AccountID+a.ZoneID)
	case a.ZoneID != "":
		return cfapi.Zone(a.ZoneID), nil
	}
	return cfapi.Account(a.AccountID), nil
}

// wholeSeconds writes a time as the provider stores it; what is no time is left
// out, as the next refresh fills it in.
func wholeSeconds(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
