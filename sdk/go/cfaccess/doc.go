// A Pulumi native provider for Cloudflare Access service tokens: the credentials that let a machine reach an application behind Cloudflare Access.
package cfaccess
