package console

import "testing"

// Interrupts: each core of the fake machine drives another device in another way.
func (f *fakeSystem) Interrupts(core int) (Interrupts, error) {
	r := Interrupts{Stray: f.strange}
	switch core {
	case 0:
		r.Devices = []InterruptDevice{{Path: "/soc/serial", Kind: "uart", How: "message", Controller: 1, Source: 10, Line: 3, Count: 7}}
	case 1:
		r.Devices = []InterruptDevice{
			{Path: "/soc/disk", Kind: "virtio", How: "claim", Source: 8, Line: 8, Count: 20},
			{Path: "/soc/odd", Kind: "virtio", How: "polled"},
		}
	}
	return r, f.ask("irqs", core)
}

// Every device of one core, or of all that live, has a line.
// Sabotage: leave the count out of served; ask cores that are down.
func TestIRQs(t *testing.T) {
	f := newFake(3)
	f.strange = 2
	check(t, f, "irqs", OK, `CORE  DEVICE       HOW      CONTROLLER  SOURCE  LINE  COUNT
   0  /soc/serial  message           1      10     3      7
   1  /soc/disk    claim             0       8     8     20
   1  /soc/odd     polled            -       -     -      -
@0 irqs cores=3 devices=3 served=27 stray=6
`)
	f.down[1] = true
	check(t, f, "irqs", OK, "@0 irqs cores=2 devices=1 served=7 stray=4\n")
	check(t, newFake(3), "irqs 2", OK, "@0 irqs cores=1 devices=0 served=0 stray=0\n")
	check(t, newFake(1), "irqs -json 0", OK, `{"event":"irq","by":0,"core":0,"kind":"uart","path":"/soc/serial","how":"message","controller":1,"source":10,"line":3,"count":7}
{"event":"irqs","by":0,"cores":1,"devices":1,"served":7,"stray":0}
`)
	f = newFake(3)
	f.silent[0] = true
	check(t, f, "irqs", Failed, "irqs: core 0 did not answer within 1s\n")
	check(t, f, "irqs 7", Usage, "irqs: there is no core \"7\"")
}
