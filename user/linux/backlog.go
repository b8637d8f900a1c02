package linux

import "atoll/monitor/parcel"

// backlog is what another core has asked of the home's files that is not begun yet, in the order in which it was asked: the core does not take its answers, which
// would lie in the heap, or there is no coroutine.
type backlog struct {
	r    *realm
	core int
	list []*parcel.Parcel // that wait for room for an answer
	size int              // bytes that all of it takes
}

// mostBacklog bounds it, in bytes, each question with as much as it takes beside its data. A core that keeps to how it is asked has a question for each
// call that waits, and some for owners of locks that have gone: who asks more is not answered.
const (
	mostBacklog  = parcel.MostQueued
	questionCost = 512
)

// backlogOf returns that of a core.
func (r *realm) backlogOf(core int) *backlog {
	if r.backlogs[core] == nil {
		r.backlogs[core] = &backlog{r: r, core: core}
	}
	return r.backlogs[core]
}

// add takes a question.
func (b *backlog) add(p *parcel.Parcel) {
	size := questionCost + len(p.Data)
	if b.size+size > mostBacklog {
		return
	}
	b.size += size
	if b.list = append(b.list, p); len(b.list) == 1 {
		b.await()
	}
}

// await begins the first when there is room, and then the others.
func (b *backlog) await() {
	b.r.link.Room(b.core, func() {
		if b.r.backlogs[b.core] != b || b.r.sys.ended {
			return // the core is dead
		}
		b.begin(b.list[0])
		if b.list = b.list[1:]; len(b.list) > 0 {
			b.await()
		}
	})
}

// begin answers a question, at once or when there is a coroutine.
func (b *backlog) begin(p *parcel.Parcel) {
	op, number := p.W[1], p.W[2]
	b.r.answering(b.core, func() {
		b.size -= questionCost + len(p.Data)
		reply, err := b.r.fileReply(b.core, op, p.Data)
		b.r.reply(b.core, number, err, reply)
	})
}
