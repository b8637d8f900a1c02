package route

// Window is how many multicasts of one root can be on their way.
const Window = 16

// Env is what a Node acts through. All calls come from within steps of the Node.
type Env interface {
	// Ask and Reply send a message to a core; false if that cannot be: it counts as
	// gone for this multicast.
	Ask(core int, a Ask) bool
	Reply(core int, r Reply) bool
	// Tell writes a multicast of this core where others read it, and returns who of the
	// set will: the others are asked by messages.
	Tell(to Set, a Ask) Set
	// Deliver hands a multicast of another core to its handler, which calls Answer or
	// Pass, at once or later. The others have been asked by then.
	Deliver(a Ask)
	// Done ends a multicast of this core: who replied, and who of them said yes.
	Done(number uint64, kind uint8, replied, yes Set)
}

// record is what is known of one multicast.
type record struct {
	number   uint64
	earlier  uint64 // which were here before it: bit i for number - (i+1)*Window
	route    *Route // by which it was divided
	to       Set    // whom this core sees to, but itself
	direct   Set    // those of them that were asked for themselves alone
	waiting  Set    // those of them that are not accounted for
	parents  Set    // who waits for a reply
	replied  Set
	yes      Set
	used     bool
	answered bool // the handler's word has come
	repeated bool // the root has asked those who were missing
	done     bool
}

// Node is one core's part in all multicasts.
type Node struct {
	env   Env
	self  int
	cores Set
	route *Route
	rows  [][Window]record // by root
	own   [Window]Ask      // what this core has sent, to be sent again
	next  uint64
}

// NewNode makes the node of a core in one of its lives. Routes are unicast at first.
func NewNode(env Env, self, cores int, incarnation uint32) *Node {
	return &Node{
		env: env, self: self, cores: First(cores), route: Direct(Unicast, First(cores)),
		rows: make([][Window]record, cores), next: FirstNumber(incarnation),
	}
}

// had reports whether a multicast with a lower number was in this place. The root may ask
// for one again, by a message that waits in a channel while later ones come and end by way
// of others.
func (r *record) had(number uint64) bool {
	return r.earlier>>((r.number-number)/Window-1)&1 != 0
}

// passed is the earlier of a multicast that takes this place.
func (r *record) passed(number uint64) uint64 {
	if !r.used || number <= r.number {
		return 0
	}
	return (r.earlier<<1 | 1) << ((number-r.number)/Window - 1)
}

// Next is the number that the next multicast of this core will have.
func (n *Node) Next() uint64 { return n.next }

// SetRoute has multicasts that begin from now on take a route.
func (n *Node) SetRoute(r *Route) { n.route = r }

// Route returns the route of multicasts that begin now.
func (n *Node) Route() *Route { return n.route }

// record returns the place of a multicast.
func (n *Node) record(root int, number uint64) *record {
	return &n.rows[root][number%Window]
}

// Multicast sends a to the cores of a set, but this one. Done ends it, perhaps from
// within this call. ok is false if Window of them are on their way: try again when
// one is done. Number and Root are filled in.
func (n *Node) Multicast(to Set, a *Ask) (number uint64, ok bool) {
	number = n.next
	r := n.record(n.self, number)
	if r.used && !r.done {
		return 0, false
	}
	n.next++
	own := &n.own[number%Window]
	*own = *a
	own.Number, own.Root = number, uint8(n.self)
	*r = record{number: number, route: n.route, to: to & n.cores &^ Of(n.self), used: true, answered: true}
	n.spread(r, own)
	n.settle(n.self, r)
	return number, true
}

// spread asks the cores of a record.
func (n *Node) spread(r *record, a *Ask) {
	out := *a
	r.waiting = r.to
	rest := r.to
	if r.route.strategy == Broadcast && int(a.Root) == n.self {
		r.direct = n.env.Tell(r.to, *a) & r.to
		rest &^= r.direct
	}
	for f := r.route.Fan(n.self, rest); ; {
		core, set, ok := f.Next()
		if !ok {
			return
		}
		if set == Of(core) {
			r.direct |= set
		}
		out.To = set
		if !n.env.Ask(core, out) {
			r.waiting &^= set
		}
	}
}

// part is the set that a core is to account for, 0 if it was not asked. Those who were
// asked again directly are on their own.
func (n *Node) part(r *record, core int) Set {
	if r.direct.Has(core) {
		return Of(core)
	}
	if !r.to.Has(core) {
		return 0
	}
	for f := r.route.Fan(n.self, r.to); ; {
		c, set, ok := f.Next()
		if !ok || c == core {
			return set &^ r.direct
		}
	}
}

// Asked takes an ask of a peer.
func (n *Node) Asked(from int, a *Ask) {
	root := int(a.Root)
	if !n.peer(from) || root == n.self || !n.cores.Has(root) || a.Len > Words {
		return
	}
	r := n.record(root, a.Number)
	switch {
	case !a.To.Has(n.self), r.used && a.Number < r.number && (from != root || r.had(a.Number)):
		// Nonsense, or long done. What the root itself says counts, whatever another has
		// said in its name, but if it was here already.
		n.env.Reply(from, Reply{Number: a.Number, Root: a.Root})
	case r.used && a.Number == r.number:
		n.again(from, r, a)
	default:
		*r = record{number: a.Number, earlier: r.passed(a.Number), route: n.route, to: a.To & n.cores &^ Of(n.self, root), parents: Of(from), used: true}
		n.spread(r, a)
		n.env.Deliver(*a)
		n.settle(root, r)
	}
}

// again takes an ask that this core has had already.
func (n *Node) again(from int, r *record, a *Ask) {
	if r.answered && r.waiting&a.To == 0 {
		n.env.Reply(from, r.reply(int(a.Root)))
		return
	}
	r.parents |= Of(from)
}

func (r *record) reply(root int) Reply {
	return Reply{Number: r.number, Root: uint8(root), Replied: r.replied, Yes: r.yes}
}

// Answer is the handler's word on a multicast that was delivered. One that has gone
// on without it is not interested any more.
func (n *Node) Answer(root int, number uint64, yes bool) {
	if r := n.delivered(root, number); r != nil {
		r.replied |= Of(n.self)
		if yes {
			r.yes |= Of(n.self)
		}
		n.settle(root, r)
	}
}

// Pass is the handler's word that it does not reply now: others need not wait for it,
// and the root does not count it among those who replied.
func (n *Node) Pass(root int, number uint64) {
	if r := n.delivered(root, number); r != nil {
		n.settle(root, r)
	}
}

// delivered returns the record of a multicast that waits for its handler's word, which
// has come now; nil if none does.
func (n *Node) delivered(root int, number uint64) *record {
	if !n.cores.Has(root) || root == n.self {
		return nil
	}
	r := n.record(root, number)
	if !r.used || r.number != number || r.answered {
		return nil
	}
	r.answered = true
	return r
}

// Replied takes a peer's reply.
func (n *Node) Replied(from int, p Reply) {
	root := int(p.Root)
	if !n.peer(from) || !n.cores.Has(root) {
		return
	}
	r := n.record(root, p.Number)
	if !r.used || r.number != p.Number || r.done {
		return
	}
	if set := n.part(r, from) & r.waiting; set != 0 {
		r.waiting &^= set
		r.replied |= p.Replied & set
		r.yes |= p.Yes & p.Replied & set
		n.settle(root, r)
	}
}

func (n *Node) peer(core int) bool { return core != n.self && core >= 0 && n.cores.Has(core) }

// Gone ends what waits for a core that will not answer any more: what it had sent
// before has been given to this Node.
func (n *Node) Gone(core int) {
	if !n.peer(core) {
		return
	}
	for root := range n.rows {
		for i := range n.rows[root] {
			r := &n.rows[root][i]
			if !r.used || r.done {
				continue
			}
			r.parents &^= Of(core)
			if set := n.part(r, core) & r.waiting; set != 0 {
				r.waiting &^= set
				n.settle(root, r)
			}
		}
	}
}

// Again asks a core once more, by a message, for what it has not replied to yet of the
// multicasts that it was told: it reads no more what Tell writes.
func (n *Node) Again(core int) {
	if !n.peer(core) {
		return
	}
	for i := range n.rows[n.self] {
		r := &n.rows[n.self][i]
		if !r.used || r.done || !(r.direct & r.waiting).Has(core) {
			continue
		}
		out := n.own[i]
		if out.To = Of(core); !n.env.Ask(core, out) {
			r.waiting &^= out.To
			n.settle(n.self, r)
		}
	}
}

// End ends a multicast of this core with what has come so far.
func (n *Node) End(number uint64) {
	r := n.record(n.self, number)
	if r.used && r.number == number && !r.done {
		r.waiting, r.repeated = 0, true
		n.settle(n.self, r)
	}
}

// settle ends a multicast here if nothing is waited for.
func (n *Node) settle(root int, r *record) {
	if r.done || r.waiting != 0 || !r.answered {
		return
	}
	if root == n.self && n.repeat(r) {
		return
	}
	r.done = true
	if root == n.self {
		n.env.Done(r.number, n.own[r.number%Window].Kind, r.replied, r.yes)
		return
	}
	for parents := r.parents; parents != 0; parents &= parents - 1 {
		n.env.Reply(parents.Lowest(), r.reply(root))
	}
	r.parents = 0
}

// repeat has the root ask those who are missing itself, once, and reports whether
// there is anything to wait for.
func (n *Node) repeat(r *record) bool {
	if r.repeated {
		return false
	}
	r.repeated = true
	out := n.own[r.number%Window]
	for missing := r.to &^ r.replied; missing != 0; missing &= missing - 1 {
		core := missing.Lowest()
		out.To = Of(core)
		r.direct |= out.To
		if n.env.Ask(core, out) {
			r.waiting |= out.To
		}
	}
	return r.waiting != 0
}
