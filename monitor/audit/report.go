package audit

import (
	"fmt"
	"math/bits"
	"strconv"

	"atoll/arch/layout"
)

// MaxViolations bounds the sentences of a report; Total counts them all.
const MaxViolations = 64

// Count is what the instances map of one kind of page. A page that is mapped as
// two kinds counts in both.
type Count struct {
	Pages  uint64  // physical pages that at least one instance maps
	Shared uint64  // of these, pages that two or more instances map
	Cores  CoreSet // instances that map any
}

// Report is what Check found.
type Report struct {
	Pages      uint64 // physical pages that at least one instance maps
	Shared     uint64 // of these, pages that two or more instances map
	Kinds      [layout.NumKinds]Count
	Violations []string // sentences, at most MaxViolations
	Total      int      // violations found
}

// violate adds a violation.
func (r *Report) violate(format string, args ...any) {
	r.Total++
	if len(r.Violations) < MaxViolations {
		r.Violations = append(r.Violations, fmt.Sprintf(format, args...))
	}
}

// CoreSet is a set of core numbers below plan.MaxCores.
type CoreSet uint64

// Add puts a core into the set.
func (s *CoreSet) Add(core int) { *s |= 1 << core }

// Has reports whether a core is in the set.
func (s CoreSet) Has(core int) bool { return s>>core&1 != 0 }

// Len is the number of cores in the set.
func (s CoreSet) Len() int { return bits.OnesCount64(uint64(s)) }

// String writes the set as ranges without blanks, as in "0-3,7".
func (s CoreSet) String() string {
	var b []byte
	for lo := 0; lo < 64; lo++ {
		if !s.Has(lo) {
			continue
		}
		hi := lo
		for hi < 63 && s.Has(hi+1) {
			hi++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(lo), 10)
		if hi > lo {
			b = append(b, '-')
			b = strconv.AppendInt(b, int64(hi), 10)
		}
		lo = hi
	}
	return string(b)
}
