package provider

// warnStale and warnUnavailable are what a run says of a secret that is not the
// token's, and of none; next is the version that a rotation would have.
func warnStale(next string) string {
	return "WARN the client secret that this stack holds is not the token's current one: it was rotated elsewhere. To get one that works, " +
		"set clientSecretVersion to " + next + ", or recoverClientSecret to \"always\"; what was issued elsewhere then stops, " +
		"after previousClientSecretGrace if that is set."
}

func warnUnavailable(next string) string {
	return "WARN this stack does not hold the token's client secret, which Cloudflare tells only once. To get one, set recoverClientSecret to " +
		"\"imported\", or clientSecretVersion to " + next + "; the present one then stops, after previousClientSecretGrace if that is set. " +
		"To do without, set recoverClientSecret to \"never\"."
}
