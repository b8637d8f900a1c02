// Package reg is how a driver sees the registers of its device: a block of
// offsets that a test can replace.
//
// Callers: drivers. The owner of a device makes a block with At from the
// virtual address where it mapped the registers; tests take regtest.New.
//
// Execution context: that of the driver. The real block's methods are one
// access each, do not allocate and keep program order (package arch/mmio says
// how). At allocates a word, so it belongs where a device is attached.
//
// A block checks no bounds: a driver keeps its offsets within the registers
// that the device's binding describes.
package reg
