// Package uart drives serial ports: ns16550 and compatible chips, among them the
// DesignWare APB UART and Microchip's MMUART; and the plain UARTs of SiFive, of LiteX
// and of the Rocket designs for Xilinx boards, which share fifo.go.
//
// Callers: the console's owner. The table of chips stands in chips.go, one row
// a chip; New picks the row by the device tree's compatible string.
//
// Execution context: S-mode Go of the instance that owns the device. One
// context at a time: whoever shares a port between an interrupt and a goroutine
// keeps them apart, as every Port is plain single-threaded state. Only New
// allocates; every loop has a bound, also when the chip is stuck.
//
// # Use
//
// Polled: Init, then TryReadByte and Fill (or TryWriteByte) as often as you
// like. With interrupts: Init, EnableInterrupts(true, true); on an interrupt
// call HandleInterrupt, then act on what it returns - read with TryReadByte
// until it has no more, call Fill - and complete the interrupt. Call Fill also
// whenever new output was put into an empty ring: it arms the transmit
// interrupt itself, and only while the chip's FIFO stopped it from taking more.
//
// Input that nobody reads stays in the chip once the buffer here is full: the
// receive interrupt is masked until TryReadByte has made room, so a sender that
// knows flow control (an emulator's does) loses nothing.
//
// # State
//
// The line format that firmware left (115200 8n1) stays: no driver touches the
// divisor. A port counts what went wrong in Stats and decides nothing.
//
// Sources: PC16550D data sheet (Texas Instruments SNLS378), sections 8.1-8.8;
// DesignWare DW_apb_uart Databook, chapter "Register Descriptions"; PolarFire SoC MSS
// Technical Reference Manual, MMUART; SiFive FU540-C000 Manual v1p0, chapter 13; those
// of LiteX and of vivado-risc-v are their hardware's own sources, named in each file.
package uart
