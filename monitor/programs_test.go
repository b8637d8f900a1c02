package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/monitor/console"
)

// simUserland runs programs: "exit" ends at once with the length of its arguments as
// status, "wait" when it is killed. "echo" has a terminal, where it shows what is typed, twice, until
// that is a full stop.
type simUserland struct {
	h       *simHart
	mu      sync.Mutex
	args    [][]string
	shares  []uint64
	running map[uint64]func(pid uint64, status int)
	last    uint64
	said    string // what commands have printed
	ram     uint64 // bytes that it lends at a time
	lent    [][4]uint64
}

func (u *simUserland) Start(p Program) (uint64, error) {
	args := p.Args
	u.mu.Lock()
	defer u.mu.Unlock()
	if args[0] != "exit" && args[0] != "wait" && args[0] != "echo" && args[0] != "command" {
		return 0, errors.New("there is no such program")
	}
	u.args, u.shares = append(u.args, args), append(u.shares, p.Share)
	u.last++
	u.running[u.last] = p.Ended
	if args[0] == "exit" {
		pid := u.last
		go u.end(pid, len(strings.Join(args, "")))
	}
	if args[0] == "command" {
		go u.command(u.last, args[1], p.Commander)
	}
	if args[0] == "echo" {
		go u.echo(u.last, p.Terminal)
	}
	return u.last, nil
}

// commandTime bounds it.
const commandTime = 20 * time.Second

// command is the program of that name: it has a line carried out, and completed.
func (u *simUserland) command(pid uint64, line string, c console.Commander) {
	ctx, end := context.WithTimeout(context.Background(), commandTime) // goroutines of the dead end, too
	defer end()
	var out strings.Builder
	status := c.Command(ctx, line, &out)
	if status != console.Interrupted {
		more, list := c.Complete(line)
		u.mu.Lock()
		u.said = out.String() + more + "|" + list
		u.mu.Unlock()
	}
	u.end(pid, status)
}

// echo is the program of that name.
func (u *simUserland) echo(pid uint64, t console.Terminal) {
	typed := make(chan string, 100)
	t.Keys(func(b []byte) { typed <- string(b) })
	unread := ""
	for text := range typed {
		var ends bool
		if text, unread, ends = strings.Cut(text, "."); ends {
			break
		}
		fmt.Fprint(t, text, text)
	}
	t.Keys(nil)
	for len(typed) > 0 {
		unread += <-typed
	}
	t.Return([]byte(unread))
	u.end(pid, 0)
}

func (u *simUserland) end(pid uint64, status int) bool {
	u.mu.Lock()
	ended := u.running[pid]
	delete(u.running, pid)
	u.mu.Unlock()
	if ended != nil {
		fmt.Fprintf(u.h, "program %d has ended\n", pid)
		ended(pid, status)
	}
	return ended != nil
}

func (u *simUserland) Kill(pid uint64) bool { return u.end(pid, 137) }

func (u *simUserland) Running() (list []RunningProgram, m ProgramMemory) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for pid := range u.running {
		list = append(list, RunningProgram{PID: pid, Name: ProgramName("wait")})
	}
	return list, ProgramMemory{1, 2, 3}
}

// Lend lends up to what the core has.
func (u *simUserland) Lend(to int, number uint32, bytes, align uint64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if bytes > u.ram {
		return abi.ErrNoMemory
	}
	u.lent = append(u.lent, [4]uint64{uint64(to), uint64(number), bytes, align})
	return nil
}
func (u *simUserland) Open() error                   { return nil }
func (u *simUserland) Files() ([]ProgramFile, error) { return nil, errors.New("there is no archive") }

func (u *simUserland) Mappings(kernel func() []layout.Mapping) []layout.Mapping { return kernel() }

// withPrograms is a machine whose cores run programs; each life of a core has a userland.
func withPrograms(cores int) (config, func(core int) *simUserland) {
	var mu sync.Mutex
	lands := map[int]*simUserland{}
	return config{cores: cores, drive: func(h *simHart, m *Monitor) {
			u := &simUserland{h: h, running: map[uint64]func(uint64, int){}}
			m.SetUserland(u)
			mu.Lock()
			lands[h.core] = u
			mu.Unlock()
		}}, func(core int) *simUserland {
			mu.Lock()
			defer mu.Unlock()
			return lands[core]
		}
}

// A core runs programs for others: arguments come as they are, the status comes back when
// what the program wrote is on the console, and what is refused has a sentence.
// Sabotages: in sendText, begin each piece anew; in runProgram, leave out whenSaid.
func TestPrograms(t *testing.T) {
	c, land := withPrograms(3)
	simulate(t, c, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {})
		long := strings.Repeat("x", 4000)
		for core := range c.cores {
			for i, args := range [][]string{{"exit"}, {"exit", "", "a b", ""}, {"exit", long}} {
				end, err := s.Run(core, console.Program{Args: args})
				if want := len(strings.Join(args, "")) & 0xff; err != nil || end.Status != want || end.PID != uint64(i+1) {
					t.Errorf("core %d: %+v, %v", core, end, err)
				}
				if !slices.Equal(land(core).args[i], args) {
					t.Errorf("core %d has got %q", core, land(core).args[i])
				}
				if said := m.console.of(core); len(said) == 0 || said[len(said)-1] != fmt.Sprintf("program %d has ended\n", i+1) {
					t.Errorf("core %d has said %q by then", core, said)
				}
			}
			if _, err := s.Run(core, console.Program{Args: []string{"no"}}); err == nil || err.Error() != "there is no such program" {
				t.Error(err)
			}
			for _, args := range [][]string{{"exit", long + long}, {"exit\x00"}} {
				if _, err := s.Run(core, console.Program{Args: args}); !errors.Is(err, ErrArgs) {
					t.Error(err)
				}
			}
			end, err := s.Run(core, console.Program{Args: []string{"wait"}, Background: true})
			if err != nil || end.PID != 4 {
				t.Errorf("in the background: %+v, %v", end, err)
			}
			if list, memory, err := s.Processes(core); err != nil || len(list) != 1 || list[0].Name != "wait" || memory.Capabilities != 3 {
				t.Errorf("%+v, %+v, %v", list, memory, err)
			}
			if err := s.Kill(core, 4); err != nil {
				t.Error(err)
			}
			if err := s.Kill(core, 4); err == nil || err.Error() != fmt.Sprintf("core %d runs no program 4", core) {
				t.Error(err)
			}
			if _, err := s.Files(core); err == nil || err.Error() != "there is no archive" {
				t.Error(err)
			}
			if len(m.mon(core).programs.running) != 0 {
				t.Errorf("core %d thinks that somebody waits", core)
			}
		}
	})
}

// What a program runs comes to its core with the name of the run; what is typed has none.
// Sabotages: in programRunner's Run, give 0; in runProgram, leave out Share.
func TestProgramShares(t *testing.T) {
	c, land := withPrograms(2)
	simulate(t, c, func(t *testing.T, m *machine) {
		for core := range c.cores {
			done := make(chan abi.Error, 1)
			m.mon(0).Programs().Run(core, 77, []string{"exit"}, func(_ int, e abi.Error) { done <- e })
			if e := <-done; e != abi.OK {
				t.Error(e)
			}
			NewSystem(m.mon(0), func() {}).Run(core, console.Program{Args: []string{"exit"}})
			if got := land(core).shares; !slices.Equal(got, []uint64{77, 0}) {
				t.Errorf("core %d: programs of the shares %d", core, got)
			}
		}
	})
}

// A program for which nobody waits any more is killed, but not one in the background; and
// who waits for a core that dies learns that.
// Sabotages: leave programs.cancel out of cancel; in cancel, do not kill; in runProgram, do
// not look at killed.
func TestProgramsForNobody(t *testing.T) {
	c, land := withPrograms(4)
	left := func(core int) int {
		list, _ := land(core).Running()
		return len(list)
	}
	simulate(t, c, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {})
		for core := range 3 {
			giveUp(t, "run", func(ctx context.Context) error {
				_, err := s.With(ctx).Run(core, console.Program{Args: []string{"wait"}})
				return err
			})
			if settle(); left(core) != 0 {
				t.Errorf("core %d goes on with a program that was given up", core)
			}
		}
		// It is given up before it has begun.
		ctx, giveUp := context.WithCancel(context.Background())
		giveUp()
		s.With(ctx).Run(1, console.Program{Args: []string{"wait"}})
		if settle(); left(1) != 0 {
			t.Error("a program goes on that was given up before it began")
		}
		// Its core dies.
		done := make(chan error, 1)
		go func() {
			_, err := s.Run(3, console.Program{Args: []string{"wait"}})
			done <- err
		}()
		settle()
		m.harts[3].die(FailPanic)
		if err := <-done; err == nil || !strings.Contains(err.Error(), "core 3") {
			t.Errorf("the core of a program is dead, and who waits for it is told %v", err)
		}
		// Who waits dies.
		dead, end := context.WithCancel(context.Background())
		defer end() // goroutines of the dead, too
		go NewSystem(m.mon(2), func() {}).With(dead).Run(1, console.Program{Args: []string{"wait"}})
		NewSystem(m.mon(2), func() {}).Run(1, console.Program{Args: []string{"wait"}, Background: true})
		settle()
		if left(1) != 2 {
			t.Fatalf("%d programs run, want 2", left(1))
		}
		m.harts[2].die(FailPanic)
		time.Sleep(2 * time.Second)
		if left(1) != 1 {
			t.Errorf("%d programs run after the death of who waited for one of 2", left(1))
		}
		s.Kill(1, land(1).last)
		s.Kill(1, land(1).last-1)
	})
}

// What peers say about arguments is input.
// Sabotages: in tellProgram, do not look at Count, or at the length of all.
func TestProgramTexts(t *testing.T) {
	c, land := withPrograms(2)
	simulate(t, c, func(t *testing.T, m *machine) {
		mon := m.mon(1)
		ask := func(length uint64, texts ...programText) (err error) {
			m.at(1, func() {
				for _, x := range texts {
					mon.tellProgram(mon.peers[0], x)
				}
				mon.runProgram(client{0, 1}, programQuestion{Length: length}, func(_ programReport, e error) { err = e })
			})
			return err
		}
		piece := func(first uint8, text string) (x programText) {
			x.First, x.Count = first, uint8(copy(x.Text[:], text))
			return x
		}
		too := piece(1, "exit\x00")
		too.Count = 49
		many := []programText{piece(1, "exit\x00")}
		for range maxProgramText / 48 {
			many = append(many, piece(0, strings.Repeat("y", 48)))
		}
		many = append(many, piece(0, strings.Repeat("y", 47)+"\x00"))
		all := uint64(5 + 48*(len(many)-1))
		for _, err := range []error{
			ask(0), ask(5), ask(5, too), ask(4, piece(1, "exit")), ask(6, piece(1, "exit\x00")),
			ask(all, many...), ask(5, piece(1, "ex"), piece(1, "it\x00")),
		} {
			if err == nil || err.Error() != "core 1 has not got the arguments of the program" {
				t.Errorf("refused with %v", err)
			}
		}
		if len(land(1).args) != 0 || len(mon.programs.texts) != 0 || len(mon.programs.running) != 0 {
			t.Errorf("%d programs were begun, %d texts kept", len(land(1).args), len(mon.programs.texts))
		}
	})
}
