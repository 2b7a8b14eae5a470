package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Check refuses what cannot work while it is still a preview, and settles the
// scope of a resource whose program leaves it out.
func (t *ServiceToken) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ServiceTokenArgs], error) {
	urn := callFrom(ctx).urn
	t.memory.guard.check(urn, req.OldInputs.Len() > 0)
	resp, err := t.checked(ctx, req)
	if err != nil || len(resp.Failures) > 0 {
		t.memory.guard.refused(urn)
	}
	return resp, err
}

func (t *ServiceToken) checked(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[ServiceTokenArgs], error) {
	// infer cuts a fraction off where it wants an integer: this needs the raw value.
	failures := checkIntegers(req.NewInputs)
	args, decodeFailures, err := infer.DefaultCheck[ServiceTokenArgs](ctx, req.NewInputs)
	failures = append(failures, decodeFailures...)
	if err != nil || len(failures) > 0 {
		return infer.CheckResponse[ServiceTokenArgs]{Inputs: args, Failures: failures}, err
	}
	unknown := unknownKeys(req.NewInputs)
	failures = append(failures, t.checkScope(ctx, &args, unknown, req.OldInputs)...)
	failures = append(failures, checkValues(args.onlyKnown(unknown), unknown["name"])...)
	failures = append(failures, checkRotation(args, unknown)...)
	failures = append(failures, checkName(args.Name, deref(stringAt(req.OldInputs, "name")))...)
	return infer.CheckResponse[ServiceTokenArgs]{Inputs: args, Failures: failures}, nil
}

// onlyKnown leaves out what is unknown, which infer decodes as zero values:
// behind a pointer these would look as if they had been written.
func (args ServiceTokenArgs) onlyKnown(unknown map[string]bool) ServiceTokenArgs {
	args.AccountID = unless(unknown["accountId"], args.AccountID)
	args.ZoneID = unless(unknown["zoneId"], args.ZoneID)
	args.Duration = unless(unknown["duration"], args.Duration)
	args.Enabled = unless(unknown["enabled"], args.Enabled)
	args.ClientSecretVersion = unless(unknown["clientSecretVersion"], args.ClientSecretVersion)
	args.PreviousClientSecretExpiresAt = unless(unknown["previousClientSecretExpiresAt"], args.PreviousClientSecretExpiresAt)
	args.PreviousClientSecretGrace = unless(unknown["previousClientSecretGrace"], args.PreviousClientSecretGrace)
	args.RotateAfter = unless(unknown["rotateAfter"], args.RotateAfter)
	args.MinDaysForRenewal = unless(unknown["minDaysForRenewal"], args.MinDaysForRenewal)
	args.RecoverClientSecret = unless(unknown["recoverClientSecret"], args.RecoverClientSecret)
	return args
}

func unless[T any](unknown bool, v *T) *T {
	if unknown {
		return nil
	}
	return v
}

// checkScope makes sure that there is exactly one scope, and fills in the one
// that the program leaves out.
func (t *ServiceToken) checkScope(ctx context.Context, args *ServiceTokenArgs, unknown map[string]bool, oldInputs property.Map) []p.CheckFailure {
	given := args.onlyKnown(unknown)
	old := ServiceTokenArgs{AccountID: stringAt(oldInputs, "accountId"), ZoneID: stringAt(oldInputs, "zoneId")}
	hasOld := old.AccountID != nil || old.ZoneID != nil
	if hasOld {
		t.memory.rememberScope(ctx, scopeOf(old.AccountID, old.ZoneID))
	}
	switch {
	case given.AccountID != nil && given.ZoneID != nil:
		return failure("zoneId", bothScopes)
	case given.AccountID != nil:
		return checkScopeID("accountId", *given.AccountID)
	case given.ZoneID != nil:
		return checkScopeID("zoneId", *given.ZoneID)
	case unknown["accountId"] || unknown["zoneId"]:
		return nil // checked again in the run, when it is known
	case hasOld:
		args.AccountID, args.ZoneID = old.AccountID, old.ZoneID
		return nil
	}
	return t.defaultScope(ctx, args)
}

// defaultScope gives a new resource the provider's default account.
func (t *ServiceToken) defaultScope(ctx context.Context, args *ServiceTokenArgs) []p.CheckFailure {
	fallback := infer.GetConfig[*Config](ctx).defaultAccount
	live, replacing := t.memory.rememberedScope(ctx)
	switch {
	case replacing && live != cfapi.Account(fallback.value):
		property, id := "accountId", live.ID
		if live.Kind == cfapi.KindZone {
			property = "zoneId"
		}
		return failure(property, fmt.Sprintf("the token that is to be replaced lives in %s, which is not the provider's default: "+
			"write %s: %s to keep it there, or the accountId or zoneId of the place to move it to", live, property, id))
	case fallback.value == "":
		return failure("accountId", noScope)
	}
	if !replacing {
		p.GetLogger(ctx).Infof("accountId is not set: using the default account %s, from %s", fallback.value, fallback.source)
	}
	args.AccountID = &fallback.value
	return nil
}

func checkScopeID(property, id string) []p.CheckFailure {
	if scopeIDPattern.MatchString(id) {
		return nil
	}
	if lower := strings.ToLower(strings.TrimSpace(id)); scopeIDPattern.MatchString(lower) {
		return failure(property, fmt.Sprintf("%q has to be in lower case and without spaces, so that it has one spelling: write %s", clip(id), lower))
	}
	return failure(property, fmt.Sprintf("%q is not an id of Cloudflare's: write the 32 hexadecimal characters that the dashboard shows as "+
		"the %s ID", clip(id), strings.ToUpper(property[:1])+strings.TrimSuffix(property[1:], "Id")))
}

// checkValues refuses values that Cloudflare would refuse, or silently read as
// something else.
func checkValues(args ServiceTokenArgs, nameUnknown bool) []p.CheckFailure {
	var failures []p.CheckFailure
	if strings.TrimSpace(args.Name) == "" && !nameUnknown {
		failures = append(failures, failure("name", "the name is empty: write what the dashboard should show, such as \"ci\"")...)
	}
	if args.Duration != nil {
		if err := validateDuration(*args.Duration); err != nil {
			failures = append(failures, failure("duration", err.Error())...)
		}
	}
	return failures
}

// checkName refuses a character that nobody sees in the dashboard, mostly the end
// of a line that was read from a file with the name. One that Cloudflare already
// holds, and that was imported, is left alone.
func checkName(name, old string) []p.CheckFailure {
	at := strings.IndexFunc(name, unicode.IsControl)
	if at < 0 || name == old || strings.TrimSpace(name) == "" {
		return nil
	}
	control, _ := utf8.DecodeRuneInString(name[at:])
	return failure("name", fmt.Sprintf("the name holds the control character %U after %q: write it without", control, clip(name[:at])))
}

func failure(property, reason string) []p.CheckFailure {
	return []p.CheckFailure{{Property: property, Reason: reason}}
}

// stringAt returns a known string of a property map.
func stringAt(m property.Map, key string) *string {
	if value := m.Get(key); value.IsString() {
		return new(value.AsString())
	}
	return nil
}
