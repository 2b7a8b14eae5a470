package provider

// Name is the package's name in Pulumi: the plugin is pulumi-resource-cfaccess.
const Name = "cfaccess"

// Version is the one place that says which version this is. The plugin
// reports it, and the SDKs are generated with it.
const Version = "0.2.0"

// userAgent is how the provider introduces itself to servers.
const userAgent = "pulumi-cfaccess/" + Version
