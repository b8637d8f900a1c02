package monitor

import (
	"atoll/arch/layout"
	"atoll/arch/sbi"
	"atoll/arch/shim"
	"atoll/boot/plan"
	"atoll/drivers/imsic"
	"atoll/drivers/reg"
)

// A core rings another by an inter-processor interrupt, which the firmware sends for it,
// or, where the other hart takes messages, by one: a store to the page of its interrupt
// file, without the firmware.
//
// Law L2 has a page of registers mapped by one instance, and these pages are mapped by
// all others. That is an exception, and these are its reasons. The law is there so that
// no instance can disturb what another does. Such a page has two registers that take the
// number of an identity and can be read by nobody (package imsic): no memory, no state of
// its hart, no register of another device is behind it. Who writes it can make its hart
// take an interrupt that its hart has enabled, and that is no more than any instance may
// ask of the firmware: a doorbell out of turn is a hint that proves empty, and an
// interrupt of a device that wants nothing is served by a look at the device. A page for
// each pair of cores would keep the law to the letter, but a hart has a single file in
// S-mode. So `audit` knows the kind doorbell: such a page, and nothing else, may be
// mapped by every core but its hart's own, which has no use for it.
//
// The IPI always works; it is what remains where a page cannot be mapped.

// bells are this core's ways to ring others. They belong to its event loop.
type bells struct {
	files [plan.MaxCores]*imsic.File // nil: by the firmware
	plain bool                       // by the firmware all the same, to be measured
}

// open maps the pages of all other harts that take messages.
func (b *bells) open(p *plan.Plan, self int) {
	for core := range p.Cores[:p.NCores] {
		c := &p.Cores[core]
		if core == self || c.File.Size == 0 || c.Row.Messages == 0 {
			continue
		}
		if shim.Map(c.FileVA, c.File.Base, c.File.Size, layout.R|layout.W) == nil {
			b.files[core] = imsic.New(reg.At(uintptr(c.FileVA)))
		}
	}
}

// ring rings a core. Event loop.
func (b *bells) ring(core int, hart uint64) {
	if f := b.files[core]; f != nil && !b.plain {
		f.Send(layout.DoorbellMessage)
		return
	}
	sbi.SendIPI(1, hart)
}

// isBell reports whether a core's messages are written to the page at an address.
func isBell(p *plan.Plan, pa uint64) bool {
	for i := range p.Cores[:p.NCores] {
		if p.Cores[i].File.Contains(pa) {
			return true
		}
	}
	return false
}
