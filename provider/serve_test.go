package provider

import (
	"net/http"
	"os"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// createWhile creates a token on a server, and ends the run by end while Cloudflare
// answers the request.
func createWhile(t *testing.T, server rpc.ResourceProviderServer, c *cloud, arrived <-chan struct{}, answer chan<- struct{}, end func()) error {
	t.Helper()
	configure(t, server, c.url)
	failed := make(chan error, 1)
	go func() {
		_, err := server.Create(t.Context(), &rpc.CreateRequest{
			Urn: string(urnOf(t, "")), Properties: wire(t, props(map[string]any{"accountId": accountID, "name": "ci"})),
		})
		failed <- err
	}()
	<-arrived
	end()
	close(answer)
	return <-failed
}

func TestTokenWhoseSecretTheEngineWillNotStoreIsDeleted(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, server *server, interrupts chan<- os.Signal){
		"the engine cancels a second time": func(t *testing.T, server *server, _ chan<- os.Signal) {
			for range 2 {
				if _, err := server.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
					t.Error(err)
				}
			}
		},
		"the process gets a second interrupt": func(_ *testing.T, server *server, interrupts chan<- os.Signal) {
			interrupts <- os.Interrupt
			interrupts <- os.Interrupt
			<-server.terminated.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arrived, held := make(chan struct{}), make(chan struct{})
			c := play(t, func(w http.ResponseWriter, r *http.Request) {
				close(arrived)
				<-held
				withSecret(oldSecret)(w, r)
			}, token())
			interrupts := make(chan os.Signal)
			terminated, stop := untilSecond(t.Context(), interrupts)
			defer stop()
			server, err := newServer(terminated, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = createWhile(t, server, c, arrived, held, func() { end(t, server, interrupts) })
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
	arrived, held := make(chan struct{}), make(chan struct{})
	c := play(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-held
		withSecret(oldSecret)(w, r)
	})
	interrupts := make(chan os.Signal)
	terminated, stop := untilSecond(t.Context(), interrupts)
	defer stop()
	server, err := newServer(terminated, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = createWhile(t, server, c, arrived, held, func() {
		interrupts <- os.Interrupt
		if _, err := server.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Errorf("the creation ends with %v", err)
	}
}
