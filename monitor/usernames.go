package monitor

import (
	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/replica"
)

// Names of programs' services are agreed on like those of the monitors' own, with a prefix
// that keeps the two apart: no program takes the console's name.

const userPrefix = "u/"

// userName is the agreed name of a program's service.
func userName(name abi.Name) replica.Name {
	n, err := replica.NameOf(userPrefix + name.String())
	if err != nil {
		panic("monitor: " + err.Error()) // the shortest and the longest name have room
	}
	return n
}

var _ [replica.MaxName - len(userPrefix) - abi.MaxName]byte

// userExport is a program's service; it is a domain.Export. It belongs to the event loop.
type userExport struct {
	m       *Monitor
	number  uint32
	arrived func(domain.Link)
	done    func(domain.Export, abi.Error) // nil = has been called
	over    bool
}

// Export offers a service under a name: it is kept as long as it is not withdrawn.
func (c channelMaker) Export(name abi.Name, arrived func(domain.Link), done func(domain.Export, abi.Error)) {
	m := c.m
	m.do(func() {
		u := &m.users
		for u.number++; u.exports[u.number] != nil; u.number++ {
		}
		x := &userExport{m: m, number: u.number, arrived: arrived, done: done}
		u.exports[x.number] = x
		k := m.names.add(userName(name), x.number, func(*Monitor) bool { return !x.over })
		k.user = x
		m.agreement.changed = true
	})
}

// Withdraw takes a service back; the name follows when the cores have agreed on that.
func (x *userExport) Withdraw() { x.m.do(x.end) }

func (x *userExport) end() {
	x.over = true
	delete(x.m.users.exports, x.number)
	x.m.agreement.changed = true
}

// seen tells the CPU driver what has become of the name: it is ours, or another has it. It
// reports whether there is nothing more to keep.
func (x *userExport) seen(there, mine bool) (forget bool) {
	if done := x.done; done != nil && there {
		x.done = nil
		if mine {
			done(x, abi.OK)
		} else {
			x.end()
			done(nil, abi.ErrTaken)
		}
	}
	return x.over && !mine
}
