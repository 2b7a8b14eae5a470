package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/accesscheck"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const accessCheckType = "cfaccess:index:AccessCheck"

// accessCheckInput is an input, and what its values have to be.
type accessCheckInput struct {
	name     string
	required bool
	// judge returns what is wrong with a known value.
	judge func(property.Value) string
}

var accessCheckInputs = []accessCheckInput{
	{"url", true, aText(func(s string) error { _, err := accesscheck.ParseAddress(s); return err })},
	{"clientId", true, aText(accesscheck.ParseCredential)},
	{"clientSecret", true, aText(accesscheck.ParseCredential)},
	{"clientSecretStatus", false, aText(func(string) error { return nil })},
	{"header", false, aText(accesscheck.ParseHeader)},
	{"timeout", false, aText(func(s string) error { _, err := parseTimeout(s); return err })},
	{"acceptOpen", false, func(v property.Value) string { _, reason := servicetoken.AsBool(v); return reason }},
	{"originStatuses", false, aList(originStatus)},
	{"originRedirects", false, aList(aText(accesscheck.ParseHost))},
	{"triggers", false, aList(func(property.Value) string { return "" })},
}

func accessCheckInputNames() (names []string) {
	for _, input := range accessCheckInputs {
		names = append(names, input.name)
	}
	return names
}

// aText judges a text by what is wrong with it.
func aText(judge func(string) error) func(property.Value) string {
	return func(v property.Value) string {
		s, reason := servicetoken.AsText(v)
		if reason != "" {
			return reason
		}
		if err := judge(s); err != nil {
			return err.Error()
		}
		return ""
	}
}

// aList judges each element of a list that is known.
func aList(judge func(property.Value) string) func(property.Value) string {
	return func(v property.Value) string {
		if !v.IsArray() {
			return "this is not a list: write a list, even for a single value"
		}
		for _, element := range v.AsArray().All {
			if element.IsComputed() {
				continue
			}
			if reason := judge(element); reason != "" {
				return reason
			}
		}
		return ""
	}
}

func originStatus(v property.Value) string {
	if v.IsNumber() && (v.AsNumber() == 401 || v.AsNumber() == 403) {
		return ""
	}
	return "only 401 and 403 can be listed: other statuses of the origin need no entry, or prove nothing"
}

// parseTimeout reads how long a check may take.
func parseTimeout(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > accesscheck.MaxTimeout {
		return 0, fmt.Errorf("%q is not a valid timeout: write a duration above zero and up to \"10m\", such as \"2m\" or \"90s\"", servicetoken.Clip(s))
	}
	return d, nil
}

// check refuses what cannot be asked while it is still a preview.
func (*AccessCheck) check(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	var failures []p.CheckFailure
	names := accessCheckInputNames()
	checked := req.Inputs
	for name, value := range req.Inputs.All {
		switch {
		case value.IsNull():
			checked = checked.Delete(name)
		case !slices.Contains(names, name):
			failures = append(failures, p.CheckFailure{Property: name, Reason: "an access check has no input of this name" + servicetoken.DidYouMean(name, names)})
		}
	}
	for _, input := range accessCheckInputs {
		switch value, ok := checked.GetOk(input.name); {
		case !ok && input.required:
			failures = append(failures, p.CheckFailure{Property: input.name, Reason: missing(input.name)})
		case ok && !value.IsComputed():
			if reason := input.judge(value); reason != "" {
				failures = append(failures, p.CheckFailure{Property: input.name, Reason: reason})
			}
		}
	}
	if secret, ok := checked.GetOk("clientSecret"); ok {
		checked = checked.Set("clientSecret", secret.WithSecret(true))
	}
	slices.SortStableFunc(failures, func(x, y p.CheckFailure) int { return cmp.Compare(x.Property, y.Property) })
	return p.CheckResponse{Inputs: checked, Failures: failures}, nil
}

func missing(name string) string {
	if name == "url" {
		return "the address is missing: write one that the application protects, such as \"https://app.example.com/health\""
	}
	return fmt.Sprintf("%s is missing: write the output %s of a ServiceToken", name, name)
}

// diff shows the inputs that have changed since the check last passed. Each makes it
// ask again.
func (*AccessCheck) diff(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	diff := map[string]p.PropertyDiff{}
	for _, name := range accessCheckInputNames() {
		before, had := req.OldInputs.GetOk(name)
		after, has := req.Inputs.GetOk(name)
		switch {
		case had && !has:
			diff[name] = p.PropertyDiff{Kind: p.Delete, InputDiff: true}
		case has && !had:
			diff[name] = p.PropertyDiff{Kind: p.Add, InputDiff: true}
		case !plain(before).Equals(plain(after)):
			diff[name] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// plain is a value without marks, which change nothing that is asked.
func plain(v property.Value) property.Value {
	v = v.WithSecret(false).WithDependencies(nil)
	switch {
	case v.IsArray():
		elements := []property.Value{}
		for _, element := range v.AsArray().All {
			elements = append(elements, plain(element))
		}
		return property.New(elements)
	case v.IsMap():
		values := map[string]property.Value{}
		for key, value := range v.AsMap().All {
			values[key] = plain(value)
		}
		return property.New(values)
	}
	return v
}

// read returns what the stack stores: asking again is the business of a change.
func (*AccessCheck) read(_ context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if req.Properties.Len() == 0 {
		return p.ReadResponse{}, errors.New("an access check cannot be imported or read, since it exists only in its stack: write it in the program, and `pulumi up` asks the address")
	}
	return p.ReadResponse{ID: req.ID, Properties: req.Properties, Inputs: req.Inputs}, nil
}

// hideAddress takes out of a message what names an address that the program has marked
// as secret.
func hideAddress(inputs property.Map, message string) string {
	v := inputs.Get("url")
	if !v.IsString() || !v.Secret() {
		return message
	}
	u, err := accesscheck.ParseAddress(v.AsString())
	if err != nil {
		return message
	}
	hidden := []string{regexp.QuoteMeta(accesscheck.Shown(u)), regexp.QuoteMeta(u.Hostname())}
	for _, parent, ok := strings.Cut(u.Hostname(), "."); ok; _, parent, ok = strings.Cut(parent, ".") {
		hidden = append(hidden, regexp.QuoteMeta("*."+parent)) // as an application's domain may be
	}
	return regexp.MustCompile("(?i)"+strings.Join(hidden, "|")).ReplaceAllString(message, "[secret]")
}

// willAsk says in a preview what the run asks.
func willAsk(inputs property.Map) string {
	address := "the address in url"
	if v := inputs.Get("url"); v.IsString() && !v.Secret() {
		if u, err := accesscheck.ParseAddress(v.AsString()); err == nil {
			address = accesscheck.Shown(u)
		}
	}
	return fmt.Sprintf("each attempt will send up to three requests to %s: without credentials, with the token, and with made-up credentials", address)
}

// question is what the inputs, which Check has judged, ask.
func (args AccessCheckArgs) question() (accesscheck.Question, error) {
	asked, err := accesscheck.ParseAddress(args.URL)
	if err != nil {
		return accesscheck.Question{}, fmt.Errorf("url: %w", err)
	}
	q := accesscheck.Question{
		Rules:       accesscheck.Rules{Asked: asked, OriginStatuses: args.OriginStatuses, OriginRedirects: args.OriginRedirects},
		Credentials: accesscheck.Credentials{ClientID: args.ClientID, ClientSecret: args.ClientSecret},
		Timeout:     accesscheck.DefaultTimeout,
	}
	for _, credential := range []struct{ name, value string }{{"clientId", args.ClientID}, {"clientSecret", args.ClientSecret}} {
		if err := accesscheck.ParseCredential(credential.value); err != nil {
			return accesscheck.Question{}, fmt.Errorf("no request was sent: %s: %w", credential.name, err)
		}
	}
	if args.Header != nil {
		q.Header = *args.Header
	}
	if args.AcceptOpen != nil {
		q.AcceptOpen = *args.AcceptOpen
	}
	if args.Timeout != nil {
		if q.Timeout, err = parseTimeout(*args.Timeout); err != nil {
			return accesscheck.Question{}, fmt.Errorf("timeout: %w", err)
		}
	}
	return q, nil
}
