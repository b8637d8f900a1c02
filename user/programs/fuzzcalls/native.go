package main

import (
	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// kinds are what the arguments of the native calls are thought to be, a0 to a6.
var kinds = map[uint64][]kind{
	abi.CallIdentify:  {slotArg},
	abi.CallCopy:      {slotArg, emptyArg},
	abi.CallMint:      {slotArg, emptyArg, rightsArg, wordArg},
	abi.CallMove:      {slotArg, emptyArg},
	abi.CallDelete:    {slotArg},
	abi.CallRevoke:    {slotArg, rightsArg},
	abi.CallRetype:    {slotArg, offsetArg, typeArg, sizeArg, countArg, slotArg, indexArg},
	abi.CallMap:       {slotArg, slotArg, indexArg, countArg, offsetArg, rightsArg},
	abi.CallUnmap:     {slotArg},
	abi.CallConfigure: {slotArg, slotArg, slotArg, slotArg, pointerArg},
	abi.CallStart:     {slotArg, pcArg, pointerArg, wordArg},
	abi.CallStop:      {slotArg},
	abi.CallWeight:    {slotArg, wordArg},
	abi.CallInspect:   {slotArg},
	abi.CallYield:     {slotArg},
	abi.CallResume:    {offsetArg},
	abi.CallWait:      {timeArg},
	abi.CallListen:    {slotArg, slotArg},
	abi.CallSend:      {slotArg, wordArg, wordArg},
	abi.CallReceive:   {slotArg},
	abi.CallExchange:  {slotArg, slotArg},
	abi.CallTakeIRQ:   {slotArg, wordArg, emptyArg, emptyArg},
	abi.CallBindIRQ:   {slotArg, slotArg},
	abi.CallAckIRQ:    {slotArg},
	abi.CallCore:      {slotArg},
	abi.CallExport:    {nameArg, zeroArg, zeroArg, slotArg},
	abi.CallBind:      {nameArg, zeroArg, zeroArg, emptyArg, emptyArg},
	abi.CallAccept:    {slotArg, emptyArg, emptyArg},
	abi.CallRing:      {slotArg},
	abi.CallAwait:     {slotArg},
}

// arguments fills in the registers of a native call and returns its number.
func arguments(r *source, regs *ecall.Registers) uint64 {
	number := abi.Base + r.Uint64N(abi.End-abi.Base+2)
	if r.IntN(3) == 0 { // what makes objects comes more often, else there are none
		number = pick(r, abi.CallRetype, abi.CallRetype, abi.CallMap, abi.CallCopy, abi.CallMint, abi.CallConfigure)
	}
	if r.IntN(200) == 0 {
		number = r.word() | abi.Base
	}
	of := kinds[number]
	for i := range regs {
		k := wordArg
		if i < len(of) {
			k = of[i]
		}
		regs[i] = r.value(k)
	}
	regs[ecall.T0], regs[ecall.T1], regs[ecall.T2] = r.value(timeArg), r.value(slotArg), r.value(emptyArg)
	if number == abi.CallRetype && r.IntN(4) > 0 { // one that may be right
		regs[0], regs[3], regs[4] = uint64(abi.SlotRAM), sizes[capability.Type(regs[2])], 1
		regs[5], regs[6] = uint64(abi.SlotRoot), r.Uint64N(abi.RootSlots)
	}
	return number
}

// sizes are those of objects that have another one than a page.
var sizes = func() (s [256]uint64) {
	for i := range s {
		s[i] = layout.PageSize
	}
	for _, t := range []capability.Type{capability.VNodeL2, capability.VNodeL1, capability.VNodeL0, capability.Dispatcher} {
		s[t] = 2 * layout.PageSize
	}
	return s
}()

// nativeCall makes one native call from a thread of the process.
func nativeCall(r *source) (refused bool) {
	var regs ecall.Registers
	number := arguments(r, &regs)
	ecall.Wait(number, &regs)
	return regs[0] != uint64(abi.OK)
}
