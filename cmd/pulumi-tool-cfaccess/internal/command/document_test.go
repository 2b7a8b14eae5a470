package command

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestADocumentIsReadInEveryEncodingThatAShellWrites(t *testing.T) {
	t.Parallel()
	const text = `{"name": "トークン 💻"}`
	utf16 := func(order unicode.Endianness) string {
		encoded, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for name, written := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\ufeff" + text, "UTF-16 of Windows": utf16(unicode.LittleEndian), "UTF-16 of big-endian machines": utf16(unicode.BigEndian),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, write := io.Pipe() // which never ends
			go func() { _, _ = io.WriteString(write, written) }()
			var got struct{ Name string }
			if err := json.NewDecoder(Document(t.Context(), from)).Decode(&got); err != nil || got.Name != "トークン 💻" {
				t.Errorf("read %q: %v", got.Name, err)
			}
		})
	}
}

func TestABrokenReadIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := io.ReadAll(Document(t.Context(), io.MultiReader(strings.NewReader("{"), failing{}))); err == nil {
		t.Error("a read that failed is taken for the end")
	}
}

func TestASilentPipeIsReadUntilTheCommandIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancelCause(t.Context())
	pipe := silent{began: func() { stop(errors.New("interrupt")) }, ends: make(chan struct{})}
	defer close(pipe.ends)
	if _, err := io.ReadAll(Document(ctx, pipe)); err == nil || err.Error() != "interrupt" {
		t.Errorf("got %v", err)
	}
}

// silent is a pipe that nothing is written to.
type silent struct {
	began func()
	ends  chan struct{}
}

func (s silent) Read([]byte) (int, error) {
	s.began()
	<-s.ends
	return 0, io.EOF
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
