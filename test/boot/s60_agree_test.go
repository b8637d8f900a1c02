package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/test/qemu"
)

// namesLine is a line of `names -json`.
type namesLine struct {
	Event       string
	Name        string
	Core        int
	Incarnation int
	Members     string
	Dropped     int
}

// names asks a core for its copy of the table of services.
func (m *mortal) names(core int) (services map[string][2]int, end namesLine) {
	m.t.Helper()
	services = map[string][2]int{}
	m.do(fmt.Sprintf("names %d -json", core))
	for {
		var l namesLine
		if err := json.Unmarshal([]byte(m.Expect(`^{"event":"names?",.*}$`)[0]), &l); err != nil {
			m.t.Fatal(err)
		}
		if l.Event == "names" {
			return services, l
		}
		services[l.Name] = [2]int{l.Core, l.Incarnation}
	}
}

// records asks a core for what has been agreed on of all cores, in words.
func (m *mortal) records(core int) (words string) {
	m.t.Helper()
	m.do(fmt.Sprintf("cores %d -json", core))
	for {
		var l struct {
			Event, State, Agreed string
			Core, Incarnation    int
			Since, View          int
		}
		if err := json.Unmarshal([]byte(m.Expect(`^{"event":"(?:core|cores|replica)",.*}$`)[0]), &l); err != nil {
			m.t.Fatal(err)
		}
		switch l.Event {
		case "core":
			words += fmt.Sprintf("%d:%s/%d since %d agreed %s, ", l.Core, l.State, l.Incarnation, l.Since, l.Agreed)
		case "replica":
			words += fmt.Sprintf("view %d", l.View)
		case "cores":
			return words
		}
	}
}

// recorded waits until the records of all living cores are the same, agreed on, and true.
func (m *mortal) recorded() {
	m.t.Helper()
	end := time.Now().Add(20 * time.Second)
	first := ""
	for _, core := range m.alive() {
		for {
			got := m.records(core)
			if first == "" && m.isTrue(got) {
				first = got
			}
			if got == first {
				break
			}
			if time.Now().After(end) {
				m.t.Fatalf("core %d has %s\nthe first has %s; true is %v of the lives %v", core, got, first, m.lives, m.last)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// isTrue reports whether records are agreed on and say who lives in which life.
func (m *mortal) isTrue(records string) bool {
	for core, life := range m.lives {
		want := fmt.Sprintf("%d:up/%d since ", core, life)
		if life == 0 {
			want = fmt.Sprintf("%d:dead/%d since ", core, m.last[core])
		}
		if !strings.Contains(records, want) {
			return false
		}
	}
	return !strings.Contains(records, "agreed no")
}

// agreed waits until the copies of all living cores say what is so: each exports its
// echo service in its present life, the owner the console, the lowest the knowledge base.
func (m *mortal) agreed() {
	m.t.Helper()
	alive := m.alive()
	want := map[string][2]int{"console": {m.owner, m.last[m.owner]}, "skb": {alive[0], m.last[alive[0]]}}
	members := ""
	for _, core := range alive {
		want[fmt.Sprint("echo.", core)] = [2]int{core, m.last[core]}
		members += fmt.Sprint(",", core)
	}
	for _, core := range alive {
		end := time.Now().Add(20 * time.Second)
		for {
			got, line := m.names(core)
			if line.Dropped != 0 {
				m.t.Errorf("core %d took %d messages for nonsense", core, line.Dropped)
			}
			if fmt.Sprint(got) == fmt.Sprint(want) && ","+line.Members == members {
				break
			}
			if time.Now().After(end) {
				m.t.Fatalf("core %d knows %v and the members %s, want %v and %s", core, got, line.Members, want, members[1:])
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// TestS60Names kills and restarts every core, the owner of the console and the lowest
// one among them, and asks all that live for their table of services, and their records
// of the cores, after each.
// Sabotage: leave partAgreement out of bury; let keepNames take nothing back; let Next
// (monitor/replica) give no item of a core.
func TestS60Names(t *testing.T) {
	t.Parallel()
	for _, harts := range []int{4, 8} {
		t.Run(fmt.Sprintf("harts=%d", harts), func(t *testing.T) {
			m := newMortal(t, machine(harts))
			m.agreed()
			for n, how := range []string{"panic", "wild", "hang", "panic", "oom", "panic", "wild", "panic"}[:harts] {
				m.Send(fmt.Sprintf("crash %d %s\r", n, how))
				m.deaths(n)
				m.agreed()
				m.recorded()
				m.start(n)
				m.agreed()
				m.recorded()
			}
			m.goesOn()
			m.end()
		})
	}
}

// TestS60Bind binds by name, across a death: the name of a dead core is gone, and its
// next life is bound to. So are the console and the knowledge base, from other cores and
// their own, before and after their core has died.
func TestS60Bind(t *testing.T) {
	t.Parallel()
	console := run(t, machine(4), "bind echo.2; bind 1 echo.3; crash 2 panic; names; start 2; names; bind 3 echo.2; audit")
	facts := qemu.Facts(console, "bind")
	var pairs [][2]int
	for _, f := range facts {
		pairs = append(pairs, [2]int{f.Int("from"), f.Int("to")})
	}
	if want := [][2]int{{0, 2}, {1, 3}, {3, 2}}; !slices.Equal(pairs, want) {
		t.Errorf("bound: %v, want %v", pairs, want)
	}
	said := run(t, machine(3), "bind 2 console; bind console; bind 1 skb; crash 0 panic; bind 2 console; bind 2 skb; start 0; names; bind 1 skb; bind 0 console; bind 0 0; bind close; audit")
	to := map[string]bool{}
	for _, f := range qemu.Facts(said, "bind") {
		to[fmt.Sprintf("%d-%d:%d", f.Int("from"), f.Int("to"), f.Int("service"))] = true
	}
	for _, want := range []string{"2-0:3", "0-0:3", "1-0:2", "2-1:3", "2-1:2", "0-1:3", "0-0:1"} {
		if !to[want] {
			t.Errorf("no core has bound %s: %v\n%s", want, to, kernelPart(said))
		}
	}
	for _, want := range []string{"core 2 speaks to the console of core 0\n", "core 2 speaks to the console of core 1\n", "core 0 speaks to the console of core 1\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody has heard %q\n%s", want, kernelPart(said))
		}
	}
	names := qemu.Facts(console, "names")
	if len(names) != 2 || names[0].Int("services") != 5 || names[1].Int("services") != 6 {
		t.Errorf("services: %v", names)
	}
}
