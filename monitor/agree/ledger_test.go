package agree

// ledger is the State of the tests. An operation has a key (Data[0], from 0) and
// its own bit (Data[1]). In two phases it takes the key if that is free; in one it
// only leaves its bit.
type ledger struct {
	applied, aborted uint64
	taken            [4]uint64 // by key: the bit of who took it
	locked           [4]uint64 // by key: the bit of who is prepared
	wrong            string
}

func (l *ledger) Check(op *Op) bool { return op.Data[0] < 4 }

func (l *ledger) apply(bit uint64) {
	if l.applied&bit != 0 {
		l.wrong = "applied twice"
	}
	if l.aborted&bit != 0 {
		l.wrong = "applied after it was aborted"
	}
	l.applied |= bit
}

func (l *ledger) Do(op *Op) { l.apply(op.Data[1]) }

func (l *ledger) Prepare(op *Op) bool {
	k := op.Data[0]
	if k >= 4 || l.locked[k] != 0 || l.taken[k] != 0 {
		return false
	}
	l.locked[k] = op.Data[1]
	return true
}

func (l *ledger) unlock(op *Op) {
	if l.locked[op.Data[0]] != op.Data[1] {
		l.wrong = "decided without having been prepared"
	}
	l.locked[op.Data[0]] = 0
}

func (l *ledger) Commit(op *Op) {
	l.unlock(op)
	l.apply(op.Data[1])
	l.taken[op.Data[0]] = op.Data[1]
}

func (l *ledger) Abort(op *Op) {
	l.unlock(op)
	if l.applied&op.Data[1] != 0 {
		l.wrong = "aborted after it was applied"
	}
	l.aborted |= op.Data[1]
}

func (l *ledger) Install(v *View) {
	if l.locked != [4]uint64{} {
		l.wrong = "a new view with locks of the old one"
	}
}

func (l *ledger) Len() int { return 1 }

func (l *ledger) Next(at int, item *[ItemWords]uint64) int {
	if at != 0 {
		return -1
	}
	*item = [ItemWords]uint64{l.applied, l.taken[0], l.taken[1], l.taken[2], l.taken[3]}
	return 1
}

func (l *ledger) Reset() { *l = ledger{wrong: l.wrong} }

func (l *ledger) Add(item *[ItemWords]uint64) bool {
	l.applied, l.taken = item[0], [4]uint64(item[1:])
	return true
}
