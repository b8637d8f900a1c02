package team

import (
	"runtime"
	"sync"
)

// Blocks are those that any number of things is divided into, and the most members of a team.
const Blocks = 64

// team is what members share.
type team struct {
	size    int
	barrier *barrier
	parts   [2][Blocks]float64 // of a sum and of the next one, by blocks
}

// Member is one thread of a team. Its methods are for that thread alone.
type Member struct {
	ID    int // 0..n-1
	team  *team
	sense bool
	sums  int // it has taken part in
}

// Run calls work on each of n threads, 1 to Blocks, and returns when all have returned.
func Run(n int, work func(*Member)) {
	looks := spins
	if n > runtime.NumCPU() {
		looks = 0 // who looks has the processor of one that is waited for
	}
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(max(before, n+1)) // one more, for whom the runtime needs
	defer runtime.GOMAXPROCS(before)
	run(n, looks, work)
}

func run(n, looks int, work func(*Member)) {
	t := &team{size: n, barrier: newBarrier(n, looks)}
	var all sync.WaitGroup
	for id := range n {
		all.Go(func() {
			runtime.LockOSThread() // the thread ends with it
			work(&Member{ID: id, team: t})
		})
	}
	all.Wait()
}

// Size is the number of members.
func (m *Member) Size() int { return m.team.size }

// Wait returns when all members have called it. What each wrote before, all may read after.
func (m *Member) Wait() {
	m.team.barrier.wait(m.sense)
	m.sense = !m.sense
}

// Share is the member's part of n things: from, to-1 and what is between.
func (m *Member) Share(n int) (from, to int) {
	first, end := m.blocks()
	return first * n / Blocks, end * n / Blocks
}

// blocks are the member's.
func (m *Member) blocks() (first, end int) {
	return m.ID * Blocks / m.team.size, (m.ID + 1) * Blocks / m.team.size
}

// Sum returns the sum of n things to all members, who all call it. part gives that of
// some of the member's share. It waits for all.
func (m *Member) Sum(n int, part func(from, to int) float64) float64 {
	sum := 0.0
	for _, v := range m.gather(n, part) {
		sum += v
	}
	return sum
}

// Max is the same with the greatest of n things, none of them less than 0.
func (m *Member) Max(n int, part func(from, to int) float64) float64 {
	most := 0.0
	for _, v := range m.gather(n, part) {
		most = max(most, v)
	}
	return most
}

// gather returns what part says of each block. The array is used anew by the next call but
// one, and nobody makes that before all have made the next.
func (m *Member) gather(n int, part func(from, to int) float64) *[Blocks]float64 {
	parts := &m.team.parts[m.sums%2]
	m.sums++
	first, end := m.blocks()
	for b := first; b < end; b++ {
		parts[b] = part(b*n/Blocks, (b+1)*n/Blocks)
	}
	m.Wait()
	return parts
}
