package servicetoken

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Created is the state after a creation: its answer over what was asked for.
func Created(in Inputs, ref Ref, answer cfapi.Token, now time.Time) State {
	return in.asked().Observed(ref, answer).Holding(answer, in.version(), now)
}

// PreviewCreate is the state of a token that is still to be made, as far as the
// inputs show it, with the outputs that only the creation can give.
func PreviewCreate(in Inputs) (state State, computed []string) {
	computed = []string{"tokenId", "clientId", "clientSecret", "clientSecretIssuedAt", "createdAt"}
	if !in.Duration.Known {
		computed = append(computed, "duration")
	}
	if in.Duration.Value != Forever {
		computed = append(computed, "expiresAt")
	}
	for _, name := range in.unknownNames() {
		switch name {
		case "accountId", "zoneId", "name", "enabled":
			computed = append(computed, name)
		case "clientSecretVersion":
			computed = append(computed, name, "heldClientSecretVersion", "appliedClientSecretVersion")
		}
	}
	return in.asked().current(in.version()), computed
}

// asked is the state of a new token as far as its inputs give it.
func (in Inputs) asked() State {
	return State{
		AccountID: in.AccountID.Pointer(), ZoneID: in.ZoneID.Pointer(), Name: in.Name.Value, Duration: in.Duration.Pointer(),
		Enabled: new(!in.Enabled.Known || in.Enabled.Value), AppliedClientSecretVersion: in.ClientSecretVersion.Pointer(),
	}
}

// CreateParams are what a creation asks for.
func (in Inputs) CreateParams() cfapi.CreateParams {
	return cfapi.CreateParams{
		Name: in.Name.Value, Duration: in.Duration.Pointer(), Enabled: in.Enabled.Pointer(), ClientSecretVersion: widen(in.ClientSecretVersion.Pointer()),
	}
}

func widen(v *int) *int64 {
	if v == nil {
		return nil
	}
	return new(int64(*v))
}

// version is that of a new token's client secret.
func (in Inputs) version() int { return max(in.ClientSecretVersion.Value, 1) }

// Imported is the state of a token that an import, or a program's `get`, reads.
func Imported(ref Ref, token cfapi.Token) State {
	return State{ClientSecretStatus: StatusUnavailable}.Read(ref, token)
}
