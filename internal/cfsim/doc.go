// Package cfsim is a simulator of Cloudflare's API for Access service tokens, of the
// listings of policies, applications and groups, which use them, and of the hosts
// behind Access, which the tokens open. It is strict, and has a clock that can be set,
// named faults and a log of its requests.
//
// It follows Cloudflare's documentation and recorded answers. Where neither says
// how Cloudflare behaves, [Behaviour] and [Edge] have a field with each way, and the zero
// value is the best guess. It shares no type with any client, and only tests, demos and
// benchmarks may use it.
package cfsim
