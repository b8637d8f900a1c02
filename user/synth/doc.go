// Package synth is files that are made when they are opened: those of /proc, /dev and /mk.
//
// A directory is a fixed list of names and, behind those, names that a function lists and
// finds: for the processes that there are. A text is what a function returns at the time
// when its file is opened. A device is a stream that a function opens.
//
// # Context
//
// As package vfs: the CPU driver's loop, no locks. The functions must not block.
package synth
