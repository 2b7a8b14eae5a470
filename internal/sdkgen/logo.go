package main

import (
	"embed"
	"net/http"
	"sync"
)

//go:embed logo.png
var logo embed.FS

// The generator for .NET downloads the package's icon, and without an address
// it takes Pulumi's. This address is answered from the program itself, so that
// generating needs no network and always gives the same.
const logoURL = "sdkgen:///logo.png"

var serveLogo = sync.OnceFunc(func() {
	http.DefaultTransport.(*http.Transport).RegisterProtocol("sdkgen", http.NewFileTransportFS(logo))
})
