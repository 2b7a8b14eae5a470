// Package provider is what Pulumi sees of Cloudflare Access service tokens: one
// resource, two functions, the configuration, and the schema.
//
// # Where things are decided
//
// What a change does to a token is decided by one pure function, planChange, of
// what the program asks for, the state, and the clock. Diff shows its plan, a
// preview marks exactly the outputs that it changes, and Update sends its one
// request. Nothing else compares a program with a state.
//
// What exists at Cloudflare, and how a creation whose answer was lost is found
// out about, is the business of internal/cfapi. Nothing here knows HTTP.
//
// # What the framework forces
//
// The resource is built with infer, whose limits explain what looks odd here:
//
//   - infer decodes unknown inputs as zero values, and gives a controller neither
//     the last run's inputs nor the URN. hidden.go passes them through the
//     context, and marks unknown and secret outputs on the way back.
//   - Its default DiffConfig replaces the provider, and with it every token, when
//     any configuration changes. diff_config.go never does.
//   - Its defaults would write a credential of the environment into the state, so
//     config_resolve.go reads the environment, and writes nothing back.
//   - States are decoded strictly: fields of ServiceTokenState are only ever
//     added, and optional.
//   - A function can return one error and name no argument, and its unknown
//     arguments are zero values too. invoke.go looks at them first.
//   - The framework's server does not forward the engine's List call. serve.go
//     puts one around it that does.
//   - A schema can name aliases of its own package only, and a state migration
//     learns nothing but the state and drops secret marks. adopt.go and
//     foreign_state.go take over the cloudflare provider's tokens all the same.
//   - An empty id from Read does not fail an import, so Read returns an error.
//   - The engine cancels a running call's context on Ctrl-C. interrupt.go keeps
//     creations and rotations from being cut.
//   - A program's `import` option compares ids as text. parseID accepts one
//     spelling only.
//   - The engine deletes by entry and knows nothing of tokens. guard.go keeps one
//     that another entry of the stack stands for.
package provider
