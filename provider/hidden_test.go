package provider

import (
	"context"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

func TestEveryOperationHasADeadline(t *testing.T) {
	t.Parallel()
	own, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	ownDeadline, _ := own.Deadline()
	for name, test := range map[string]struct {
		ctx  context.Context
		want func(deadline, before, after time.Time) bool
	}{
		"5 minutes, if the program sets none": {t.Context(), func(deadline, before, after time.Time) bool {
			return !deadline.Before(before.Add(operationTimeout)) && !deadline.After(after.Add(operationTimeout))
		}},
		"the program's": {own, func(deadline, _, _ time.Time) bool { return deadline.Equal(ownDeadline) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := time.Now()
			operations := 0
			expect := func(ctx context.Context) {
				operations++
				deadline, ok := ctx.Deadline()
				if !ok || !test.want(deadline, before, time.Now()) {
					t.Errorf("operation %d: the deadline is %v, %v", operations, deadline, ok)
				}
			}
			prov := p.Provider{
				Create: func(ctx context.Context, _ p.CreateRequest) (p.CreateResponse, error) {
					expect(ctx)
					return p.CreateResponse{}, nil
				},
				Read: func(ctx context.Context, _ p.ReadRequest) (p.ReadResponse, error) {
					expect(ctx)
					return p.ReadResponse{}, nil
				},
				Update: func(ctx context.Context, _ p.UpdateRequest) (p.UpdateResponse, error) {
					expect(ctx)
					return p.UpdateResponse{}, nil
				},
				Delete: func(ctx context.Context, _ p.DeleteRequest) error {
					expect(ctx)
					return nil
				},
			}
			exposeHidden(&prov)
			_, _ = prov.Create(test.ctx, p.CreateRequest{})
			_, _ = prov.Read(test.ctx, p.ReadRequest{})
			_, _ = prov.Update(test.ctx, p.UpdateRequest{})
			_ = prov.Delete(test.ctx, p.DeleteRequest{})
			if operations != 4 {
				t.Errorf("%d operations were called, want 4", operations)
			}
		})
	}
}

func TestAnUncutRequestKeepsTheDeadlineAlone(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithTimeout(t.Context(), time.Hour)
	want, _ := ctx.Deadline()
	uncut, cancel, err := uninterrupted(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	interrupt()
	if got, ok := uncut.Deadline(); uncut.Err() != nil || !ok || !got.Equal(want) {
		t.Errorf("after the interruption: %v, deadline %v", uncut.Err(), got)
	}
}
