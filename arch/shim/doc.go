// Package shim is what the Go runtime of an instance stands on: the part of
// Linux it needs, on one bare hart in S-mode.
package shim
