// Package provider is what Pulumi sees of Cloudflare Access service tokens: two
// resources, three functions, the configuration, and the schema.
//
// # Where things are decided
//
// What a program says and a stack stores is read once, by internal/servicetoken, and
// what a change does to a token is decided there by one pure function. Diff shows its
// plan, a preview marks exactly the outputs that it changes, and Update (change.go,
// rotate.go) sends its requests. Nothing else compares a program with a state.
//
// internal/cfapi makes the requests, and resolves a creation whose answer was lost.
// Nothing here uses HTTP.
//
// # What the framework forces
//
// The resource is described and called by infer, whose limits explain what looks odd
// here:
//
//   - infer decodes unknown inputs as zero values, cuts fractions off, describes the
//     resource anew in every Diff, and gives a controller neither the last run's
//     inputs nor the URN. provider/internal/middleware answers Check and Diff without
//     it (service_token_check.go), hands on the rest, and marks unknown and secret
//     outputs on the way back.
//   - Its default DiffConfig replaces the provider, and with it every token, when
//     any configuration changes. diffConfig in config.go never does.
//   - Its defaults would write a credential of the environment into the state, so
//     config_resolve.go reads the environment, and writes nothing back.
//   - It decodes states strictly. A state migration, which always runs, reads them as
//     Diff does. Fields of servicetoken.State are only ever added, and optional.
//   - A function can return one error and name no argument. middleware.RefusedArguments
//     is an error that names them.
//   - The framework's server does not forward the engine's List call. serve.go
//     puts one around it that does.
//   - A schema can name aliases of its own package only. schema.go adds those of the
//     cloudflare provider, whose tokens this one adopts.
//   - An empty id from Read does not fail an import, so Read returns an error.
//   - The engine cancels a running call's context on Ctrl-C. middleware.Uninterrupted
//     keeps creations and rotations from being cut.
//   - A program's `import` option compares ids as text. servicetoken.ParseID accepts
//     one spelling only.
//   - The engine deletes by entry and knows nothing of tokens. guard.go keeps one
//     that another entry of the stack stands for.
package provider
