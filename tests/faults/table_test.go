package faults

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// row counts what became of the cases of one operation and one fault.
type row struct {
	operation, fault                 string
	cases, injected, survived, named int
	broken                           map[string]int
}

// trial is a case of any part of the matrix.
type trial interface {
	fmt.Stringer
	// row names the row of the table in which it is counted.
	row() (operation, fault string)
	play(t *testing.T, broken *defect) outcome
}

func (c scenario) row() (operation, fault string) {
	if c.second != nil {
		return c.operation.name, "and then " + c.second.name
	}
	return c.operation.name, c.first.name
}

// table collects outcomes in the order of the matrix.
type table struct {
	mu   sync.Mutex
	rows map[[2]string]*row
}

func newTable() *table { return &table{rows: map[[2]string]*row{}} }

func (t *table) add(c trial, o outcome) {
	operation, fault := c.row()
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{operation, fault}
	r := t.rows[key]
	if r == nil {
		r = &row{operation: key[0], fault: key[1], broken: map[string]int{}}
		t.rows[key] = r
	}
	r.count(o)
}

func (r *row) count(o outcome) {
	r.cases++
	r.injected += o.injected
	r.named += o.named
	if o.survived {
		r.survived++
	}
	for _, v := range o.violations {
		r.broken[v.promise]++
	}
}

func (t *table) total() row {
	total := row{operation: "all", fault: "all", broken: map[string]int{}}
	for _, r := range t.rows {
		total.cases += r.cases
		total.injected += r.injected
		total.survived += r.survived
		total.named += r.named
		for promise, n := range r.broken {
			total.broken[promise] += n
		}
	}
	return total
}

// print shows the table: which fault, in how many cases, hit how many requests,
// how many cases succeeded all the same (the others fail, and what they leave is
// complete after one more run), how many orphans could only be named, and how
// often a promise was broken.
func (t *table) print(test *testing.T) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(r row) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t", r.operation, r.fault, r.cases, r.injected, r.survived, r.named)
		for _, promise := range promises {
			fmt.Fprintf(w, "%d\t", r.broken[promise])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "operation\tfault\tcases\tinjected\tsurvived\tnamed\t%s\t\n", strings.Join(promises, "\t"))
	faults := []string{killed, olderState}
	for _, prefix := range []string{"", "and then "} {
		for _, v := range variants {
			faults = append(faults, prefix+v.name)
		}
	}
	for _, part := range parts {
		for _, fault := range faults {
			if r := t.rows[[2]string{part.name, fault}]; r != nil {
				line(*r)
			}
		}
	}
	line(t.total())
	if err := w.Flush(); err != nil {
		test.Error(err)
	}
	test.Log("\n" + text.String())
}
