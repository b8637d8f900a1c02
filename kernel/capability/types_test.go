package capability

import "testing"

// The types whose capabilities have a range of addresses are those that the table gives a
// size. Sabotage: in inMemory, compare with IRQ-RAM.
func TestInMemory(t *testing.T) {
	for typ := range NumTypes {
		if got := typ.inMemory(); got != (types[typ].size != unsized) {
			t.Errorf("%v lies in memory: %v", typ, got)
		}
	}
}
