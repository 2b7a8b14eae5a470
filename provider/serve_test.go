package provider

import (
	"net/http"
	"os"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// createWhile creates a token, and calls meanwhile before Cloudflare's answer arrives.
// The answers are those to the requests that follow.
func createWhile(t *testing.T, meanwhile func(server *server, interrupts chan<- os.Signal), answers ...http.HandlerFunc) (*cloud, error) {
	t.Helper()
	arrived, held := make(chan struct{}), make(chan struct{})
	c := play(t, append([]http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-held
		withSecret(oldSecret)(w, r)
	}}, answers...)...)
	interrupts := make(chan os.Signal)
	terminated, stop := untilSecond(t.Context(), interrupts)
	defer stop()
	server, err := newServer(terminated, nil)
	if err != nil {
		t.Fatal(err)
	}
	configure(t, server, c.url)
	ended := make(chan error, 1)
	go func() {
		_, err := server.Create(t.Context(), &rpc.CreateRequest{
			Urn: string(urnOf(t, "")), Properties: wire(t, props(map[string]any{"accountId": accountID, "name": "ci"})),
		})
		ended <- err
	}()
	<-arrived
	meanwhile(server, interrupts)
	close(held)
	return c, <-ended
}

func cancelRun(t *testing.T, server *server) {
	t.Helper()
	if _, err := server.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Error(err)
	}
}

func TestTokenWhoseSecretTheEngineWillNotStoreIsDeleted(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, server *server, interrupts chan<- os.Signal){
		"the engine cancels a second time": func(t *testing.T, server *server, _ chan<- os.Signal) {
			cancelRun(t, server)
			cancelRun(t, server)
		},
		"the process gets a second interrupt": func(_ *testing.T, server *server, interrupts chan<- os.Signal) {
			interrupts <- os.Interrupt
			interrupts <- os.Interrupt
			<-server.terminated.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := createWhile(t, func(server *server, interrupts chan<- os.Signal) { end(t, server, interrupts) }, token())
			if err == nil || !strings.Contains(err.Error(), "was deleted right after its creation, because the engine no longer waits for it") {
				t.Errorf("the creation ends with %v", err)
			}
			if asked := c.asked(); len(asked) != 2 || asked[1] != "DELETE "+accountPath+"/"+tokenID {
				t.Errorf("Cloudflare was asked %q", asked)
			}
		})
	}
}

func TestTokenIsKeptAfterASingleInterrupt(t *testing.T) {
	t.Parallel()
	_, err := createWhile(t, func(server *server, interrupts chan<- os.Signal) {
		interrupts <- os.Interrupt
		cancelRun(t, server)
	})
	if err != nil {
		t.Errorf("the creation ends with %v", err)
	}
}
