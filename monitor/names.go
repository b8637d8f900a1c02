package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"atoll/monitor/agree"
	"atoll/monitor/binding"
	"atoll/monitor/message"
	"atoll/monitor/replica"
	"atoll/monitor/route"
)

// Services have names, which all cores agree on. A core exports its monitor's own ones
// when the machine is up, and takes them back when another core has their part: the
// console belongs to its owner, the knowledge base to the lowest living core. The names
// of a dead core go with the view that it is not a member of.

// Names of the monitors' own services.
const (
	nameConsole = "console"
	nameSKB     = "skb"
	nameEcho    = "echo." // and the core
)

// keptName is a name that this core exports as long as it has a part to play.
type keptName struct {
	name   replica.Name
	number uint32
	wanted func(m *Monitor) bool
	busy   bool        // it is being exported, or taken back
	user   *userExport // whose it is; nil = the monitor's own
}

// names is this core's part. It belongs to the event loop.
type names struct {
	kept []*keptName
}

func (n *names) init(m *Monitor) {
	n.keep(nameConsole, consoleService, func(m *Monitor) bool { return m.owner == m.self })
	n.keep(nameSKB, knowledgeService, func(m *Monitor) bool { return m.host() == m.self })
	n.keep(fmt.Sprint(nameEcho, m.self), echoService, func(*Monitor) bool { return true })
}

// unique reports whether a name is one of those that one core of the system has.
func (n *names) unique(name replica.Name) bool {
	return name == n.kept[0].name || name == n.kept[1].name
}

func (n *names) keep(text string, number uint32, wanted func(m *Monitor) bool) {
	name, err := replica.NameOf(text)
	if err != nil {
		panic("monitor: " + err.Error())
	}
	n.add(name, number, wanted)
}

func (n *names) add(name replica.Name, number uint32, wanted func(m *Monitor) bool) *keptName {
	k := &keptName{name: name, number: number, wanted: wanted}
	n.kept = append(n.kept, k)
	return k
}

// keepNames exports what this core should and does not, and takes back what it does and
// should not.
func (m *Monitor) keepNames() {
	if !m.birth.over || !m.agreement.node.Open() {
		return
	}
	m.names.kept = slices.DeleteFunc(m.names.kept, func(k *keptName) bool {
		e, there := m.agreement.replica.Services.Lookup(k.name)
		mine := there && int(e.Core) == m.self && e.Incarnation == m.incarnation && e.Number == k.number
		if k.user != nil && !k.busy && k.user.seen(there, mine) {
			return true
		}
		wanted := k.wanted(m)
		switch {
		case k.busy:
		case wanted && !there:
			m.startName(k, &Operation{replica.Put, true, replica.PutData(k.name, k.number)})
		case mine && !wanted:
			m.startName(k, &Operation{replica.Delete, false, replica.DeleteData(k.name)})
		}
		return false
	})
}

// startName begins an operation on a name. What is refused is tried again.
func (m *Monitor) startName(k *keptName, o *Operation) {
	err := m.beginOperation(o, func(what agree.EventKind, commit bool) {
		if what != agree.Finished {
			return
		}
		if k.busy = false; commit {
			m.agreement.changed = true
		} else {
			m.agreeLater()
		}
	})
	switch {
	case err == nil:
		k.busy = true
	case !errors.Is(err, agree.ErrChanging): // then the next view goes on
		m.agreeLater()
	}
}

// nameTime bounds an agreement on a name: a core that hangs holds it up until the watch
// has ended it.
const nameTime = 30 * time.Second

// ExportAs offers a service to all cores under a name of up to 24 printable characters,
// which no other has, and a number. Not for the event loop.
func (m *Monitor) ExportAs(ctx context.Context, name string, number uint32, s Server) error {
	n, err := replica.NameOf(name)
	if err != nil {
		return err
	}
	m.Export(uint64(number), s)
	return m.Operate(ctx, nameTime, &Operation{replica.Put, true, replica.PutData(n, number)})
}

// Withdraw takes the name of a service of this core back. Not for the event loop.
func (m *Monitor) Withdraw(ctx context.Context, name string) error {
	n, err := replica.NameOf(name)
	if err != nil {
		return err
	}
	return m.Operate(ctx, nameTime, &Operation{replica.Delete, false, replica.DeleteData(n)})
}

// Lookup finds a service by its name, in this core's own table. Not for the event loop.
func (m *Monitor) Lookup(name string) (e replica.Entry, err error) {
	n, err := replica.NameOf(name)
	if err != nil {
		return e, err
	}
	there := false
	m.wait(func() { e, there = m.agreement.replica.Services.Lookup(n) })
	if !there {
		err = fmt.Errorf("no core exports %s", name)
	}
	return e, err
}

// BindName binds to the service of a name. It waits within the bound. Not for the event
// loop.
func (m *Monitor) BindName(ctx context.Context, name string, bound time.Duration) (*binding.Binding, error) {
	e, err := m.Lookup(name)
	if err != nil {
		return nil, err
	}
	return m.Bind(ctx, int(e.Core), uint64(e.Number), bound)
}

// nameRecord is a service in a core's table.
type nameRecord struct {
	Name                [3]uint64
	Core                uint64
	Incarnation, Number uint32
}

// viewAnswer is the view that a core has installed, and what it has not understood.
// Settled is not 0 if nothing is known that is still to be agreed on: all that are up are
// members, each of them has a service, and the system has its own.
type viewAnswer struct{ Number, Members, Dropped, Settled uint64 }

var askNames = message.DeclareStream[message.None, viewAnswer, nameRecord](62, "names")

func init() {
	serveStream(askNames, func(m *Monitor, _ client, _ message.None) (viewAnswer, []nameRecord, error) {
		var list []nameRecord
		var served route.Set
		system := 0
		for e := range m.agreement.replica.Services.All {
			served |= route.Of(int(e.Core))
			if m.names.unique(e.Name) {
				system++
			}
			list = append(list, nameRecord{e.Name, uint64(e.Core), e.Incarnation, e.Number})
		}
		slices.SortFunc(list, func(a, b nameRecord) int { return compareNames(a.Name, b.Name) })
		v := m.agreement.node.View()
		a := viewAnswer{Number: uint64(v.Number), Members: v.Members, Dropped: m.agreement.node.Dropped()}
		if up := m.upSet(); m.agreement.node.Open() && route.Set(v.Members) == up && served == up && system == 2 {
			a.Settled = 1
		}
		return a, list, nil
	})
}

// compareNames orders names by their text.
func compareNames(a, b replica.Name) int {
	var x, y [replica.MaxName]byte
	return slices.Compare(a.Append(x[:0]), b.Append(y[:0]))
}
