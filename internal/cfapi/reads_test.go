package cfapi_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

var inAccount = cfapi.Account(cfsim.DefaultAccountID)

func TestTheFirstReadOfAScopeAsksByIDAndTheNextListsItForAll(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{PerPageCap: 25}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 60)
		b.read(ids[0])
		b.asked("get")
		for _, id := range ids {
			b.read(id)
		}
		b.asked("list list list")
	})
}

func TestReadsAtTheSameTimeShareOneListing(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{PerPageCap: 25}, func(t *testing.T, b *bubbled) {
		b.after = func(*http.Request) { time.Sleep(150 * time.Millisecond) }
		b.readTogether(b.add(accountPath, 60)...)
		requests := b.Requests()
		slices.SortFunc(requests, func(a, b cfsim.Request) int { return strings.Compare(a.Operation, b.Operation) })
		if len(requests) != 4 || requests[0].Operation != "get" || requests[1].Operation != "list" {
			t.Errorf("%d requests, want one by id and a listing of three pages", len(requests))
		}
	})
}

func TestAListedTokenIsAsAReadByIDShowsIt(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{FractionalTimes: true}}, func(t *testing.T, b *bubbled) {
		other := b.add(accountPath, 1)[0]
		marked, err := b.Create(t.Context(), inAccount, cfapi.CreateParams{Name: "marked", Duration: new("forever"), Enabled: new(false)})
		if err != nil {
			t.Fatal(err)
		}
		b.Use(marked.ID)
		rotated := b.AddToken(accountPath, cfsim.NewToken{Name: "rotated"})
		b.RotateElsewhere(rotated.ID)
		b.ResetRequests()
		b.listing(other, rotated.ID)
		for _, id := range []string{marked.ID, rotated.ID} {
			listed := b.read(id)
			b.asked("")
			byID, err := b.Get(t.Context(), inAccount, id)
			if err != nil {
				t.Fatal(err)
			}
			b.asked("get")
			if !reflect.DeepEqual(listed, byID) {
				t.Errorf("listed as %+v, read by id as %+v", *listed, *byID)
			}
		}
		if end := b.read(marked.ID).PreviousClientSecretExpiresAt; end != nil {
			t.Errorf("the mark of a creation shows as an end: %s", end)
		}
		if b.read(rotated.ID).PreviousClientSecretExpiresAt == nil {
			t.Error("the end of the previous secret is not shown")
		}
	})
}

func TestAReadLongAfterTheLastOneAsksByIDAgain(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 2)
		for range 3 {
			b.read(ids[0])
			time.Sleep(5 * time.Second)
		}
		b.asked("get get get")
		b.read(ids[0])
		time.Sleep(5*time.Second - 1)
		b.read(ids[1])
		b.asked("get list")
	})
}

func TestASlowReadStillCountsAsTheFirstOfMany(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(*bubbled, []string){
		"one after the other": func(b *bubbled, ids []string) { b.read(ids[0]); b.read(ids[1]) },
		"at the same time": func(b *bubbled, ids []string) {
			var reading sync.WaitGroup
			reading.Go(func() { b.read(ids[0]) })
			time.Sleep(8 * time.Second)
			b.read(ids[1])
			reading.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				b.after = func(*http.Request) { time.Sleep(10 * time.Second) }
				next(b, b.add(accountPath, 2))
				b.asked("get list")
			})
		})
	}
}

func TestAListingAnswersForHalfAMinuteFromItsBeginning(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 2)
		b.after = func(*http.Request) { time.Sleep(2 * time.Second) }
		b.listing(ids...)
		time.Sleep(28*time.Second - 1)
		b.read(ids[0])
		b.asked("")
		time.Sleep(time.Nanosecond)
		b.read(ids[0])
		b.asked("list")
	})
}

func TestALongRefreshCostsItsPagesOnceInHalfAMinute(t *testing.T) {
	t.Parallel()
	const tokens, pages = 240, 3
	bubble(t, cfsim.Config{PerPageCap: 80}, func(t *testing.T, b *bubbled) {
		ids, began := b.add(accountPath, tokens), time.Now()
		for _, id := range ids {
			b.read(id)
			time.Sleep(time.Second)
		}
		halfMinutes := int((time.Since(began) + 30*time.Second - 1) / (30 * time.Second))
		if asked, most := len(b.Requests()), pages*halfMinutes+2; asked > most || asked < pages*halfMinutes {
			t.Errorf("%d requests in %d half minutes, want at most %d", asked, halfMinutes, most)
		}
	})
}

func TestATokenThatTheListingLacksIsAskedForByID(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 4)
		b.SetBehaviour(cfsim.Behaviour{ListHides: ids[2:3]})
		b.DeleteToken(ids[3])
		b.listing(ids...)
		b.read(ids[2])
		b.asked("get")
		if _, err := b.Read(t.Context(), inAccount, ids[3]); !cfapi.IsNotFound(err) {
			t.Errorf("a token that does not exist: %v", err)
		}
		b.asked("get")
	})
}

func TestWhatNoListingShowsIsNotTakenForDeleted(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{ListEmpty: true}}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		for _, id := range ids {
			b.read(id)
		}
		b.asked("get list get get")
	})
}

func TestWhatThisClientHasWrittenIsNotReadFromAnOlderListing(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 5)
		b.listing(ids...)
		if _, err := b.Update(t.Context(), inAccount, ids[2], cfapi.UpdateParams{Name: new("renamed")}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Rotate(t.Context(), inAccount, ids[4], time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(t.Context(), inAccount, ids[3], nil); err != nil {
			t.Fatal(err)
		}
		made, err := b.Create(t.Context(), inAccount, cfapi.CreateParams{Name: "made"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Rotate(t.Context(), inAccount, ids[1], time.Now()); err != nil {
			t.Fatal(err)
		}
		b.ResetRequests()
		equal(t, "the version", *b.read(ids[1]).ClientSecretVersion, 2)
		b.asked("get")
		for range 2 {
			equal(t, "the name", b.read(ids[2]).Name, "renamed")
			b.asked("get")
		}
		equal(t, "the version", *b.read(ids[4]).ClientSecretVersion, 2)
		b.asked("get")
		if _, err := b.Read(t.Context(), inAccount, ids[3]); !cfapi.IsNotFound(err) {
			t.Errorf("a token that was deleted: %v", err)
		}
		b.asked("get")
		b.read(made.ID)
		b.asked("get")
		b.read(ids[0])
		b.asked("")
		time.Sleep(time.Minute)
		b.listing(ids...)
		equal(t, "the name in a later listing", b.read(ids[2]).Name, "renamed")
		b.read(made.ID)
		b.asked("")
	})
}

// A listing that begins while a write is under way may show what was before.
func TestAListingThatBeginsDuringAWriteDoesNotAnswerForItsToken(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		b.before = func(r *http.Request) {
			if r.Method == http.MethodPut {
				time.Sleep(5 * time.Second)
			}
		}
		var writing sync.WaitGroup
		writing.Go(func() {
			if _, err := b.Update(t.Context(), inAccount, ids[2], cfapi.UpdateParams{Name: new("renamed")}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		b.read(ids[0])
		b.read(ids[1])
		b.read(ids[2])
		b.asked("get list get")
		writing.Wait()
		b.ResetRequests()
		equal(t, "the name", b.read(ids[2]).Name, "renamed")
		b.asked("get")
		b.read(ids[0])
		b.asked("")
	})
}

// The write may end between the listing's work and its answer.
func TestAWriteDuringAListingSendsItsTokensWaiterToAskByID(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		b.after = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/service_tokens") {
				time.Sleep(5 * time.Second)
			}
		}
		b.read(ids[0])
		var reading sync.WaitGroup
		reading.Go(func() { equal(t, "the name", b.read(ids[2]).Name, "renamed") })
		synctest.Wait()
		if _, err := b.Update(t.Context(), inAccount, ids[2], cfapi.UpdateParams{Name: new("renamed")}); err != nil {
			t.Fatal(err)
		}
		reading.Wait()
		b.asked("get list update get")
	})
}

func TestAListingThatFailsLeavesEveryReadToAskByID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault cfsim.Fault
		lists string
	}{
		"refused":         {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, "list"},
		"broken":          {cfsim.Fault{Kind: cfsim.StatusBefore}, "list list list"},
		"unreadable":      {cfsim.Fault{Kind: cfsim.Garbage}, "list list list"},
		"unsuccessful":    {cfsim.Fault{Kind: cfsim.FalseSuccessBefore}, "list"},
		"empty":           {cfsim.Fault{Kind: cfsim.EmptyBody}, "list list list"},
		"on its 2nd page": {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000, After: 1}, "list list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{PerPageCap: 2}, func(t *testing.T, b *bubbled) {
				ids := b.add(accountPath, 4)
				test.fault.Operation, test.fault.Times = "list", -1
				b.Inject(test.fault)
				b.read(ids[0])
				b.read(ids[1])
				b.asked("get " + test.lists + " get")
				// It is not tried again for each read.
				for range 3 {
					time.Sleep(time.Second)
					b.read(ids[1])
				}
				b.asked("get get get")
				time.Sleep(25 * time.Second)
				b.read(ids[1])
				b.asked("get")
				b.ClearFaults()
				time.Sleep(4 * time.Second)
				b.read(ids[1])
				b.asked("list list")
			})
		})
	}
}

func TestAListingThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		b.before = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/service_tokens") {
				<-r.Context().Done()
			}
		}
		b.read(ids[0])
		began := time.Now()
		b.readTogether(ids...)
		equal(t, "the wait", time.Since(began), 30*time.Second)
		began = time.Now()
		b.readTogether(ids...)
		equal(t, "the wait for the next reads", time.Since(began), time.Duration(0))
	}, func(c *cfapi.Config) { c.RequestTimeout = new(time.Hour) })
}

func TestAReadThatIsStoppedStopsAtOnceAndHarmsNoOther(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 4)
		b.after = func(*http.Request) { time.Sleep(10 * time.Second) }
		b.read(ids[0])
		why := errors.New("the user has enough")
		first, stop := context.WithCancelCause(t.Context())
		began := time.Now()
		var reading sync.WaitGroup
		reading.Go(func() { // this one begins the listing
			_, err := b.Read(first, inAccount, ids[1])
			if !errors.Is(err, why) || time.Since(began) != time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
		})
		synctest.Wait()
		reading.Go(func() { b.readTogether(ids[2:]...) })
		time.Sleep(time.Second)
		stop(why)
		reading.Wait()
		b.asked("get list")
	})
}

func TestAListingEndsWhenNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		var stopped []time.Duration
		began := time.Now()
		b.before = func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/service_tokens") {
				<-r.Context().Done()
				stopped = append(stopped, time.Since(began))
			}
		}
		b.read(ids[0])
		var reading sync.WaitGroup
		for i, id := range ids {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
			defer cancel()
			reading.Go(func() {
				if _, err := b.Read(ctx, inAccount, id); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		reading.Wait()
		synctest.Wait()
		equal(t, "the end of the listing's request", stopped, []time.Duration{3 * time.Second})

		b.before = nil
		b.ResetRequests()
		b.read(ids[1])
		b.read(ids[2])
		b.asked("list")
	})
}

func TestAReadThatWasStoppedBeforeItBeganSendsNothing(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 2)
		b.read(ids[0])
		stopped, stop := context.WithCancel(t.Context())
		stop()
		for range 100 {
			if _, err := b.Read(stopped, inAccount, ids[1]); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		b.asked("get")
	})
}

type waitKey struct{}

func TestRateLimitIsReportedToAllWhoWaitForAListing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	informed := map[any]time.Duration{}
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 4)
		b.read(ids[0])
		b.Inject(cfsim.Fault{Kind: cfsim.RateLimited, Operation: "list", RetryAfter: "290"})
		began := time.Now()
		read := func(id string) {
			ctx := context.WithValue(t.Context(), waitKey{}, id)
			if _, err := b.Read(ctx, inAccount, id); err != nil {
				t.Error(err)
			}
			equal(t, "the wait", time.Since(began), 290*time.Second)
		}
		var reading sync.WaitGroup
		reading.Go(func() { read(ids[1]) })
		reading.Go(func() { read(ids[2]) })
		time.Sleep(20 * time.Second)
		reading.Go(func() { read(ids[3]) })
		reading.Wait()
		b.asked("get list list")
		mu.Lock()
		defer mu.Unlock()
		equal(t, "who was informed", informed, map[any]time.Duration{
			ids[1]: 290 * time.Second, ids[2]: 290 * time.Second, ids[3]: 270 * time.Second,
		})
	}, func(c *cfapi.Config) {
		c.OnWait = func(ctx context.Context, w cfapi.Wait) {
			mu.Lock()
			defer mu.Unlock()
			informed[ctx.Value(waitKey{})] += w.Duration
		}
	})
}

func TestAReadThatComesTooLateForAWaitingListingAsksByID(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		b.read(ids[0])
		b.Inject(cfsim.Fault{Kind: cfsim.RateLimited, Operation: "list", RetryAfter: "60"})
		var reading sync.WaitGroup
		reading.Go(func() { b.read(ids[1]) })
		time.Sleep(30 * time.Second)
		reading.Go(func() { b.read(ids[2]) })
		reading.Wait()
		gets := 0
		for _, r := range b.Requests() {
			if r.Operation == "get" && r.TokenID == ids[2] {
				gets++
			}
		}
		equal(t, "the requests for the late one", gets, 1)
		equal(t, "all requests", len(b.Requests()), 4)
	})
}

func TestAListingThatShowsLessThanReadsByIDIsNotBelieved(t *testing.T) {
	t.Parallel()
	end, mark := began.Add(-time.Hour), time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		behaviour cfsim.Behaviour
		end       *time.Time
		asked     string
	}{
		"versions in both":           {cfsim.Behaviour{}, nil, "get list"},
		"versions not listed":        {cfsim.Behaviour{OmitVersionIn: []string{"list"}}, nil, "get list get get"},
		"versions in neither":        {cfsim.Behaviour{OmitVersionIn: []string{"list", "get"}}, nil, "get list"},
		"versions in listings alone": {cfsim.Behaviour{OmitVersionIn: []string{"get"}}, nil, "get list"},
		"ends in both":               {cfsim.Behaviour{}, &end, "get list"},
		"ends not listed":            {cfsim.Behaviour{OmitPreviousEndIn: []string{"list"}}, &end, "get list get get"},
		"marks not listed":           {cfsim.Behaviour{OmitPreviousEndIn: []string{"list"}}, &mark, "get list get get"},
		"ends in listings alone":     {cfsim.Behaviour{OmitPreviousEndIn: []string{"get"}}, &end, "get list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{Behaviour: test.behaviour}, func(t *testing.T, b *bubbled) {
				var ids []string
				for range 3 {
					ids = append(ids, b.AddToken(accountPath, cfsim.NewToken{Name: "ci", PreviousClientSecretExpiresAt: test.end}).ID)
				}
				for _, id := range ids {
					b.read(id)
				}
				b.asked(test.asked)
			})
		})
	}
}

// Only a read by id shows whether what a listing lacks is there.
func TestAListingThatLacksSomethingWaitsForTheFirstReadByID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		omit  []string
		first func(*bubbled, string)
		asked string
	}{
		"which lacks it too":   {[]string{"list", "get"}, func(*bubbled, string) {}, "list get"},
		"which shows it":       {[]string{"list"}, func(*bubbled, string) {}, "list get get get"},
		"which shows nothing":  {[]string{"list", "get"}, func(b *bubbled, id string) { b.DeleteToken(id) }, "list get get get"},
		"which does not end":   {[]string{"list", "get"}, func(*bubbled, string) { time.Sleep(time.Minute) }, "list get get get"},
		"that lacks something": {nil, func(*bubbled, string) {}, "list get"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{OmitVersionIn: test.omit}}, func(t *testing.T, b *bubbled) {
				ids := b.add(accountPath, 3)
				b.before = func(r *http.Request) {
					if strings.HasSuffix(r.URL.Path, ids[0]) {
						time.Sleep(5 * time.Second)
						test.first(b, ids[0])
					}
				}
				var reading sync.WaitGroup
				reading.Go(func() { _, _ = b.Read(t.Context(), inAccount, ids[0]) })
				synctest.Wait()
				b.readTogether(ids[1:]...)
				reading.Wait()
				b.asked(test.asked)
			}, func(c *cfapi.Config) { c.RequestTimeout = new(time.Hour) })
		})
	}
}

func TestAListingThatNeedsNoReadByIDDoesNotWaitForOne(t *testing.T) {
	t.Parallel()
	end := began.Add(-time.Hour)
	for name, test := range map[string]struct {
		fault cfsim.Fault
		asked string
	}{
		"it lacks nothing": {cfsim.Fault{Kind: cfsim.Slow}, "list get"},
		"it failed":        {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, "list get get get"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				ids := b.add(accountPath, 2)
				ids = append(ids, b.AddToken(accountPath, cfsim.NewToken{Name: "rotated", PreviousClientSecretExpiresAt: &end}).ID)
				test.fault.Operation = "list"
				b.Inject(test.fault)
				b.before = func(r *http.Request) {
					if strings.HasSuffix(r.URL.Path, ids[0]) {
						time.Sleep(5 * time.Second)
					}
				}
				began := time.Now()
				var reading sync.WaitGroup
				reading.Go(func() { b.read(ids[0]) })
				synctest.Wait()
				b.readTogether(ids[1:]...)
				equal(t, "the wait", time.Since(began), time.Duration(0))
				reading.Wait()
				b.asked(test.asked)
			})
		})
	}
}

func TestScopesAreReadEachByItself(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids, ofZone := b.add(accountPath, 2), b.add(zonePath, 2)
		b.listing(ids...)
		for _, id := range ofZone {
			if _, err := b.Read(t.Context(), cfapi.Zone(cfsim.DefaultZoneID), id); err != nil {
				t.Error(err)
			}
		}
		b.asked("get list")
		if _, err := b.Read(t.Context(), inAccount, ofZone[0]); !cfapi.IsNotFound(err) {
			t.Errorf("the token of another scope: %v", err)
		}
		b.asked("get")
	})
}

func TestGetAsksByIDAlsoBesideAListing(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		ids := b.add(accountPath, 3)
		b.listing(ids...)
		for _, id := range ids {
			if _, err := b.Get(t.Context(), inAccount, id); err != nil {
				t.Error(err)
			}
		}
		b.asked("get get get")
	})
}
