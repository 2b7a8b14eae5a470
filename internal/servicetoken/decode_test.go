package servicetoken

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestEveryFieldOfAStateIsReadBack(t *testing.T) {
	t.Parallel()
	values := map[string]property.Value{}
	want := State{}
	state := reflect.ValueOf(&want).Elem()
	for name, i := range outputs {
		field := state.Field(i)
		if field.Kind() == reflect.Pointer {
			field.Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		switch field.Kind() {
		case reflect.String:
			field.SetString("value of " + name)
			values[name] = property.New(field.String()).WithSecret(name == "clientSecret")
		case reflect.Int:
			field.SetInt(int64(i + 1))
			values[name] = property.New(float64(i + 1))
		case reflect.Bool:
			field.SetBool(true)
			values[name] = property.New(true)
		default:
			t.Fatalf("%s is a %s, which nothing reads", name, field.Kind())
		}
	}
	if len(outputs) != state.NumField()-1 { // but for Adopting
		t.Errorf("%d of %d fields are stored", len(outputs), state.NumField())
	}
	if got := ReadState(propertyMap(values), nil); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %s\nwant %s", show(got), show(want))
	}
}

func TestAStateWithWhatALaterVersionAddedIsRead(t *testing.T) {
	t.Parallel()
	got := ReadState(propertyMap(map[string]property.Value{
		"tokenId": property.New(tokenID), "clientSecretStatus": property.New(StatusCurrent), "name": property.New("ci"),
		"addedLater": property.New("x"), "enabled": property.New("of another type"), "createdAt": property.New(property.Null),
	}), nil)
	if want := (State{TokenID: tokenID, Name: "ci", ClientSecretStatus: StatusCurrent}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %s", show(got))
	}
}
