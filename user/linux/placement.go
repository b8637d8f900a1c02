package linux

// mostCores bounds the cores of a machine.
const mostCores = 64

// Loads is what a placement knows: how many threads want the hart of each core, without the one that asks. Processes that
// are on their way to a core are among them.
type Loads struct {
	Here int    // the core of the process
	Last int    // the one to which a process was moved last, Here at first
	May  uint64 // the cores that may be chosen, a bit each: Here is one, and those that have said what they have to do
	Of   [mostCores]uint64
}

// Placement chooses one of the cores that may be, for a program that a process executes. It is called in the loop.
type Placement func(l *Loads) int

// margin is how many threads less another core must have for a move to pay. With one other thread a program has half of the hart, so that a move, of
// some four million instructions, pays for all that run for longer than it takes: how long one will run nobody knows.
const margin = 1

// LeastLoaded is a placement that prefers to stay, and chooses the core with least to do if that pays. Of several it takes the next
// behind the last one: who has just come to that one may be waiting for a file.
func LeastLoaded(l *Loads) int {
	best := l.Here
	for n := range mostCores {
		core := (l.Last + 1 + n) % mostCores
		if l.May>>core&1 != 0 && l.Of[core] < l.Of[best] {
			best = core
		}
	}
	if l.Of[l.Here]-l.Of[best] < margin {
		return l.Here
	}
	return best
}
