// Package cfsim is a simulator of Cloudflare's API for Access service tokens:
// strict, with an injected clock, named faults, and a log of what it was asked.
//
// It holds to Cloudflare's documentation and to recorded answers. Where neither
// says how Cloudflare behaves, [Behaviour] has a field for each way, and the
// zero value is the best guess. It shares no type with any client, and nothing
// but tests, demos and benchmarks may use it.
package cfsim
