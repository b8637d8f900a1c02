// Package dma is the memory that devices read and write by themselves: one contiguous
// window of each core's partition, outside the Go heap, cut into buffers.
//
// Callers: the owner of devices makes the Window, drivers take Buffers from it and give
// their device the buffers' addresses. Nothing else is ever given to a device: the
// collector may move nothing here, but what it frees it may hand out again.
//
// Execution context: ordinary Go. A Window may be used by several goroutines; a Buffer
// belongs to whoever took it.
//
// # Coherence
//
// On RISC-V a device is coherent with the caches unless its node or a node above it says
// dma-noncoherent (Devicetree Specification, section 2.3.12, has the opposite default for
// other architectures and leaves it to them; Linux's binding of RISC-V says coherent). A
// driver calls ForDevice before it tells the device of what it wrote, and ForCPU before
// it reads what the device has written. Where memory is coherent both do nothing. Where it is
// not, Sync cleans and invalidates lines: buffers begin and end at Line bytes, so that
// no line holds two buffers. No Sync for any chip is here yet, and a device that
// is said not to be coherent is not driven.
//
// # Order
//
// Loads and stores of the words by which driver and device tell each other something
// go through arch/order, one plain access each, with the fence that the method's name
// says. The window is main memory, so that r and w are the letters; what tells the device
// to look is a register, whose store is behind a fence iorw,o (arch/mmio).
//
// # What the device may do
//
// What it has written is input. It can write all of RAM, and nothing here can see that
// (docs/CAVEATS.md). A buffer is given back only when its device cannot write it any
// more: because it has said so, or because it has been reset.
package dma
