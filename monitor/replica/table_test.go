package replica

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"atoll/monitor/agree"
)

func name(t *testing.T, text string) Name {
	t.Helper()
	n, err := NameOf(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func putOp(n Name, core uint8, life, seq, number uint32) *agree.Op {
	return &agree.Op{Coord: core, Type: Put, TwoPhase: true, Seq: seq, Life: life, Data: PutData(n, number)}
}

func deleteOp(n Name, core uint8, life uint32) *agree.Op {
	return &agree.Op{Coord: core, Type: Delete, Life: life, Data: DeleteData(n)}
}

func TestNames(t *testing.T) {
	for _, text := range []string{"a", "console", "12345678", "123456789", "exactly-24-bytes-of-name"} {
		if got := name(t, text).String(); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"", "a b", "a\x00", "tab\t", "caf\xc3\xa9", "one-byte-more-than-24-is-n"} {
		if n, err := NameOf(text); err == nil {
			t.Errorf("%q is taken for the name %v", text, n)
		}
	}
}

// Each cell of the table in the package comment. Sabotage: leave out the search for
// the name in Prepare.
func TestTable(t *testing.T) {
	tab := NewTable(2)
	web, log, fs := name(t, "web"), name(t, "log"), name(t, "fs")
	if !tab.Prepare(putOp(web, 1, 1, 7, 80)) {
		t.Error("an unknown name is refused")
	}
	if tab.Prepare(putOp(web, 2, 1, 1, 81)) || tab.Prepare(putOp(web, 1, 1, 8, 81)) {
		t.Error("a held name is held twice")
	}
	if _, ok := tab.Lookup(web); ok || tab.Len() != 0 {
		t.Error("a held name is a service")
	}
	if tab.Check(deleteOp(web, 1, 1)) {
		t.Error("a held name may be deleted")
	}
	tab.Do(deleteOp(web, 1, 1))
	tab.Commit(putOp(web, 2, 1, 1, 81)) // not who holds it
	tab.Abort(putOp(web, 1, 1, 6, 80))
	tab.Commit(putOp(web, 1, 1, 7, 80))
	if e, ok := tab.Lookup(web); !ok || e != (Entry{web, 1, 1, 80}) {
		t.Errorf("entry %v, %v", e, ok)
	}
	if tab.Prepare(putOp(web, 1, 1, 8, 80)) {
		t.Error("a service is registered twice")
	}
	if !tab.Prepare(putOp(log, 1, 1, 9, 1)) || tab.Prepare(putOp(fs, 1, 1, 10, 1)) {
		t.Error("a table for two takes one or three")
	}
	tab.Abort(putOp(log, 1, 1, 9, 1))
	if !tab.Prepare(putOp(fs, 0, 1, 10, 1)) {
		t.Error("no room after an abort")
	}
	tab.Abort(putOp(fs, 0, 1, 10, 1))
	for _, other := range []*agree.Op{deleteOp(web, 2, 1), deleteOp(web, 1, 2), deleteOp(log, 1, 1)} {
		if tab.Check(other) {
			t.Errorf("%v may be deleted", other)
		}
		tab.Do(other)
	}
	if tab.Len() != 1 || !tab.Check(deleteOp(web, 1, 1)) {
		t.Error("the service is gone")
	}
	if tab.Do(deleteOp(web, 1, 1)); tab.Len() != 0 || tab.used != 0 {
		t.Error("the service was not deleted")
	}
}

// Services of lives outside the view vanish. Sabotage: in Install, do not begin again
// after a removal.
func TestViews(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		tab := NewTable(40)
		v := agree.View{Number: 2, Members: r.Uint64() & 0xff}
		for c := range 8 {
			v.Life[c] = 1 + uint32(r.IntN(2))
		}
		want := 0
		for i := range 40 {
			e := Entry{name(t, fmt.Sprint("s", i)), uint8(r.IntN(8)), 1 + uint32(r.IntN(2)), uint32(i)}
			tab.insert(e, full, 0)
			if v.Has(int(e.Core), e.Incarnation) {
				want++
			}
		}
		tab.Install(&v)
		got := 0
		for e := range tab.All {
			if got++; !v.Has(int(e.Core), e.Incarnation) {
				t.Errorf("seed %d: %v is still there", seed, e)
			}
			if _, ok := tab.Lookup(e.Name); !ok {
				t.Errorf("seed %d: %v is not found", seed, e)
			}
		}
		if got != want || tab.used != want {
			t.Errorf("seed %d: %d services, want %d", seed, got, want)
		}
	}
}

// The table and a map do the same. Sabotage: in remove, move nothing up.
func TestModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	tab, model := NewTable(30), map[Name]Entry{}
	var names []Name
	for i := range 60 {
		names = append(names, name(t, fmt.Sprint("service", i)))
	}
	for seq := range uint32(100000) {
		n, core := names[r.IntN(len(names))], uint8(r.IntN(3))
		old, there := model[n]
		if r.IntN(2) == 0 {
			op := putOp(n, core, 1, seq, seq)
			ok := tab.Prepare(op)
			if want := !there && len(model) < 30; ok != want {
				t.Fatalf("step %d: put %v, want %v", seq, ok, want)
			}
			if ok && r.IntN(4) == 0 {
				tab.Abort(op)
			} else if ok {
				tab.Commit(op)
				model[n] = Entry{n, core, 1, seq}
			}
		} else {
			op := deleteOp(n, core, 1)
			if ok, want := tab.Check(op), there && old.Core == core; ok != want {
				t.Fatalf("step %d: delete %v, want %v", seq, ok, want)
			} else if tab.Do(op); ok {
				delete(model, n)
			}
		}
		if e, ok := tab.Lookup(n); ok != (model[n] != Entry{}) || e != model[n] {
			t.Fatalf("step %d: %v, want %v", seq, e, model[n])
		}
	}
	if tab.Len() != len(model) {
		t.Errorf("%d entries, want %d", tab.Len(), len(model))
	}
}

// A snapshot makes an equal table.
func TestSnapshot(t *testing.T) {
	a, b := NewTable(20), NewTable(20)
	for i := range 20 {
		a.insert(Entry{name(t, fmt.Sprint("s", i)), uint8(i), uint32(i) + 1, 1<<32 - 1 - uint32(i)}, full, 0)
	}
	b.insert(Entry{Name: name(t, "old")}, full, 0)
	b.Reset()
	var item [agree.ItemWords]uint64
	count := 0
	for at := a.Next(0, &item); at >= 0; at = a.Next(at, &item) {
		if count++; !b.Add(&item) {
			t.Errorf("item %v is refused", item)
		}
		if b.Add(&item) {
			t.Error("an item is taken twice")
		}
	}
	for e := range a.All {
		if o, ok := b.Lookup(e.Name); !ok || o != e {
			t.Errorf("%v became %v", e, o)
		}
	}
	if count != a.Len() || b.Len() != 20 {
		t.Errorf("%d items of %d, %d arrived", count, a.Len(), b.Len())
	}
}

// Nonsense changes nothing. Sabotage: leave valid out of Prepare.
func TestNonsense(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	tab := NewTable(8)
	mine := name(t, "mine")
	tab.insert(Entry{mine, 1, 1, 1}, full, 0)
	for range 20000 {
		op := &agree.Op{Coord: uint8(r.IntN(4)), Type: uint8(r.IntN(5)), Life: 9, Data: [agree.Words]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}}
		if r.IntN(2) == 0 {
			op.Data[3] >>= 32 // a number
		}
		if r.IntN(4) == 0 {
			op.Data = PutData(mine, 5)
		}
		if tab.Prepare(op) {
			t.Fatalf("%v is held", op)
		}
		tab.Check(op)
		tab.Do(op)
		tab.Commit(op)
		tab.Abort(op)
		if tab.Add(&[agree.ItemWords]uint64{op.Data[0], op.Data[1], op.Data[2], op.Data[3], uint64(r.IntN(300))}) {
			t.Fatalf("%v is an item", op)
		}
	}
	if e, ok := tab.Lookup(mine); !ok || e != (Entry{mine, 1, 1, 1}) || tab.Len() != 1 {
		t.Errorf("entry %v, %v of %d", e, ok, tab.Len())
	}
}

// Sabotage: return the entries of All as a slice.
func TestNoAllocation(t *testing.T) {
	tab := NewTable(16)
	n := name(t, "service")
	put, del := putOp(n, 1, 1, 1, 2), deleteOp(n, 1, 1)
	text := make([]byte, 0, MaxName)
	count := 0
	if got := testing.AllocsPerRun(100, func() {
		tab.Prepare(put)
		tab.Abort(put)
		tab.Prepare(put)
		tab.Commit(put)
		for e := range tab.All {
			text = e.Name.Append(text[:0])
			count++
		}
		tab.Lookup(n)
		tab.Do(del)
	}); got != 0 || count == 0 || string(text) != "service" {
		t.Errorf("%v allocations, %d entries, %q", got, count, text)
	}
}
