package stackexport

import (
	"io"
	"strings"
	"testing"
	"time"
)

const minimal = `{"version": 3, "deployment": {"manifest": {"time": "2026-10-01T12:00:00Z"}}}`

func TestWhatIsNotAnExportOfAStackIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, says string }{
		"a checkpoint file":       {`{"version": 3, "checkpoint": {"stack": "dev", "latest": {"manifest": {"time": "2026-10-01T12:00:00Z"}}}}`, "a checkpoint file of a backend"},
		"an older version":        {strings.Replace(minimal, "3", "2", 1), "not an export of version 3 or 4"},
		"a later version":         {strings.Replace(minimal, "3", "5", 1), "not an export of version 3 or 4"},
		"no version":              {`{"deployment": {"manifest": {"time": "2026-10-01T12:00:00Z"}}}`, "not an export of version 3 or 4"},
		"a Terraform state":       {`{"version": 4, "terraform_version": "1.9.0", "resources": []}`, "no deployment.manifest"},
		"no manifest":             {`{"version": 3, "deployment": {"resources": []}}`, "no deployment.manifest"},
		"a manifest of null":      {`{"version": 3, "deployment": {"manifest": null}}`, "no deployment.manifest"},
		"a manifest without time": {`{"version": 3, "deployment": {"manifest": {}}}`, "no deployment.manifest with a time"},
		"another form":            {`{"version": 3, "deployment": []}`, "not what `pulumi stack export` prints"},
		"a list":                  {`[]`, "not what `pulumi stack export` prints"},
		"no JSON":                 {`Current stack is dev`, "not JSON"},
		"half of one":             {minimal[:40], "not JSON"},
		"nothing":                 {``, "it is empty"},
		"two documents":           {minimal + "\n" + minimal, "a second document follows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Read("dev.json", strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}

func TestAnExportIsReadWithItsNamesAndItsTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, label string }{
		"with resources": {strings.Replace(minimal, `"manifest"`, `"resources": [{"urn": "urn:pulumi:dev::app::pulumi:pulumi:Stack::app-dev"}], "manifest"`, 1), "app/dev"},
		"of version 4":   {strings.Replace(minimal, "3", "4", 1), "the empty stack of dev.json"},
		"without":        {minimal + "\n", "the empty stack of dev.json"},
		"with a pending operation alone": {strings.Replace(minimal, `"manifest"`,
			`"pending_operations": [{"type": "creating", "resource": {"urn": "urn:pulumi:dev::app::a:b:C::x"}}], "manifest"`, 1), "app/dev"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export, err := Read("dev.json", strings.NewReader(test.text))
			if err != nil || export.Label() != test.label || !export.SavedAt.Equal(time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)) {
				t.Errorf("read %q of %v, %v", export.Label(), export.SavedAt, err)
			}
		})
	}
}

// `pulumi plugin run` never closes the standard input of a plugin.
func TestAnExportIsReadWithoutWaitingForTheEnd(t *testing.T) {
	t.Parallel()
	from, write := io.Pipe() // never closed
	go func() { _, _ = io.WriteString(write, minimal+"\n") }()
	if _, err := Read("standard input", from); err != nil {
		t.Error(err)
	}
}

func TestANameMayHoldTheSeparatorOfAURN(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ci", "team::ci", "a::b::c"} {
		if got := NameIn("urn:pulumi:dev::app::my:index:Group$cfaccess:index:ServiceToken::" + name); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}
