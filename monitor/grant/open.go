package grant

import (
	"fmt"
	"strings"

	"atoll/boot/plan"
)

// opening is how far this life is with having its user pool to itself. The first life
// has it from the start.
type opening struct {
	done    bool
	begun   bool
	waiting []func()              // called once when done
	cleared uint64                // cores that hold nothing of an earlier life
	asked   [plan.MaxCores]uint32 // their lives that have been asked
}

// Open begins to open the pool, or goes on with that, and returns nil once it is open;
// else an error that says whose answer is missing. It is called again when something
// may have changed, and may be called at any time.
func (t *Table) Open() error {
	o := &t.opening
	if o.done || t.life <= 1 {
		return nil
	}
	o.begun = true
	t.advance()
	if o.done {
		return nil
	}
	var missing []string
	for core := range int(t.plan.NCores) {
		if !t.isClear(core) {
			missing = append(missing, fmt.Sprint(core))
		}
	}
	return fmt.Errorf("core %d cannot use its user pool yet: core %s may map frames of its earlier life",
		t.self, strings.Join(missing, ", "))
}

// WhenOpen has f called as soon as the pool is open, which may be at once.
func (t *Table) WhenOpen(f func()) {
	if t.Open() == nil {
		f()
		return
	}
	t.opening.waiting = append(t.opening.waiting, f)
}

// Missing lists the cores whose word Open waits for.
func (t *Table) Missing() (list []int) {
	if t.opening.begun && !t.opening.done {
		for core := range int(t.plan.NCores) {
			if !t.isClear(core) {
				list = append(list, core)
			}
		}
	}
	return list
}

func (t *Table) isClear(core int) bool { return core == t.self || t.opening.cleared>>core&1 != 0 }

// advance asks whom it can. A core whose hart has stopped holds nothing, and its next
// life begins with nothing.
func (t *Table) advance() {
	o := &t.opening
	if !o.begun || o.done {
		return
	}
	o.done = true
	for core := range int(t.plan.NCores) {
		if t.isClear(core) {
			continue
		}
		if t.port.Stopped(core) {
			o.cleared |= 1 << core
			continue
		}
		o.done = false
		if life := t.port.Life(core); life != 0 && life != o.asked[core] &&
			t.port.Send(core, &Msg{Kind: Ask, Life: t.life}) == nil {
			o.asked[core] = life
		}
	}
	if o.done {
		waiting := o.waiting
		o.waiting = nil
		for _, f := range waiting {
			f()
		}
	}
}

// cleared takes a core's word that it holds nothing of our earlier lives.
func (t *Table) cleared(core int, m *Msg) bool {
	o := &t.opening
	if m.Life != t.life || o.asked[core] == 0 || o.asked[core] != t.port.Life(core) {
		return false
	}
	o.cleared |= 1 << core
	t.advance()
	return true
}

// askedClear takes the question of a core's new life.
func (t *Table) askedClear(core int, m *Msg) bool {
	if m.Life == 0 || m.Life != t.port.Life(core) {
		return false
	}
	t.asked[core] = m.Life
	t.answerClear(core)
	return true
}

// Recheck answers the question of a core's new life, if that is possible now.
func (t *Table) Recheck(core int) { t.answerClear(core) }

// answerClear answers the question as soon as that is true.
func (t *Table) answerClear(core int) {
	life := t.asked[core]
	if life == 0 || life != t.port.Life(core) || t.Busy != nil && t.Busy(core) {
		return
	}
	for _, h := range t.held {
		if h.Core == core && h.Life < life {
			return
		}
	}
	if t.port.Send(core, &Msg{Kind: Clear, Life: life}) == nil {
		t.asked[core] = 0
	}
}
