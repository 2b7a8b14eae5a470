package command

import (
	"context"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Document reads what another command printed, into a file or a pipe. Windows PowerShell
// 5 writes UTF-16 into files, and others put a byte-order mark before UTF-8. It reads no
// further than it is asked for, and only until the context ends: a pipe may stay silent.
func Document(ctx context.Context, from io.Reader) io.Reader {
	return transform.NewReader(interruptible{ctx, from}, unicode.BOMOverride(transform.Nop))
}

// interruptible ends a read with its context.
type interruptible struct {
	ctx  context.Context
	from io.Reader
}

func (r interruptible) Read(into []byte) (int, error) {
	type result struct {
		read []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		buffer := make([]byte, len(into)) // of its own: it may be written to when nobody waits any more
		n, err := r.from.Read(buffer)
		done <- result{buffer[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, context.Cause(r.ctx)
	case got := <-done:
		return copy(into, got.read), got.err
	}
}
