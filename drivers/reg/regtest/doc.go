// Package regtest gives driver tests a register block without a device: plain
// memory, or a model of the chip. It logs every access, so that a test can
// check widths, order and what was left alone.
//
// Callers: tests only. Not safe for concurrent use.
package regtest
