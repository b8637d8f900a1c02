package skb

import (
	"fmt"
	"strings"

	"github.com/ichiban/prolog/engine"
)

// Link is an edge of a multicast tree and the round trip between its ends,
// nanoseconds, 0 if it was not measured.
type Link struct {
	Parent, Child int
	Trip          uint64
}

// Tree returns a spanning tree over some cores, as the policy has it: each link's
// parent comes as a child before, but for the first; the links of a parent are in
// the order in which it should send.
func (b *Base) Tree(cores []int) ([]Link, error) {
	if len(cores) == 0 {
		return nil, nil
	}
	goal := fmt.Sprintf("tree([%s], Ls), member(link(P, C, T), Ls)", strings.Trim(strings.ReplaceAll(fmt.Sprint(cores), " ", ","), "[]"))
	rows, err := b.ask(goal, "P", "C", "T")
	if err != nil {
		return nil, fmt.Errorf("the multicast tree: %w", err)
	}
	links := make([]Link, len(rows))
	for i, r := range rows {
		links[i] = Link{int(r[0].(engine.Integer)), int(r[1].(engine.Integer)), uint64(r[2].(engine.Integer))}
	}
	return links, nil
}

// Strategy is a way to send to many.
type Strategy uint8

// Strategies.
const (
	Unicast  Strategy = iota // one message to each
	TwoLevel                 // a tree over groups of about the square root
	Measured                 // a tree over NUMA nodes or measured clusters
	NumStrategies
)

var strategyWords = [...]string{Unicast: "unicast", TwoLevel: "tree", Measured: "measured"}

func (s Strategy) String() string {
	if s < NumStrategies {
		return strategyWords[s]
	}
	return "unknown"
}

// Strategy returns how the first n living cores are best reached.
func (b *Base) Strategy(n int) (Strategy, error) {
	rows, err := b.ask(fmt.Sprintf("strategy(%d, S)", n), "S")
	if err != nil {
		return Unicast, fmt.Errorf("the multicast strategy: %w", err)
	}
	for s, word := range strategyWords {
		if len(rows) > 0 && rows[0][0] == engine.NewAtom(word) {
			return Strategy(s), nil
		}
	}
	return Unicast, nil
}
