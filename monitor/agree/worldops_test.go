package agree_test

import (
	"fmt"

	"atoll/monitor/agree"
	"atoll/monitor/replica"
)

type opID struct {
	core int
	life uint32
	seq  uint32
}

// result is what a coordinator was told, and what was asked.
type result struct {
	put      bool
	name     replica.Name
	number   uint32
	finished bool
	commit   bool
}

func (w *world) event(c int, e agree.Event) {
	if e.Kind == agree.Installed {
		v := w.cores[c].node.View()
		w.hot = 40
		w.note("%d installs %d: %b", c, v.Number, v.Members)
		for other, k := range w.cores {
			if u := k.node; other != c && k.alive && u.View().Number == v.Number && *u.View() != *v {
				w.fail("cores %d and %d have different views of number %d", c, other, v.Number)
			}
		}
		return
	}
	res := w.ops[opID{c, w.cores[c].life, e.Seq}]
	if res == nil {
		w.fail("core %d tells of operation %d, which it never began", c, e.Seq)
		return
	}
	if e.Kind != agree.Finished {
		return
	}
	res.finished, res.commit = true, e.Commit
	v := w.cores[c].node.View()
	for other := range w.cores {
		if k := &w.cores[other]; k.alive && v.Has(other, k.life) {
			if got := has(k.table, res, c, w.cores[c].life); got != (res.put && e.Commit) && !w.gone[res.number] {
				w.fail("core %d.%d finished %v of %v (committed: %v), but core %d has it: %v", c, w.cores[c].life, e.Seq, res, e.Commit, other, got)
			}
		}
	}
}

// has reports whether a table has what a put would leave.
func has(t *replica.Table, res *result, core int, life uint32) bool {
	e, ok := t.Lookup(res.name)
	return ok && int(e.Core) == core && e.Incarnation == life && e.Number == res.number
}

// begin starts an operation at a core: the names are few, so that they conflict.
func (w *world) begin(c int) {
	k := &w.cores[c]
	name, _ := replica.NameOf(fmt.Sprintf("service-%d", w.r.IntN(6)))
	res := &result{put: w.r.IntN(3) > 0, name: name, number: uint32(len(w.ops)) + 1}
	if !res.put {
		e, ok := k.table.Lookup(name)
		if !ok || int(e.Core) != c {
			return
		}
		res.number = e.Number
	}
	id := opID{c, k.life, k.node.NextSeq()}
	w.ops[id] = res
	var err error
	if res.put {
		_, err = k.node.BeginTwoPhase(replica.Put, replica.PutData(name, res.number))
	} else {
		_, err = k.node.BeginOnePhase(replica.Delete, replica.DeleteData(name))
	}
	if err != nil {
		delete(w.ops, id)
	} else if !res.put {
		w.gone[res.number] = true
	}
	w.flush(c)
}
