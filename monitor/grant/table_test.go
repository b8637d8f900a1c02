package grant

import (
	"testing"

	"atoll/arch/layout"
)

// any returns some key of a map.
func anyMemory(x *node) *Memory {
	for m := range x.own {
		return m
	}
	return nil
}

// step does one random thing.
func (n *net) step() {
	x := n.nodes[n.rand.IntN(len(n.nodes))]
	other := n.rand.IntN(len(n.nodes))
	if !x.running {
		if n.rand.IntN(4) == 0 {
			x.birth()
		}
		return
	}
	switch m := anyMemory(x); n.rand.IntN(16) {
	case 0:
		if n.rand.IntN(4) == 0 {
			x.die()
		}
	case 1, 2:
		x.notice(other)
	case 3, 4:
		n.link(x.core, other)
	case 5, 6:
		x.make(1 + n.rand.Uint64N(3))
	case 7, 8:
		if m != nil && other != x.core {
			x.give(m, other, ForBinding+2*Purpose(n.rand.IntN(2)), n.rand.Uint64N(6))
		}
	case 9:
		if m != nil {
			n.note("core %d frees %#x", x.core, m.PA)
			delete(x.own, m)
			x.table.Free(m, nil)
		}
	case 10:
		if m != nil && x.own[m][other] != nil {
			n.note("core %d revokes %#x of core %d", x.core, m.PA, other)
			x.table.Revoke(x.own[m][other])
		}
	case 11:
		if len(x.takes) > 0 {
			x.let(n.rand.IntN(len(x.takes)))
		}
	default:
		x.deliver(other, 1+n.rand.IntN(3))
	}
}

// Frames go to and fro between cores that die and come back, are slow to learn of that,
// and to let go: no frame is taken while somebody maps it (the net checks that), both
// ends agree when all is at rest, and in the end every pool is whole and nothing mapped.
// Sabotage, each found: Free reclaims before the holders have returned; New does not
// call Open; Open is content when a core is linked; answerClear answers at once; judge
// forgets Overlap; Dead ends only what it has given.
func TestRandom(t *testing.T) {
	opened, refused := 0, 0
	for seed := range uint64(400) {
		n := newNet(t, 2+int(seed%4), seed)
		n.fail = seed%3 == 0
		for range 400 {
			n.step()
		}
		for _, x := range n.nodes {
			if !x.running {
				x.birth()
			}
		}
		n.settle()
		n.agree()
		n.fail = false
		for _, x := range n.nodes {
			if x.pending != 0 {
				n.fatal("seed %d: core %d waits for %d answers", seed, x.core, x.pending)
			}
			if x.life > 1 {
				if x.table.Open() == nil {
					opened++
				} else {
					refused++
				}
			}
			for m := range x.own {
				x.table.Free(m, nil)
			}
		}
		n.settle()
		for _, x := range n.nodes {
			if err := x.table.Open(); err != nil || x.table.Frames() != poolPages || len(x.mapped) > 0 || x.table.Dropped > 0 {
				n.fatal("seed %d: core %d has %d of %d frames, maps %d, dropped %d, open %v", seed, x.core, x.table.Frames(), poolPages, len(x.mapped), x.table.Dropped, err)
			}
		}
	}
	if opened == 0 || refused == 0 {
		t.Errorf("%d pools were open at once and %d were not; the test tries too little", opened, refused)
	}
}

// agree checks that at rest both ends of each grant say the same.
func (n *net) agree() {
	for _, x := range n.nodes {
		for _, g := range x.table.Account().Given {
			found := false
			for _, h := range n.nodes[g.Core].table.Account().Held {
				found = found || h.PA == g.PA && h.Pages == g.Pages && h.Core == x.core && h.Rights == g.Rights
			}
			if !found || !g.Settled {
				n.fatal("core %d says it has granted %+v; core %d does not hold that", x.core, g, g.Core)
			}
		}
		for _, h := range x.table.Account().Held {
			found := false
			for _, g := range n.nodes[h.Core].table.Account().Given {
				found = found || h.PA == g.PA && h.Pages == g.Pages && g.Core == x.core && h.Rights == g.Rights
			}
			if !found || !h.Settled {
				n.fatal("core %d says it holds %+v; core %d has not granted that", x.core, h, h.Core)
			}
		}
	}
}

// pair is two cores that are linked.
func pair(t testing.TB) (n *net, a, b *node) {
	n = newNet(t, 2, 1)
	n.link(0, 1)
	return n, n.nodes[0], n.nodes[1]
}

// Sabotage: leave out any one case of judge.
func TestOffersRefused(t *testing.T) {
	const pool, page = 0x9000_0000, layout.PageSize
	for name, c := range map[string]struct {
		o    Msg
		want Why
	}{
		"another life":         {Msg{Life: 2, PA: pool, Pages: 1, Rights: layout.R}, BadLife},
		"no pages":             {Msg{PA: pool, Rights: layout.R}, BadRange},
		"too many pages":       {Msg{PA: pool, Pages: poolPages + 1, Rights: layout.R}, BadRange},
		"pages that wrap":      {Msg{PA: pool + page, Pages: 1<<52 - 1, Rights: layout.R}, BadRange},
		"before the pool":      {Msg{PA: pool - page, Pages: 2, Rights: layout.R}, BadRange},
		"over its end":         {Msg{PA: pool + (poolPages-1)*page, Pages: 2, Rights: layout.R}, BadRange},
		"behind it":            {Msg{PA: pool + poolPages*page, Pages: 1, Rights: layout.R}, BadRange},
		"the holder's own":     {Msg{PA: pool + 1<<20, Pages: 1, Rights: layout.R}, BadRange},
		"not aligned":          {Msg{PA: pool + 8, Pages: 1, Rights: layout.R}, BadRange},
		"executable":           {Msg{PA: pool, Pages: 1, Rights: layout.R | layout.X}, BadRights},
		"write-only":           {Msg{PA: pool, Pages: 1, Rights: layout.W}, BadRights},
		"no rights":            {Msg{PA: pool, Pages: 1}, BadRights},
		"a purpose of nobody":  {Msg{PA: pool, Pages: 1, Rights: layout.R, Purpose: ForBuffer}, NotWanted},
		"no purpose":           {Msg{PA: pool, Pages: 1, Rights: layout.R, Purpose: 99}, NotWanted},
		"one that nobody asks": {Msg{PA: pool, Pages: 1, Rights: layout.R, Arg: [3]uint64{1}}, NoSuchBind},
		"held":                 {Msg{PA: pool + 4*page, Pages: 2, Rights: layout.R}, Overlap},
		"held, in part":        {Msg{PA: pool + 3*page, Pages: 2, Rights: layout.R}, Overlap},
		"a number twice":       {Msg{PA: pool, Pages: 1, Rights: layout.R, ID: 77}, Overlap},
		"a good one":           {Msg{PA: pool, Pages: 4, Rights: layout.R | layout.W}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, a, b := pair(t)
			b.table.Receive(0, &Msg{Kind: Offer, ID: 77, Life: 1, PA: pool + 4*page, Pages: 2, Rights: layout.R, Purpose: ForBroadcast})
			a.in[1] = nil
			o := c.o
			o.Kind, o.ID = Offer, max(o.ID, 5)
			if o.Life == 0 {
				o.Life = 1
			}
			if o.Purpose == 0 {
				o.Purpose = ForBinding
			}
			before := len(b.mapped)
			b.table.Receive(0, &o)
			switch {
			case c.want == 0:
				if len(b.mapped) != before+int(o.Pages) || len(a.in[1]) != 1 || a.in[1][0].Kind != Accept {
					t.Errorf("not accepted: %+v", a.in[1])
				}
			case len(b.mapped) != before:
				t.Errorf("%d frames are mapped", len(b.mapped)-before)
			case c.want == BadLife: // there is nobody to answer
				if b.table.Dropped != 1 || len(a.in[1]) != 0 {
					t.Errorf("answered %+v", a.in[1])
				}
			case len(a.in[1]) != 1 || a.in[1][0].Kind != Refuse || a.in[1][0].Why != c.want || a.in[1][0].ID != o.ID:
				t.Errorf("answered %+v, want %v", a.in[1], c.want)
			}
		})
	}
}

// Bounds hold, and what fails costs nothing.
// Sabotage: let New keep the frames when they cannot be mapped; let Give forget MaxGrants.
func TestBounds(t *testing.T) {
	n, a, b := pair(t)
	for _, pages := range []uint64{0, MaxPages + 1, poolPages + 1} {
		if m, err := a.table.New(pages); err == nil {
			t.Errorf("%d pages: %+v", pages, m)
		}
	}
	m, err := a.table.New(poolPages)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.table.New(1); err == nil {
		t.Error("more frames than there are")
	}
	given := 0
	for range MaxGrants + 1 {
		if _, err := a.table.Give(m, 1, layout.R, ForBroadcast, [3]uint64{}, nil); err == nil {
			given++
		}
	}
	if given != MaxGrants {
		t.Errorf("%d grants, want %d", given, MaxGrants)
	}
	for _, bad := range []func() (*Given, error){
		func() (*Given, error) { return a.table.Give(m, 0, layout.R, ForBroadcast, [3]uint64{}, nil) },
		func() (*Given, error) { return a.table.Give(m, 2, layout.R, ForBroadcast, [3]uint64{}, nil) },
		func() (*Given, error) { return a.table.Give(m, -1, layout.R, ForBroadcast, [3]uint64{}, nil) },
		func() (*Given, error) { return b.table.Give(m, 0, layout.X, ForBroadcast, [3]uint64{}, nil) },
	} {
		if g, err := bad(); err == nil {
			t.Errorf("a grant that cannot be: %+v", g)
		}
	}
	n.settle()
	if len(a.table.given) != 1 || len(b.table.held) != 1 {
		t.Errorf("%d given, %d held; one is no overlap", len(a.table.given), len(b.table.held))
	}
	freed := false
	a.table.Free(m, func() { freed = true })
	if freed {
		t.Error("free although another core maps the frames")
	}
	n.settle()
	if !freed || a.table.Frames() != poolPages || len(b.mapped) != 0 {
		t.Errorf("freed %v, %d frames, %d mapped", freed, a.table.Frames(), len(b.mapped))
	}
}

// A holder that does not answer, whose channel is lost even, keeps the frames until it
// is dead.
// Sabotage: let Lost end the grants; let Revoke end them when it cannot send.
func TestSilentHolder(t *testing.T) {
	_, a, b := pair(t)
	m, _ := a.table.New(2)
	var told []error
	g, err := a.table.Give(m, 1, layout.R, ForBinding, [3]uint64{}, func(err error) { told = append(told, err) })
	if err != nil {
		t.Fatal(err)
	}
	var gone error
	g.Gone = func(err error) { gone = err }
	b.deliver(0, 1)
	a.linked[1] = 0 // lost
	a.table.Lost(1, ErrDead)
	a.table.Free(m, nil)
	if len(told) != 1 || told[0] == nil || gone != nil || a.table.Frames() != poolPages-2 {
		t.Fatalf("told %v, gone %v, %d frames", told, gone, a.table.Frames())
	}
	a.table.Dead(1, 0) // an earlier life
	if a.table.Frames() != poolPages-2 {
		t.Fatal("the death of an earlier life frees the frames")
	}
	b.die()
	a.table.Dead(1, 1)
	if gone == nil || a.table.Frames() != poolPages {
		t.Errorf("gone %v, %d frames", gone, a.table.Frames())
	}
}

// The next life of a granter uses its pool only when the last holder has let go, though
// that has long noticed the death and linked anew.
// Sabotage: let Open return nil when all cores are linked; let finish not wait for Ended.
func TestNextLifeWaits(t *testing.T) {
	n, a, b := pair(t)
	m, _ := a.table.New(1)
	a.give(m, 1, ForBinding, 0)
	b.deliver(0, 1)
	a.die()
	a.birth()
	if err := a.table.Open(); err == nil {
		t.Fatal("open before anybody was asked")
	}
	b.notice(0)
	n.link(0, 1)
	a.table.Open()
	b.deliver(0, 9)
	a.deliver(1, 9)
	if got := a.table.Open(); got == nil || got.Error() != "core 0 cannot use its user pool yet: core 1 may map frames of its earlier life" {
		t.Fatalf("open although core 1 maps the frame: %v", got)
	}
	if list := a.table.Missing(); len(list) != 1 || list[0] != 1 {
		t.Errorf("missing: %v", list)
	}
	b.let(0)
	a.deliver(1, 9)
	if err := a.table.Open(); err != nil {
		t.Fatal(err)
	}
}

// It does not wait for who is dead, nor for who dies meanwhile.
// Sabotage: let advance not ask firmware.
func TestNextLifeOutlivesHolders(t *testing.T) {
	n := newNet(t, 3, 1)
	n.settle()
	a := n.nodes[0]
	a.die()
	a.birth()
	n.nodes[1].die()
	n.settle()
	n.link(0, 2)
	if a.table.Open(); len(a.table.Missing()) != 1 {
		t.Fatalf("missing %v, want core 2", a.table.Missing())
	}
	n.nodes[2].die()
	a.notice(2)
	if err := a.table.Open(); err != nil {
		t.Error(err)
	}
}

// FuzzReceive feeds a table with messages of a mad core: it ends nothing that another
// core holds, maps nothing that is not in that core's pool, and does not panic.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{1, 1, 1, 1, 1, 1, 1})
	f.Add([]byte{5, 1, 0, 0, 0, 0, 0, 6, 1, 7, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		n := newNet(t, 3, 1)
		n.link(0, 1)
		n.link(0, 2)
		a := n.nodes[0]
		m, _ := a.table.New(1)
		a.give(m, 2, ForBroadcast, 0)
		n.nodes[2].deliver(0, 9)
		a.deliver(2, 9)
		next := func() uint64 {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return uint64(b)
		}
		for len(data) > 0 {
			pool := n.plan.Cores[next()%3].User.Base
			msg := Msg{Kind: Kind(next() % 9), ID: uint32(next() % 4), Life: uint32(next() % 3), Purpose: Purpose(next() % 5),
				Rights: layout.Perm(next() % 8), Why: Why(next()), PA: pool + next()*layout.PageSize/4, Pages: next() % 12, Arg: [3]uint64{next() % 3}}
			a.table.Receive(1, &msg)
		}
		for pa := range a.mapped {
			if !n.plan.Cores[1].User.Contains(pa) && pa != m.PA {
				t.Errorf("core 0 maps %#x", pa)
			}
		}
		if acc := a.table.Account(); len(acc.Given) != 1 || acc.Given[0].Core != 2 || !acc.Given[0].Settled {
			t.Errorf("the grant to core 2 has suffered: %+v", acc.Given)
		}
	})
}
