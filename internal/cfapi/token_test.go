package cfapi

import (
	"reflect"
	"testing"
)

func TestDecodeTokenTreatsWhatItCannotReadAsAbsent(t *testing.T) {
	t.Parallel()
	secret := `{"client_secret":"` + newSecret + `",`
	for _, rest := range []string{
		`"expires_at":"","created_at":"soon","updated_at":7,"last_seen_at":null,"previous_client_secret_expires_at":"0001-01-01T00:00:00Z"}`,
		`"enabled":null,"client_secret_version":"two","id":null,"name":{},"client_id":[],"duration":false}`,
		`"client_secret_version":1.5,"enabled":"no"}`,
		`"client_secret_version":1e300,"unknown":{"deep":[1]}}`,
	} {
		got, err := decodeToken([]byte(secret + rest))
		if want := (&Token{ClientSecret: Secret(newSecret)}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", rest, got, err)
		}
	}
}

func TestDecodeTokenDistinguishesZeroFromAbsent(t *testing.T) {
	t.Parallel()
	got, err := decodeToken([]byte(`{"enabled":false,"client_secret_version":0}`))
	if want := (&Token{Enabled: new(false), ClientSecretVersion: new(int64(0))}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestATokenThatLastsForeverHasNoExpiry(t *testing.T) {
	t.Parallel()
	got, err := decodeToken([]byte(`{"duration":"forever","expires_at":"2026-10-01T12:00:00Z","created_at":"2026-10-01T12:00:00Z"}`))
	if want := (&Token{Duration: DurationForever, CreatedAt: new(start)}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
