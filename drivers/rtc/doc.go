// Package rtc reads the wall clock, and sets the alarm, of the goldfish real-time clock, which QEMU's
// virt machine has ("google,goldfish-rtc"). Boards without one start at an
// unknown time.
//
// Callers: the planner, once, for Row.WallBase; program alarm of user mode.
//
// Execution context: S-mode or U-mode, no allocation but in New. One context at a time,
// as a reading is two loads.
//
// Source: Goldfish Virtual Platform, "Goldfish RTC".
package rtc
