package agree

import "math/bits"

// MaxCores is the most cores that can agree: a set of cores is one word.
const MaxCores = 64

// View is a numbered set of members. All cores that install a view of some number
// and live have the same one. Number 0 is no view.
type View struct {
	Number  uint32
	Members uint64
	Life    [MaxCores]uint32 // incarnation of each member
	Since   [MaxCores]uint32 // view in which it became a member
}

// Has reports whether this life of a core is a member.
func (v *View) Has(core int, life uint32) bool {
	return v.Members>>core&1 != 0 && v.Life[core] == life
}

// remove takes members out.
func (v *View) remove(cores uint64) {
	v.Members &^= cores
	for s := cores; s != 0; s &= s - 1 {
		core := bits.TrailingZeros64(s)
		v.Life[core], v.Since[core] = 0, 0
	}
}

// senior is the member of the set that has been one for longest, the lowest of
// several, -1 = none. A joiner must not lead those who may not have heard of it, so
// the number alone does not do.
func (v *View) senior(set uint64) int {
	best := -1
	for s := v.Members & set; s != 0; s &= s - 1 {
		c := bits.TrailingZeros64(s)
		if best < 0 || v.Since[c] < v.Since[best] {
			best = c
		}
	}
	return best
}

// joiners are the members that this view is the first of.
func (v *View) joiners() (cores uint64) {
	for s := v.Members; s != 0; s &= s - 1 {
		if core := bits.TrailingZeros64(s); v.Since[core] == v.Number {
			cores |= 1 << core
		}
	}
	return cores
}

// fresh reports whether all members are new: then the view was founded.
func (v *View) fresh() bool { return v.joiners() == v.Members }

// record is how a view came about, kept so that it can be told to who has not
// heard of it. The outcomes are operations of the view before, whose coordinators
// are dead and which somebody has applied: all apply them.
type record struct {
	View
	outcomes []Op
}

func (r *record) copyFrom(o *record) {
	r.View = o.View
	r.outcomes = append(r.outcomes[:0], o.outcomes...)
}
