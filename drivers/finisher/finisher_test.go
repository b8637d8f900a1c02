package finisher

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Finisher)
		want uint64
	}{
		{"pass", (*Finisher).Pass, 0x5555},
		{"fail 42", func(f *Finisher) { f.Fail(42) }, 0x2a3333},
		{"fail 255", func(f *Finisher) { f.Fail(255) }, 0xff3333},
		{"fail 0 is no success", func(f *Finisher) { f.Fail(0) }, 0x13333},
		{"reset", (*Finisher).Reset, 0x7777},
	} {
		b := regtest.New(regtest.Memory{})
		c.do(New(b))
		want := regtest.Access{Write: true, Off: 0, Width: 4, Value: c.want}
		if len(b.Log) != 1 || b.Log[0] != want {
			t.Errorf("%s: %v, want %v", c.name, b.Log, want)
		}
	}
}
