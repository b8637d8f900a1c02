package dts

import "slices"

// Quirk is what the tree of a board does not tell or tells wrongly. The code
// elsewhere holds no board's constants (law L8): what a board needs beyond its
// tree is a row here.
type Quirk struct {
	Compatible string   // of the root node
	SkipHarts  []uint64 // never used, whatever their status
	Why        string   // a clause for the sentence that names the hart left out
	// NonCoherent says that devices do not see the harts' caches, nor the harts what
	// devices write, even if the tree is silent on it.
	NonCoherent bool
}

// quirks is the table.
var quirks = []Quirk{
	{
		Compatible: "starfive,jh7110",
		SkipHarts:  []uint64{0},
		Why:        "it is the SoC's S7 monitor core, which has no supervisor mode though some firmware's tree says it has",
	},
	{
		Compatible:  "starfive,jh7100", // its vendor's trees do not tell, Linux' do
		NonCoherent: true,
	},
}

// Quirks returns the rows that apply to the tree's board.
func (t *Tree) Quirks() []Quirk {
	var list []Quirk
	for _, q := range quirks {
		if t.Root.Match(q.Compatible) != "" {
			list = append(list, q)
		}
	}
	return list
}

// SkipHart returns why a quirk of the board keeps a hart from being used, ""
// if none does.
func (t *Tree) SkipHart(hart uint64) string {
	for _, q := range t.Quirks() {
		if slices.Contains(q.SkipHarts, hart) {
			return q.Why
		}
	}
	return ""
}
