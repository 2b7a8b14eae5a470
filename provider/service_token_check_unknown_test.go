package provider

import "testing"

func TestInputsThatAreNotKnownYetAreAccepted(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]any{
		"accountId":                     {"accountId": unknownValue, "name": "ci"},
		"zoneId":                        {"zoneId": unknownValue, "name": "ci"},
		"name":                          {"accountId": accountID, "name": unknownValue},
		"duration":                      {"accountId": accountID, "name": "ci", "duration": unknownValue},
		"enabled":                       {"accountId": accountID, "name": "ci", "enabled": unknownValue},
		"clientSecretVersion":           {"accountId": accountID, "name": "ci", "clientSecretVersion": unknownValue},
		"previousClientSecretExpiresAt": {"accountId": accountID, "name": "ci", "previousClientSecretExpiresAt": unknownValue},
		"previousClientSecretGrace":     {"accountId": accountID, "name": "ci", "previousClientSecretGrace": unknownValue, "rotateAfter": "1h"},
		"rotateAfter":                   {"accountId": accountID, "name": "ci", "rotateAfter": unknownValue},
		"minDaysForRenewal":             {"accountId": accountID, "name": "ci", "minDaysForRenewal": unknownValue, "duration": "1h"},
		"recoverClientSecret":           {"accountId": accountID, "name": "ci", "recoverClientSecret": unknownValue},
		"secret, and not known":         {"accountId": accountID, "name": "ci", "duration": unknownValue.WithSecret(true)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, map[string]any{"accountId": otherAccount})
			want := props(inputs)
			if got := h.check(t, want, noInputs); !got.Equals(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
