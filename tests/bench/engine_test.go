package bench

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// engineParallelism is how many resources the engine works on at once by default.
var engineParallelism = 4 * runtime.GOMAXPROCS(0)

// running is a process of the plugin, started and configured as the engine does.
type running struct {
	pid    int
	client rpc.ResourceProviderClient
}

// engine takes what the plugin says.
type engine struct{ rpc.UnimplementedEngineServer }

func (engine) Log(context.Context, *rpc.LogRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func startPlugin(b *testing.B, path, baseURL string) running {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), path, serveEngine(b))
	cmd.Env = append(os.Environ(), "CLOUDFLARE_BASE_URL="+baseURL, "CLOUDFLARE_API_TOKEN="+cfsim.DefaultAPIToken)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, so it is an error
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("the plugin printed no port: %v", err)
	}
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = connection.Close() })
	client := rpc.NewResourceProviderClient(connection)
	_, err = client.Configure(b.Context(), &rpc.ConfigureRequest{
		Args:          object(b, map[string]any{"requestsPerSecond": anyPace}),
		AcceptSecrets: true, AcceptResources: true, SendsOldInputs: true, SendsOldInputsToDelete: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	return running{cmd.Process.Pid, client}
}

func serveEngine(b *testing.B) (address string) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer()
	rpc.RegisterEngineServer(server, engine{})
	go func() { _ = server.Serve(listener) }() // ends with Stop
	b.Cleanup(server.Stop)
	return listener.Addr().String()
}

// resource is what the engine keeps of a token.
type resource struct {
	urn, name, id           string
	program, inputs, output *structpb.Struct
}

func newResource(b *testing.B, name string) *resource {
	b.Helper()
	return &resource{
		urn: "urn:pulumi:dev::bench::cfaccess:index:ServiceToken::" + name, name: name,
		program: object(b, map[string]any{"accountId": cfsim.DefaultAccountID, "name": name, "duration": "8760h"}),
	}
}

func object(b *testing.B, values map[string]any) *structpb.Struct {
	b.Helper()
	s, err := structpb.NewStruct(values)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func forEach(ctx context.Context, stack []*resource, atOnce int, op func(context.Context, *resource) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, r := range stack {
		group.Go(func() error { return op(ctx, r) })
	}
	return group.Wait()
}

// operation makes the engine's calls for one resource.
type operation func(context.Context, rpc.ResourceProviderClient, *resource) error

func create(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	if err := check(ctx, plugin, r, r.program); err != nil {
		return err
	}
	made, err := plugin.Create(ctx, &rpc.CreateRequest{Urn: r.urn, Properties: r.inputs})
	if err != nil {
		return err
	}
	r.id, r.output = made.GetId(), made.GetProperties()
	return nil
}

func preview(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	if err := check(ctx, plugin, r, r.program); err != nil {
		return err
	}
	return diff(ctx, plugin, r)
}

func refresh(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	read, err := plugin.Read(ctx, &rpc.ReadRequest{Id: r.id, Urn: r.urn, Properties: r.output, Inputs: r.inputs})
	if err != nil {
		return err
	}
	r.output, r.inputs = read.GetProperties(), read.GetInputs()
	return diff(ctx, plugin, r)
}

// importToken leaves the resource as it is, with its secret.
func importToken(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	read, err := plugin.Read(ctx, &rpc.ReadRequest{Id: r.id, Urn: r.urn})
	if err != nil {
		return err
	}
	imported := *r
	imported.output, imported.inputs = read.GetProperties(), read.GetInputs()
	if err := check(ctx, plugin, &imported, imported.inputs); err != nil {
		return err
	}
	return diff(ctx, plugin, &imported)
}

func destroy(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	_, err := plugin.Delete(ctx, &rpc.DeleteRequest{Id: r.id, Urn: r.urn, Properties: r.output, OldInputs: r.inputs})
	return err
}

func check(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource, program *structpb.Struct) error {
	checked, err := plugin.Check(ctx, &rpc.CheckRequest{Urn: r.urn, Olds: r.inputs, News: program})
	if err != nil {
		return err
	}
	if failures := checked.GetFailures(); len(failures) > 0 {
		return fmt.Errorf("checking %s: %v", r.name, failures)
	}
	r.inputs = checked.GetInputs()
	return nil
}

// diff fails if there is one, since then something else is measured.
func diff(ctx context.Context, plugin rpc.ResourceProviderClient, r *resource) error {
	found, err := plugin.Diff(ctx, &rpc.DiffRequest{Id: r.id, Urn: r.urn, Olds: r.output, OldInputs: r.inputs, News: r.inputs})
	if err != nil {
		return err
	}
	if found.GetChanges() != rpc.DiffResponse_DIFF_NONE {
		return fmt.Errorf("%s differs: %v", r.name, found.GetDiffs())
	}
	return nil
}
