package middleware

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

const urn = "urn:pulumi:test::provider::cfaccess:index:ServiceToken::ci"

// eachOperation calls every operation of a provider whose own work is this.
func eachOperation(work func(context.Context)) []func(context.Context) {
	prov := p.Provider{
		Create: func(ctx context.Context, _ p.CreateRequest) (p.CreateResponse, error) {
			work(ctx)
			return p.CreateResponse{}, nil
		},
		Read: func(ctx context.Context, _ p.ReadRequest) (p.ReadResponse, error) {
			work(ctx)
			return p.ReadResponse{}, nil
		},
		Update: func(ctx context.Context, _ p.UpdateRequest) (p.UpdateResponse, error) {
			work(ctx)
			return p.UpdateResponse{}, nil
		},
		Delete: func(ctx context.Context, _ p.DeleteRequest) error {
			work(ctx)
			return nil
		},
	}
	Wrap(&prov, Hooks{})
	return []func(context.Context){
		func(ctx context.Context) { _, _ = prov.Create(ctx, p.CreateRequest{Urn: urn}) },
		func(ctx context.Context) { _, _ = prov.Read(ctx, p.ReadRequest{Urn: urn}) },
		func(ctx context.Context) { _, _ = prov.Update(ctx, p.UpdateRequest{Urn: urn}) },
		func(ctx context.Context) { _ = prov.Delete(ctx, p.DeleteRequest{Urn: urn}) },
	}
}

func TestEveryOperationEndsAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, operate := range eachOperation(func(ctx context.Context) {
			<-ctx.Done()
			if cause := context.Cause(ctx); !errors.Is(cause, errTimedOut) {
				t.Errorf("ended by %v", cause)
			}
		}) {
			began := time.Now()
			operate(t.Context())
			if took := time.Since(began); took != operationTimeout {
				t.Errorf("ended after %s, want %s", took, operationTimeout)
			}
		}
	})
}

func TestWaitingForTheRateLimitDoesNotCountAsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, operate := range eachOperation(func(ctx context.Context) {
			time.Sleep(4 * time.Minute)
			Extend(ctx, 10*time.Minute)
			<-ctx.Done()
		}) {
			began := time.Now()
			operate(t.Context())
			if took := time.Since(began); took != operationTimeout+10*time.Minute {
				t.Errorf("ended after %s, want 15m", took)
			}
		}
	})
}

func TestTheProgramsOwnTimeLimitIsAllThatCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, operate := range eachOperation(func(ctx context.Context) {
			Extend(ctx, time.Hour)
			uncut, cancel := Uninterrupted(ctx)
			defer cancel()
			<-uncut.Done()
		}) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			began := time.Now()
			operate(ctx)
			cancel()
			if took := time.Since(began); took != 20*time.Minute {
				t.Errorf("ended after %s, want 20m", took)
			}
		}
	})
}

func TestWhatIsUninterruptedStillEndsWithItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, operate := range eachOperation(func(ctx context.Context) {
			uncut, cancel := Uninterrupted(ctx)
			defer cancel()
			<-uncut.Done()
			if cause := context.Cause(uncut); !errors.Is(cause, errTimedOut) {
				t.Errorf("ended by %v", cause)
			}
		}) {
			ctx, interrupt := context.WithCancel(t.Context())
			time.AfterFunc(time.Minute, interrupt)
			began := time.Now()
			operate(ctx)
			if took := time.Since(began); took != operationTimeout {
				t.Errorf("ended after %s, want %s", took, operationTimeout)
			}
		}
	})
}

func TestAnUncutRequestKeepsTheDeadlineAlone(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithTimeout(t.Context(), time.Hour)
	want, _ := ctx.Deadline()
	uncut, cancel := Uninterrupted(ctx)
	defer cancel()
	interrupt()
	if got, ok := uncut.Deadline(); uncut.Err() != nil || !ok || !got.Equal(want) {
		t.Errorf("after the interruption: %v, deadline %v", uncut.Err(), got)
	}
}
