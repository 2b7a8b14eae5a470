package command

import (
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Document reads what another command printed into a file. Windows PowerShell 5 writes
// UTF-16 there, and others put a byte-order mark before UTF-8. It reads no further than
// it is asked for.
func Document(from io.Reader) io.Reader {
	return transform.NewReader(from, unicode.BOMOverride(transform.Nop))
}
