// Package cfapi is a client for Cloudflare Access service tokens that can be
// trusted with a secret that is shown once.
//
// Its terms are tokens, scopes and outcomes rather than HTTP. It uses cloudflare-go
// for paths, parameters and authentication, and does four things itself, because a
// lost client secret cannot be requested again:
//
//   - Every answer is read to its end, within a bound, before anything is decided.
//     A complete answer counts even if the context has ended meanwhile.
//   - Answers are decoded leniently, field by field: what cannot be read counts
//     as absent, so that an odd timestamp never costs a secret.
//   - Failures say whether the request may have had its effect
//     ([Error.OutcomeUnknown]), and only what is safe to repeat is repeated.
//   - Nothing that it prints holds a credential: errors contain Cloudflare's own
//     messages, cleaned and cut, never a body, and [Secret] does not print.
//
// Reading many tokens one by one would use up Cloudflare's rate limit, so reads by
// [Client.Read] that follow each other share a listing of their scope. It is at
// most half a minute old, and is not used for tokens that this client has changed
// since: reads.go and reads_listing.go.
//
// The files follow the path of a call: config.go and client.go configure it,
// operations.go and list.go make the request, retry.go sends it, more than once if
// need be, exchange.go is one request and its answer, envelope.go and token.go read
// the answer, errors.go and predicates.go describe how it failed. pacer.go and wait.go
// keep to Cloudflare's rate limit.
//
// create.go creates a token exactly once: marker.go marks each attempt, and resolve.go
// finds what one without an answer has left. references.go finds what uses a token:
// access.go reads the Access objects, and access_judge.go decides whom they let in.
package cfapi
