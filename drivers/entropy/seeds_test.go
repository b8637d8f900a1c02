package entropy

import (
	"bytes"
	"testing"
)

var rng = []byte("0123456789abcdef0123456789ABCDEF")

func TestSeedsDifferPerCore(t *testing.T) {
	seeds, q := Seeds(rng, []uint64{1, 2}, 64)
	if len(seeds) != 64 || q != Strong {
		t.Fatalf("%d seeds, quality %v", len(seeds), q)
	}
	words := map[uint64]bool{}
	for _, s := range seeds {
		for _, w := range s {
			words[w] = true
		}
	}
	if len(words) != 64*4 {
		t.Errorf("%d different words in 64 seeds, want 256", len(words))
	}
}

func TestSeedsDependOnEveryInput(t *testing.T) {
	base, _ := Seeds(rng, []uint64{1, 2}, 1)
	again, _ := Seeds(rng, []uint64{1, 2}, 3)
	if again[0] != base[0] {
		t.Error("the same inputs give another seed, or it depends on the number of cores")
	}
	flipped := bytes.Clone(rng)
	flipped[31] ^= 1
	for name, in := range map[string]struct {
		rng  []byte
		weak []uint64
	}{
		"a bit of rng-seed":      {flipped, []uint64{1, 2}},
		"a weak value":           {rng, []uint64{1, 3}},
		"order of weak values":   {rng, []uint64{2, 1}},
		"number of weak values":  {rng, []uint64{1, 2, 0}},
		"no rng-seed":            {nil, []uint64{1, 2}},
		"the border between the": {append(bytes.Clone(rng), 2), []uint64{1}},
	} {
		if got, _ := Seeds(in.rng, in.weak, 1); got[0] == base[0] {
			t.Errorf("changing %s changes nothing", name)
		}
	}
}

func TestQuality(t *testing.T) {
	for _, c := range []struct {
		name string
		rng  []byte
		want Quality
	}{
		{"none", nil, Weak},
		{"empty", []byte{}, Weak},
		{"one byte short", rng[:MinSeed-1], Weak},
		{"just enough", rng[:MinSeed], Strong},
		{"wiped with zeros", make([]byte, 32), Weak},
		{"wiped with ones", bytes.Repeat([]byte{0xff}, 32), Weak},
	} {
		seeds, q := Seeds(c.rng, []uint64{7}, 2)
		if q != c.want {
			t.Errorf("%s: quality %v, want %v", c.name, q, c.want)
		}
		if seeds[0] == seeds[1] || seeds[0] == [4]uint64{} {
			t.Errorf("%s: seeds %x", c.name, seeds)
		}
	}
	if Weak.String() != "weak" || Strong.String() != "strong" {
		t.Error("qualities have wrong names")
	}
}

func TestSeedsOfNoCore(t *testing.T) {
	for _, n := range []int{0, -1} {
		if seeds, _ := Seeds(rng, nil, n); len(seeds) != 0 {
			t.Errorf("%d seeds for %d cores", len(seeds), n)
		}
	}
}
