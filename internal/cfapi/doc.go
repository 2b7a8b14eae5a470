// Package cfapi is a client for Cloudflare Access service tokens that can be
// trusted with a secret that is shown once.
//
// It speaks of tokens, scopes and outcomes rather than of HTTP, and it rests on
// cloudflare-go for paths, parameters and authentication. Four things it does
// itself, because a lost client secret cannot be asked for again:
//
//   - Every answer is read whole, and bounded, before anything is decided. An
//     answer that arrived in full counts even if the context ended meanwhile.
//   - Answers are decoded leniently, field by field: what cannot be read counts
//     as absent, so that an odd timestamp never costs a secret.
//   - Failures say whether the request may have had its effect
//     ([Error.OutcomeUnknown]), and only what is safe to repeat is repeated.
//   - Nothing that it prints holds a credential: errors carry Cloudflare's own
//     messages, cleaned and cut, never a body, and [Secret] does not print.
//
// Reading many tokens one by one would spend Cloudflare's allowance on them, so
// [Client.Read] lets reads that follow each other share a listing of their scope,
// where that returns nothing older than half a minute, and nothing that this
// client has changed since: reads.go and reads_listing.go.
//
// The files follow the way of a call: operations.go and list.go say what is
// asked, retry.go how often, exchange.go is one request and its answer,
// envelope.go and token.go what the answer means, errors.go and predicates.go
// how it failed.
package cfapi
