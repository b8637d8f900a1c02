package console

import (
	"fmt"
	"runtime"
	"time"
)

// fakeLives is the part of the fake machine in which cores die and start.
type fakeLives struct {
	odd    map[int]string // states other than up and dead
	births map[int]uint32 // since boot
	cause  map[int]string // of the last death
	fails  error          // of every order, instead of what was ordered
	liar   bool           // every order succeeds and changes nothing
	pace   []time.Duration
	// dies lets the own core die, and with it the goroutine that ordered that.
	dies bool
	// then is called after each order that was carried out.
	then func(f *fakeSystem)
}

func newFakeLives() fakeLives {
	return fakeLives{odd: map[int]string{}, births: map[int]uint32{}, cause: map[int]string{}}
}

func (f *fakeSystem) States() []CoreState {
	var list []CoreState
	for i := range int(f.plan.NCores) {
		s := CoreState{Core: i, Hart: i + 1, State: StateUp, Incarnation: f.births[i] + 1, Cause: f.cause[i]}
		if f.down[i] {
			s.State = StateDead
		}
		if odd := f.odd[i]; odd != "" {
			s.State = odd
		}
		if s.State == StateAbsent {
			s.Incarnation = 0
		}
		list = append(list, s)
	}
	return list
}

// Cores says that all have agreed on the states, but for core 1's if that is odd.
func (f *fakeSystem) Cores(core int) (CoreTable, error) {
	t := CoreTable{View: 3, Agreed: true}
	for _, s := range f.States() {
		r := CoreRecord{CoreState: s, Agreed: f.odd[s.Core] == "", Since: 1}
		if !r.Agreed {
			r.Since, t.Agreed = 0, false
		}
		t.Cores = append(t.Cores, r)
	}
	if core == f.self {
		return t, nil
	}
	return t, f.ask("cores", core)
}

// end ends a core, and this goroutine if it is its own.
func (f *fakeSystem) end(order string, core int, state, cause string) error {
	if err := f.ask(order, core); err != nil {
		return err
	}
	if f.fails != nil || f.liar || core == f.self && !f.dies {
		return f.fails
	}
	f.down[core] = true
	if state == StateDead {
		f.cause[core] = cause
	} else {
		f.odd[core] = state
	}
	if core == f.self {
		runtime.Goexit()
	}
	if f.then != nil {
		f.then(f)
	}
	return nil
}

func (f *fakeSystem) Crash(core int, how string) error {
	state, cause := StateDead, how
	if how == wayZombie {
		state, cause = StateZombie, ""
	}
	return f.end("crash "+how, core, state, cause)
}

func (f *fakeSystem) Stop(core int) error { return f.end("stop", core, StateDead, "stopped") }

func (f *fakeSystem) Start(core int) error {
	f.asked = append(f.asked, fmt.Sprint("start", []int{core}))
	if !f.liar && (!f.down[core] || f.odd[core] != "") {
		panic(fmt.Sprintf("core %d is to start, which is not dead", core))
	}
	if f.fails != nil || f.liar {
		return f.fails
	}
	if n := len(f.pace); n > 0 {
		time.Sleep(f.pace[0])
		f.pace = f.pace[1:]
	}
	f.down[core] = false
	f.births[core]++
	if f.then != nil {
		f.then(f)
	}
	return nil
}
