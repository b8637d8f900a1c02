// Package rtc reads the wall clock of the goldfish real-time clock, which QEMU's
// virt machine has ("google,goldfish-rtc"). Boards without one start at an
// unknown time.
//
// Callers: the planner, once, for Row.WallBase; the owner of the device.
//
// Execution context: S-mode, no allocation but in New. One context at a time,
// as a reading is two loads.
//
// Source: Goldfish Virtual Platform, "Goldfish RTC".
package rtc
