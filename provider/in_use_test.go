package provider

import (
	"fmt"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

func TestAReferenceIsNamedWithTheGroupsThatItGoesThrough(t *testing.T) {
	t.Parallel()
	object := func(name string) cfapi.AccessObject { return cfapi.AccessObject{ID: "id-of-" + name, Name: name} }
	policy := cfapi.Reference{AccessObject: object("deploy"), Kind: cfapi.KindPolicy, Place: cfapi.PlaceRequire}
	for want, via := range map[string][]cfapi.AccessObject{
		`policy "deploy" (id-of-deploy) in a rule of "require"`:                                                                     nil,
		`policy "deploy" (id-of-deploy) in a rule of "require" through group "inner" (id-of-inner)`:                                 {object("inner")},
		`policy "deploy" (id-of-deploy) in a rule of "require" through group "outer" (id-of-outer) and group "inner" (id-of-inner)`: {object("outer"), object("inner")},
	} {
		policy.Via = via
		if got := nameReference(policy); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTenOfManyAreListed(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 12 {
		texts = append(texts, fmt.Sprint(i))
	}
	for count, want := range map[int]string{2: "0, 1", 10: "0, 1, 2, 3, 4, 5, 6, 7, 8, 9", 12: "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"} {
		if got := some(texts[:count]); got != want {
			t.Errorf("of %d: %s", count, got)
		}
	}
}
