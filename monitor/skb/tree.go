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
	rows, err := b.ask(fmt.Sprintf("tree(%s, Ls), member(link(P, C, T), Ls)", list(cores)), "P", "C", "T")
	if err != nil {
		return nil, fmt.Errorf("the multicast tree: %w", err)
	}
	links := make([]Link, len(rows))
	for i, r := range rows {
		links[i] = Link{int(r[0].(engine.Integer)), int(r[1].(engine.Integer)), uint64(r[2].(engine.Integer))}
	}
	return links, nil
}

// Strategy returns the word for how some cores are best reached: unicast, tree, measured
// or broadcast.
func (b *Base) Strategy(cores []int) (string, error) {
	rows, err := b.ask(fmt.Sprintf("strategy_of(%s, S)", list(cores)), "S")
	if err != nil || len(rows) == 0 {
		return "", fmt.Errorf("the multicast strategy: %w", err)
	}
	return rows[0][0].(engine.Atom).String(), nil
}

// list writes cores as a Prolog list.
func list(cores []int) string { return strings.ReplaceAll(fmt.Sprint(cores), " ", ",") }
